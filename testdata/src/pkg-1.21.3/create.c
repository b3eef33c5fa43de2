/* pkg create: a package file from a staged tree, its metadata and its plist. */
#include "pkg.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *prefix, *stage;
static node *required, *provided;

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Once only, and base libraries are left out: they belong to no package. */
static void note(node *list, const char *name)
{
	for (node *n = list->first; n; n = n->next)
		if (!strcmp(n->text, name))
			return;
	put(list, NULL, make(TEXT, name));
}

static void note_required(const char *name)
{
	if (!access(format("%s/lib/%s", prefix, name), F_OK))
		note(required, name);
}

static void note_provided(const char *name)
{
	note(provided, name);
}

/* "FreeBSD:14:x86_64" and the older "freebsd:14:x86:64". */
static void put_abi(node *m)
{
	struct utsname u;
	uname(&u);
	const char *os = getenv("UNAME_s"), *release = getenv("UNAME_r"), *machine = getenv("UNAME_m");
	os = os ? os : u.sysname;
	release = release ? release : u.release;
	machine = machine ? machine : u.machine;
	int major = strcspn(release, ".-");
	char *arch = format("%s:%.*s:%s", os, major, release,
	    strcmp(machine, "x86_64") && strcmp(machine, "amd64") ? machine : "x86:64");
	for (char *p = arch; *p && *p != ':'; p++)
		*p |= *p >= 'A' && *p <= 'Z' ? 32 : 0;
	const char *abi = getenv("ABI");
	put(m, "abi", make(TEXT, abi ? abi : format("%s:%.*s:%s", os, major, release, machine)));
	put(m, "arch", make(TEXT, arch));
}

static char **read_plist(const char *path, size_t *count, node *directories)
{
	char *text = slurp(path, NULL), **list = NULL, *line;
	if (!text)
		die("cannot read plist %s", path);
	for (*count = 0; (line = strsep(&text, "\n"));) {
		bool directory = !strncmp(line, "@dir ", 5);
		if (!*line || !strncmp(line, "@comment", 8))
			continue;
		if (*line == '@' && !directory)
			die("%s: cannot do %s", path, line);
		line += directory ? 5 : 0;
		line = *line == '/' ? line : format("%s/%s", prefix, line);
		if (directory) {
			put(directories, line, make(TEXT, "y"));
			continue;
		}
		list = need(realloc(list, (*count + 1) * sizeof *list));
		list[(*count)++] = line;
	}
	qsort(list, *count, sizeof *list, by_name);
	return list;
}

static node *read_scripts(const char *meta)
{
	static const char *names[] = { "pre-install", "post-install", "pre-deinstall", "post-deinstall" };
	node *scripts = make(OBJECT, NULL);
	for (int i = 0; i < 4; i++) {
		char *path = format("%s/+%s", meta, names[i]);
		for (char *p = strrchr(path, '+'); *p; p++)
			*p = *p == '-' ? '_' : *p >= 'a' ? *p - 32 : *p;
		char *text = slurp(path, NULL);
		if (text)
			put(scripts, names[i], make(TEXT, text));
	}
	return scripts;
}

/* What is in the stage under this name; a link's contents are its target. */
static char *contents(const char *name, struct stat *st, size_t *size)
{
	char *path = format("%s%s", stage, name), *data;
	if (lstat(path, st))
		die("%s is in the plist but not in the stage", name);
	if (S_ISLNK(st->st_mode)) {
		data = need(calloc(1, 4096));
		*size = readlink(path, data, 4095);
	} else if (!S_ISREG(st->st_mode) || !(data = slurp(path, size))) {
		die("cannot read %s", path);
	}
	return data;
}

static void copy(node *to, const node *from, const char *key)
{
	const node *n = get(from, key);
	if (n) {
		node *twin = need(malloc(sizeof *twin));
		*twin = *n;
		put(to, key, twin);
	}
}

static char *line_of(const node *m, size_t *size)
{
	char *text;
	FILE *out = need(open_memstream(&text, size));
	print(out, m);
	fclose(out);
	return text;
}

int create(int argc, char **argv)
{
	const char *meta = NULL, *plist = NULL, *form = "tzst", *out = ".";
	int c;
	stage = "";
	while ((c = getopt(argc, argv, "r:m:p:f:o:qv")) != -1)
		switch (c) {
		case 'r': stage = optarg; break;
		case 'm': meta = optarg; break;
		case 'p': plist = optarg; break;
		case 'f': form = optarg; break;
		case 'o': out = optarg; break;
		case 'q': case 'v': break;
		default: return 64;
		}
	if (!meta || !plist)
		die("usage: pkg create -r STAGE -m METADIR -p PLIST [-f FORMAT] [-o DIR]");
	char *text = slurp(format("%s/+MANIFEST", meta), NULL), *desc = slurp(format("%s/+DESC", meta), NULL);
	if (!text)
		die("cannot read %s/+MANIFEST", meta);
	node *given = parse(text), *m = make(OBJECT, NULL);
	prefix = gets_or(given, "prefix", "/usr/local");
	required = make(ARRAY, NULL);
	provided = make(ARRAY, NULL);

	node *files = make(OBJECT, NULL), *directories = make(OBJECT, NULL);
	size_t count, size, flat = 0;
	struct stat st;
	char **list = read_plist(plist, &count, directories);
	for (size_t i = 0; i < count; i++) {
		char *data = contents(list[i], &st, &size);
		put(files, list[i], make(TEXT, format("1$%s", sha256(data, size))));
		if (S_ISREG(st.st_mode)) {
			flat += size;
			shlibs((unsigned char *)data, size, note_required, note_provided);
		}
		free(data);
	}

	static const char *head[] = { "name", "origin", "version", "comment", "maintainer", "www" };
	static const char *tail[] = { "deps", "categories" }, *end[] = { "options", "annotations" };
	for (int i = 0; i < 6; i++)
		copy(m, given, head[i]);
	put_abi(m);
	put(m, "prefix", make(TEXT, prefix));
	put(m, "flatsize", make(BARE, format("%zu", flat)));
	copy(m, given, "licenselogic");
	copy(m, given, "licenses");
	put(m, "desc", make(TEXT, desc ? desc : gets_or(given, "comment", "")));
	for (int i = 0; i < 2; i++)
		copy(m, given, tail[i]);
	if (required->first)
		put(m, "shlibs_required", required);
	if (provided->first)
		put(m, "shlibs_provided", provided);
	for (int i = 0; i < 2; i++)
		copy(m, given, end[i]);

	tar *t = tar_create(format("%s/%s-%s.pkg", out, gets_or(m, "name", "?"), gets_or(m, "version", "?")), form);
	text = line_of(m, &size);
	tar_put(t, "+COMPACT_MANIFEST", '0', 0644, "", text, size);
	put(m, "files", files);
	if (directories->first)
		put(m, "directories", directories);
	put(m, "scripts", read_scripts(meta));
	text = line_of(m, &size);
	tar_put(t, "+MANIFEST", '0', 0644, "", text, size);
	for (size_t i = 0; i < count; i++) {
		char *data = contents(list[i], &st, &size);
		bool link = S_ISLNK(st.st_mode);
		tar_put(t, list[i], link ? '2' : '0', link ? 0755 : st.st_mode, link ? data : "", data, link ? 0 : size);
		free(data);
	}
	for (node *d = directories->first; d; d = d->next)
		tar_put(t, format("%s/", d->key), '5', 0755, "", "", 0);
	tar_close(t);
	return 0;
}
