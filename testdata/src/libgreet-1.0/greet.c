#include <stdio.h>
#include "greet.h"

int greet(const char *who)
{
	return printf("hello from %s\n", who);
}
