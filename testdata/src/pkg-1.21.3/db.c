/* What is installed: one manifest per package in PKG_DBDIR, NAME.json. */
#include "pkg.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *dbdir(void)
{
	const char *d = getenv("PKG_DBDIR");
	return d ? d : "/var/db/pkg";
}

static char *record_of(const char *name)
{
	return format("%s/%s.json", dbdir(), name);
}

static node *installed(const char *name)
{
	char *text = slurp(record_of(name), NULL);
	return text ? parse(text) : NULL;
}

static node *everything(void)
{
	struct dirent **list;
	node *all = make(ARRAY, NULL);
	int n = scandir(dbdir(), &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char *dot = strrchr(list[i]->d_name, '.');
		if (!dot || strcmp(dot, ".json"))
			continue;
		*dot = 0;
		node *m = installed(list[i]->d_name);
		if (m)
			put(all, NULL, m);
	}
	return all;
}

/* NAME, NAME-VERSION, a glob of either, cat/origin, or NAME with comparisons: name>=1.2<2 */
static bool matches(const node *m, const char *pattern)
{
	const char *name = gets_or(m, "name", ""), *version = gets_or(m, "version", "");
	size_t n = strcspn(pattern, "<>=");
	if (!pattern[n])
		return !fnmatch(pattern, name, 0) || !fnmatch(pattern, format("%s-%s", name, version), 0)
		    || !strcmp(pattern, gets_or(m, "origin", ""));
	if (fnmatch(format("%.*s", (int)n, pattern), name, 0))
		return false;
	for (pattern += n; *pattern;) {
		bool less = *pattern == '<', more = *pattern == '>', equal = pattern[!!(less || more)] == '=';
		pattern += strspn(pattern, "<>=");
		n = strcspn(pattern, "<>=");
		int order = version_compare(version, format("%.*s", (int)n, pattern));
		if (!((less && order < 0) || (more && order > 0) || (equal && order == 0)))
			return false;
		pattern += n;
	}
	return true;
}

static bool make_parents(char *path)
{
	for (char *p = path; (p = strchr(p + 1, '/'));) {
		*p = 0;
		bool bad = mkdir(path, 0755) && errno != EEXIST;
		*p = '/';
		if (bad)
			return false;
	}
	return true;
}

static void write_file(const char *path, const void *data, size_t size, unsigned mode)
{
	char *partial = format("%s.pkgnew", path);
	if (!make_parents(partial))
		die("cannot make the directory of %s", path);
	int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f || fwrite(data, 1, size, f) != size || fchmod(fd, mode & 07777) || fclose(f) || rename(partial, path))
		die("cannot write %s: %s", path, strerror(errno));
}

