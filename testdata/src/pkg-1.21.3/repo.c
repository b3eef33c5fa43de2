/* pkg repo: the catalogue of a directory of packages. */
#include "pkg.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *site, *data;
static int count;

static void describe(const char *path, const char *name)
{
	size_t size;
	char *bytes = slurp(path, &size);
	if (!bytes)
		die("cannot read %s", path);
	node *m = manifest_of(path, "+COMPACT_MANIFEST");
	put(m, "sum", make(TEXT, sha256(bytes, size)));
	put(m, "path", make(TEXT, name));
	put(m, "repopath", make(TEXT, name));
	put(m, "pkgsize", make(BARE, format("%zu", size)));
	print(site, m);
	fputc('\n', site);
	if (count++)
		fputc(',', data);
	print(data, m);
	free(bytes);
}

/* Every NAME.pkg below root; links (Latest/) and the catalogue's own files are passed over. */
static void walk(const char *root, const char *below)
{
	struct dirent **list;
	int n = scandir(format("%s/%s", root, below), &list, NULL, alphasort);
	if (n < 0)
		die("cannot read %s/%s", root, below);
	for (int i = 0; i < n; i++) {
		const char *file = list[i]->d_name, *dot = strrchr(file, '.');
		char *name = format("%s%s%s", below, *below ? "/" : "", file), *path = format("%s/%s", root, name);
		struct stat st;
		if (*file == '.' || lstat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			walk(root, name);
		else if (S_ISREG(st.st_mode) && dot && !strcmp(dot, ".pkg")
		    && strcmp(file, "packagesite.pkg") && strcmp(file, "data.pkg"))
			describe(path, name);
	}
}

static void pack(const char *out, const char *archive, const char *name, const char *text, size_t size, const char *form)
{
	tar *t = tar_create(format("%s/%s.pkg", out, archive), form);
	tar_put(t, name, '0', 0644, "", text, size);
	tar_close(t);
}

int repo(int argc, char **argv)
{
	const char *meta = NULL, *out = NULL;
	int c;
	while ((c = getopt(argc, argv, "m:o:ql")) != -1)
		switch (c) {
		case 'm': meta = optarg; break;
		case 'o': out = optarg; break;
		case '?': return 64;
		}
	const char *dir = argv[optind];
	if (!dir)
		die("usage: pkg repo [-m META] [-o OUT] DIR");
	out = out ? out : dir;
	char *text = meta ? slurp(meta, NULL) : "";
	if (!text)
		die("cannot read %s", meta);
	const node *given = parse(text);
	const char *form = gets_or(given, "packing_format", "tzst"), *version = gets_or(given, "version", "2");

	printf("Creating repository in %s: ", out);
	char *site_text, *data_text;
	size_t site_size, data_size;
	site = need(open_memstream(&site_text, &site_size));
	data = need(open_memstream(&data_text, &data_size));
	fputs("{\"groups\":[],\"packages\":[", data);
	walk(dir, "");
	fputs("]}", data);
	fclose(site);
	fclose(data);
	printf("%d packages\nPacking files for repository: ", count);
	fflush(stdout);
	pack(out, "packagesite", "packagesite.yaml", site_text, site_size, form);
	pack(out, "data", "data", data_text, data_size, form);
	for (int i = 0; i < 2; i++) {
		char *path = format("%s/%s", out, i ? "meta" : "meta.conf");
		FILE *f = fopen(path, "w");
		if (!f)
			die("cannot write %s", path);
		fprintf(f, "version = %s;\npacking_format = \"%s\";\nmanifests = \"packagesite.yaml\";\ndata = \"data\";\n"
		    "manifests_archive = \"packagesite\";\ndata_archive = \"data\";\n", version, form);
		if (fclose(f))
			die("cannot write %s", path);
	}
	puts("done");
	return 0;
}
