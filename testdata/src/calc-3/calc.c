/* calc A B: their sum, as integers or not. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 1;
#ifdef FLOAT
	printf("%g\n", atof(argv[1]) + atof(argv[2]));
#else
	printf("%d\n", atoi(argv[1]) + atoi(argv[2]));
#endif
	return 0;
}
