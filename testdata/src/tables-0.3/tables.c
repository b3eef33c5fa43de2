#include <stdio.h>
#include <stdlib.h>
#include "squares.h"

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 0, last = sizeof squares / sizeof *squares - 1;
	return n < 0 || n > last || printf("%d\n", squares[n]) < 0;
}
