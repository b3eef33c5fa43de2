#include <stdio.h>

int main(void)
{
	puts("teh first line");
	puts("a second lien");
	puts("the lats line");
	return 0;
}
