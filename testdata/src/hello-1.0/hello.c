#include <greet.h>

int main(void)
{
	return greet("a package") < 0;
}
