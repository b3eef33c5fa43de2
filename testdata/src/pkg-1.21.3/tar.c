/* ustar archives, piped through a compressor.  Owner and time are the same for every entry, so
 * equal contents make equal archives. */
#include "pkg.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100],
	    magic[8], uname[32], gname[32], major[8], minor[8], prefix[155], pad[12];
};

static const struct format { const char *name, *program, *flags, *magic; } formats[] = {
	{ "tzst", "zstd", "-qc", "\x28\xb5\x2f\xfd" },
	{ "txz", "xz", "-c", "\xfd" "7zXZ" },
	{ "tgz", "gzip", "-nc", "\x1f\x8b" },
	{ "tbz", "bzip2", "-c", "BZh" },
	{ "tar", NULL, NULL, NULL },
};

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	for (path = path ? path : "/bin:/usr/bin"; *path; path += strspn(path, ":")) {
		size_t n = strcspn(path, ":");
		if (!access(format("%.*s/%s", (int)n, path, program), X_OK))
			return true;
		path += n;
	}
	return false;
}

static const struct format *choose(const char *name)
{
	const struct format *f = formats;
	name += *name == '.';
	while (f->program && strcmp(f->name, name))
		f++;
	if (strcmp(f->name, name))
		die("unknown format %s", name);
	if (!f->program || in_path(f->program))
		return f;
	const struct format *other = formats;
	while (other->program && !in_path(other->program))
		other++;
	fprintf(stderr, "pkg: no %s here, packing as %s instead\n", f->program, other->name);
	return other;
}

/* Runs the program between fd and the stream it returns. */
static FILE *beside(tar *t, int fd, const char *program, const char *flags, bool write)
{
	int ends[2], ours = write ? 1 : 0;
	if (pipe(ends) || (t->child = fork()) < 0)
		die("cannot start %s", program);
	if (t->child == 0) {
		signal(SIGPIPE, SIG_DFL);	/* we may stop reading early */
		dup2(ends[!ours], write ? 0 : 1);
		dup2(fd, write ? 1 : 0);
		close(ends[0]);
		close(ends[1]);
		close(fd);
		execlp(program, program, flags, (char *)NULL);
		_exit(127);
	}
	close(ends[!ours]);
	close(fd);
	return need(fdopen(ends[ours], write ? "w" : "r"));
}

tar *tar_create(const char *path, const char *name)
{
	const struct format *f = choose(name);
	tar *t = need(calloc(1, sizeof *t));
	t->path = need(strdup(path));
	t->partial = format("%s.partial", path);
	int fd = open(t->partial, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		die("cannot write %s", t->partial);
	t->file = f->program ? beside(t, fd, f->program, f->flags, true) : need(fdopen(fd, "w"));
	return t;
}

static const char zeros[1024];

void tar_put(tar *t, const char *name, char type, unsigned mode, const char *link,
    const void *data, size_t size)
{
	struct header h = { .type = type, .magic = "ustar\0" "00", .uname = "root", .gname = "wheel" };
	const char *tail = name;
	if (strlen(name) > sizeof h.name) {
		tail = strchr(name + strlen(name) - sizeof h.name - 1, '/');
		if (!tail || (size_t)(tail - name) > sizeof h.prefix)
			die("%s: too long a path for an archive", name);
		memcpy(h.prefix, name, tail++ - name);
	}
	memcpy(h.name, tail, strlen(tail));
	if (strlen(link) > sizeof h.link)
		die("%s: too long a link", name);
	memcpy(h.link, link, strlen(link));
	snprintf(h.mode, sizeof h.mode, "%07o", mode & 07777);
	snprintf(h.uid, sizeof h.uid, "%07o", 0);
	snprintf(h.gid, sizeof h.gid, "%07o", 0);
	snprintf(h.size, sizeof h.size, "%011lo", (unsigned long)size);
	snprintf(h.mtime, sizeof h.mtime, "%011o", 1);
	memset(h.sum, ' ', sizeof h.sum);
	unsigned sum = 0;
	for (size_t i = 0; i < sizeof h; i++)
		sum += ((unsigned char *)&h)[i];
	snprintf(h.sum, sizeof h.sum - 1, "%06o", sum);
	fwrite(&h, sizeof h, 1, t->file);
	fwrite(data, 1, size, t->file);
	fwrite(zeros, 1, -size & 511, t->file);
}

tar *tar_open(const char *path)
{
	char start[8] = "";
	int fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, start, sizeof start) < 0 || lseek(fd, 0, SEEK_SET))
		die("cannot read %s", path);
	tar *t = need(calloc(1, sizeof *t));
	t->path = need(strdup(path));
	const struct format *f = formats;
	while (f->program && memcmp(start, f->magic, strlen(f->magic)))
		f++;
	t->file = f->program ? beside(t, fd, f->program, "-dc", false) : need(fdopen(fd, "r"));
	return t;
}

static void read_all(tar *t, void *to, size_t size)
{
	if (fread(to, 1, size, t->file) != size)
		die("%s: not a whole package", t->path);
}

bool tar_next(tar *t, entry *e)
{
	struct header h;
	do {
		read_all(t, &h, sizeof h);
		if (!h.name[0])
			return false;
		if (memcmp(h.magic, "ustar", 5))
			die("%s: not a package", t->path);
		char slash = h.prefix[0] ? '/' : 0;
		int n = snprintf(e->name, sizeof e->name, "%.155s", h.prefix);
		snprintf(e->name + n, sizeof e->name - n, "%.*s%.100s", !!slash, &slash, h.name);
		snprintf(e->link, sizeof e->link, "%.100s", h.link);
		e->type = h.type ? h.type : '0';
		e->mode = strtoul(h.mode, NULL, 8);
		e->size = strtoul(h.size, NULL, 8);
		if (e->type == 'x' || e->type == 'g')	/* other packers' times and the like */
			free(tar_data(t, e));
	} while (e->type == 'x' || e->type == 'g');
	return true;
}

char *tar_data(tar *t, const entry *e)
{
	char *data = need(malloc(e->size + 512));
	read_all(t, data, (e->size + 511) / 512 * 512);
	data[e->size] = 0;
	return data;
}

/* An archive being written gets its name only here, so half a package is never seen. */
void tar_close(tar *t)
{
	int status = 0;
	if (t->partial)
		fwrite(zeros, 1, 1024, t->file);
	bool bad = fclose(t->file) != 0;
	if (t->child && waitpid(t->child, &status, 0) < 0)
		bad = true;
	if (t->partial && (bad || status || rename(t->partial, t->path)))
		die("cannot write %s", t->path);
}