static void run_script(const node *m, const char *name)
{
	const char *text = gets_or(get(m, "scripts"), name, NULL);
	if (!text)
		return;
	fflush(NULL);
	pid_t child = fork();
	if (!child) {
		setenv("PKG_PREFIX", gets_or(m, "prefix", ""), 1);
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	int status;
	if (child < 0 || waitpid(child, &status, 0) < 0 || status)
		fprintf(stderr, "pkg: %s script of %s failed\n", name, gets_or(m, "name", ""));
}

node *manifest_of(const char *package, const char *want)
{
	tar *t = tar_open(package);
	entry e;
	node *m = NULL;
	while (!m && tar_next(t, &e)) {
		char *data = tar_data(t, &e);
		if (!strcmp(e.name, want))
			m = parse(data);
		free(data);
	}
	if (!m)
		die("%s: no %s", package, want);
	tar_close(t);
	return m;
}

static void check_conflicts(const node *m, const char *name)
{
	for (node *other = everything()->first; other; other = other->next)
		for (node *f = get(m, "files") ? get(m, "files")->first : NULL; f; f = f->next)
			if (get(get(other, "files"), f->key))
				die("%s: %s is already there from %s", name, f->key, gets_or(other, "name", "?"));
}

static void add_one(const char *package, bool automatic, bool missing_ok, bool quiet)
{
	node *m = manifest_of(package, "+MANIFEST"), *deps = get(m, "deps");
	const char *name = gets_or(m, "name", "?"), *version = gets_or(m, "version", "?");
	if (installed(name)) {
		if (!quiet)
			printf("%s is already installed\n", name);
		return;
	}
	for (node *d = deps ? deps->first : NULL; d && !missing_ok; d = d->next)
		if (!installed(d->key))
			die("%s-%s: missing dependency %s-%s", name, version, d->key, gets_or(d, "version", "?"));
	check_conflicts(m, name);
	if (!quiet)
		printf("Installing %s-%s...\n", name, version);
	run_script(m, "pre-install");
	tar *t = tar_open(package);
	entry e;
	while (tar_next(t, &e)) {
		char *data = tar_data(t, &e);
		if (e.name[0] == '/' && !make_parents(e.name))
			die("cannot make the directory of %s", e.name);
		if (e.name[0] == '/' && e.type == '0') {
			write_file(e.name, data, e.size, e.mode);
		} else if (e.name[0] == '/' && e.type == '2') {
			unlink(e.name);
			if (symlink(e.link, e.name))
				die("cannot link %s", e.name);
		}
		free(data);
	}
	tar_close(t);
	put(m, "automatic", make(BARE, automatic ? "true" : "false"));
	char *text;
	size_t size;
	FILE *out = need(open_memstream(&text, &size));
	print(out, m);
	fclose(out);
	write_file(record_of(name), text, size, 0644);
	run_script(m, "post-install");
}

int add(int argc, char **argv)
{
	bool automatic = false, missing_ok = false, quiet = false;
	int c;
	while ((c = getopt(argc, argv, "AMqUyf")) != -1)
		switch (c) {
		case 'A': automatic = true; break;
		case 'M': missing_ok = true; break;
		case 'q': quiet = true; break;
		case 'U': case 'y': case 'f': break;	/* no catalogue, no questions */
		default: return 64;
		}
	for (; optind < argc; optind++)
		add_one(argv[optind], automatic, missing_ok, quiet);
	return 0;
}

/* Removes what directories above path are empty now, as far up as the prefix. */
static void prune(const char *path, const char *prefix)
{
	char *dir = need(strdup(path)), *slash;
	while ((slash = strrchr(dir, '/')) && (size_t)(slash - dir) > strlen(prefix)) {
		*slash = 0;
		if (rmdir(dir))
			break;
	}
}

int delete(int argc, char **argv)
{
	bool force = false;
	int c;
	while ((c = getopt(argc, argv, "fqy")) != -1)
		if (c == '?')
			return 64;
		else if (c == 'f')
			force = true;
	for (; optind < argc; optind++) {
		node *all = everything(), *m = all->first;
		while (m && !matches(m, argv[optind]))
			m = m->next;
		if (!m)
			die("%s is not installed", argv[optind]);
		const char *name = gets_or(m, "name", "?");
		for (node *o = all->first; o && !force; o = o->next)
			if (get(get(o, "deps"), name))
				die("%s is required by %s", name, gets_or(o, "name", "?"));
		printf("Deinstalling %s-%s...\n", name, gets_or(m, "version", "?"));
		run_script(m, "pre-deinstall");
		const char *prefix = gets_or(m, "prefix", "/usr/local");
		for (node *f = get(m, "files") ? get(m, "files")->first : NULL; f; f = f->next) {
			unlink(f->key);
			prune(f->key, prefix);
		}
		for (node *d = get(m, "directories") ? get(m, "directories")->first : NULL; d; d = d->next)
			prune(format("%s/", d->key), prefix);
		unlink(record_of(name));
		run_script(m, "post-deinstall");
	}
	return 0;
}

/* Prints fmt once per item of the list that a two-letter %-word names, or once. */
static void answer(const node *m, const char *fmt)
{
	static const struct { char letter; const char *key; } words[] = {
		{ 'n', "name" }, { 'v', "version" }, { 'o', "origin" }, { 'c', "comment" }, { 'm', "maintainer" },
		{ 'w', "www" }, { 'p', "prefix" }, { 'q', "abi" }, { 's', "flatsize" }, { 'e', "desc" },
	};
	static const struct { const char *letters, *key; } lists[] = {
		{ "dn", "deps" }, { "dv", "deps" }, { "do", "deps" }, { "B", "shlibs_required" }, { "b", "shlibs_provided" },
		{ "Ok", "options" }, { "Ov", "options" }, { "At", "annotations" }, { "Av", "annotations" },
		{ "Fp", "files" }, { "Fs", "files" }, { "L", "licenses" }, { "C", "categories" },
	};
	size_t count = sizeof lists / sizeof *lists, l = count;
	for (const char *p = fmt; l == count && (p = strchr(p, '%')); p++)
		for (l = 0; l < count && strncmp(p + 1, lists[l].letters, strlen(lists[l].letters));)
			l++;
	const node *list = l < count ? get(m, lists[l].key) : NULL, *item = list ? list->first : NULL;
	for (; l == count || item; item = item->next) {
		for (const char *p = fmt; *p; p++) {
			size_t i = 0, n = sizeof words / sizeof *words;
			if (*p == '\\' && p[1] == 'n') { putchar('\n'); p++; continue; }
			if (*p == '\\' && p[1] == 't') { putchar('\t'); p++; continue; }
			if (*p != '%' || !p[1]) { putchar(*p); continue; }
			for (p++; i < n && words[i].letter != *p;)
				i++;
			if (i < n) {
				fputs(gets_or(m, words[i].key, ""), stdout);
			} else if (item) {
				char second = strchr("dOAF", *p) ? *++p : 0;
				if (second == 'v' || second == 's' || second == 'o')
					fputs(item->text ? item->text : gets_or(item, second == 'o' ? "origin" : "version", ""), stdout);
				else
					fputs(item->key ? item->key : item->text, stdout);
			}
		}
		putchar('\n');
		if (l == count)
			break;
	}
}

int query(int argc, char **argv)
{
	const char *package = NULL;
	int c, found = 0;
	while ((c = getopt(argc, argv, "aF:")) != -1)
		if (c == '?')
			return 64;
		else if (c == 'F')
			package = optarg;
	const char *fmt = argv[optind++];
	if (!fmt)
		die("usage: pkg query [-a] [-F FILE] FORMAT [NAME...]");
	if (package)
		return answer(manifest_of(package, "+MANIFEST"), fmt), 0;
	for (node *m = everything()->first; m; m = m->next) {
		bool wanted = optind == argc;
		for (int i = optind; i < argc; i++)
			wanted = wanted || matches(m, argv[i]);
		if (wanted && ++found)
			answer(m, fmt);
	}
	return !found;
}

int info(int argc, char **argv)
{
	bool exists = false, origin = false, annotations = false;
	int c, found = 0;
	while ((c = getopt(argc, argv, "eaoAqf")) != -1)
		switch (c) {
		case 'e': exists = true; break;
		case 'o': origin = true; break;
		case 'A': annotations = true; break;
		case '?': return 64;
		}
	for (node *m = everything()->first; m; m = m->next) {
		bool wanted = optind == argc && !exists;
		for (int i = optind; i < argc; i++)
			wanted = wanted || matches(m, argv[i]);
		if (!wanted || !++found || exists)
			continue;
		if (!origin && !annotations) {
			answer(m, "%n-%v\t%c");
			continue;
		}
		answer(m, "%n-%v");
		if (origin)
			answer(m, "Origin         : %o");
		if (annotations && get(m, "annotations")) {
			puts("Annotations    :");
			answer(m, "\t%At : %Av");
		}
	}
	return !found && (exists || optind < argc);
}

int which(int argc, char **argv)
{
	bool quiet = false, origin = false;
	int c, found = 0;
	while ((c = getopt(argc, argv, "qo")) != -1)
		if (c == '?')
			return 64;
		else if (c == 'q')
			quiet = true;
		else
			origin = true;
	const char *file = argv[optind] ? argv[optind] : "";
	for (node *m = everything()->first; m; m = m->next)
		if (get(get(m, "files"), file) && ++found) {
			if (!quiet)
				printf("%s was installed by package ", file);
			answer(m, origin ? "%o" : "%n-%v");
		}
	return !found;
}
