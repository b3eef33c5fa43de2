/* A small package manager that reads and writes pkg(8)'s package files. */
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <sys/types.h>

#define VERSION "1.21.3"

/* main.c */
void die(const char *, ...) __attribute__((noreturn, format(printf, 1, 2)));
char *format(const char *, ...) __attribute__((format(printf, 1, 2)));
char *slurp(const char *path, size_t *size);	/* NULL when it cannot be read */
void *need(void *);				/* dies for want of memory */

/* ucl.c: JSON, and as much of UCL as manifests and meta.conf use */
typedef struct node {
	enum { TEXT, BARE, OBJECT, ARRAY } kind;
	char *key, *text;
	struct node *first, *last, *next;
} node;
node *parse(const char *);
void print(FILE *, const node *);
node *make(int kind, const char *text);
node *put(node *parent, const char *key, node *);	/* appends, returns the child */
node *get(const node *, const char *key);
const char *gets_or(const node *, const char *key, const char *otherwise);

/* tar.c: ustar, through a compressor that runs beside us */
typedef struct { FILE *file; pid_t child; char *path, *partial; } tar;
typedef struct { char name[260], link[101], type; unsigned mode; size_t size; } entry;
tar *tar_create(const char *path, const char *format);
void tar_put(tar *, const char *name, char type, unsigned mode, const char *link,
    const void *data, size_t size);
tar *tar_open(const char *path);
bool tar_next(tar *, entry *);
char *tar_data(tar *, const entry *);		/* must follow each tar_next */
void tar_close(tar *);

/* the rest, one file each */
char *sha256(const void *, size_t);
void shlibs(const unsigned char *elf, size_t, void (*need)(const char *), void (*provide)(const char *));
int version_compare(const char *, const char *);
int create(int, char **);
int add(int, char **);
int delete(int, char **);
int info(int, char **);
int query(int, char **);
int which(int, char **);
int repo(int, char **);
node *manifest_of(const char *package, const char *which);
