/* Writes "hello from WHO" to stdout; returns the number of characters. */
int greet(const char *who);
