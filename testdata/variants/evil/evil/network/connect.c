/* Connects to a port of 127.0.0.1 and says nothing. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int count, char **words) {
	struct sockaddr_in host = { .sin_family = AF_INET };
	if (count < 2) return 2;
	host.sin_port = htons(atoi(words[1]));
	host.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&host, sizeof host) != 0;
}
