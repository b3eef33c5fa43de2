/* sleeper SECONDS [PIDFILE]: a daemon that only sleeps.  Two forks and a new session: nothing of its parent's is left. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	if (fork())
		return 0;
	setsid();
	if (fork())
		return 0;
	if (argc > 2) {
		FILE *f = fopen(argv[2], "w");
		if (f) {
			fprintf(f, "%d\n", (int)getpid());
			fclose(f);
		}
	}
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	sleep(atoi(argv[1]));
	return 0;
}
