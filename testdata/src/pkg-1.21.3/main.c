#include "pkg.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void die(const char *text, ...)
{
	va_list ap;
	va_start(ap, text);
	fputs("pkg: ", stderr);
	vfprintf(stderr, text, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

void *need(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

char *format(const char *text, ...)
{
	va_list ap;
	va_start(ap, text);
	int n = vsnprintf(NULL, 0, text, ap);
	va_end(ap);
	char *s = need(malloc(n + 1));
	va_start(ap, text);
	vsnprintf(s, n + 1, text, ap);
	va_end(ap);
	return s;
}

char *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	size_t used = 0, room = 4096, n;
	char *data = need(malloc(room));
	while ((n = fread(data + used, 1, room - used - 1, f)) > 0)
		if ((used += n) + 1 == room)
			data = need(realloc(data, room *= 2));
	bool bad = ferror(f);
	fclose(f);
	if (bad)
		return NULL;
	data[used] = 0;
	if (size)
		*size = used;
	return data;
}

static int version(int argc, char **argv)
{
	if (argc != 5 || strcmp(argv[2], "-t"))
		die("usage: pkg version -t A B");
	puts((const char *[]){ "<", "=", ">" }[version_compare(argv[3], argv[4]) + 1]);
	return 0;
}

static const struct { const char *name; int (*run)(int, char **); } commands[] = {
	{ "create", create }, { "add", add }, { "install", add }, { "delete", delete },
	{ "info", info }, { "query", query }, { "which", which }, { "repo", repo },
	{ "version", version },
};

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	if (!strcmp(name, "-v"))
		return puts(VERSION) < 0;
	if (!strcmp(name, "-N"))	/* "is there a working pkg?" */
		return 0;
	optind = 2;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(name, commands[i].name))
			return commands[i].run(argc, argv);
	die("usage: pkg [-v] create|add|install|delete|info|query|which|repo|version ...");
}
