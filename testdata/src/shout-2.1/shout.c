#include <ctype.h>
#include <stdio.h>

int main(void)
{
	int c;
	while ((c = getchar()) != EOF)
#ifdef UPPER
		c = toupper(c),
#endif
		putchar(c);
	return 0;
}
