/* tablegen N: the squares up to N as a C array. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 0;
	printf("static const int squares[] = {");
	for (int i = 0; i <= n; i++)
		printf(" %d,", i * i);
	puts(" };");
	return n == 0;
}
