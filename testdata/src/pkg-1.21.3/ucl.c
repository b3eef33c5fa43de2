/* JSON, read leniently: keys and plain values may go unquoted, '=' may stand for ':', separators
 * may be ';' or ',' or missing, and the outermost braces may be left out.  Written as strict JSON. */
#include "pkg.h"
#include <stdlib.h>
#include <string.h>

node *make(int kind, const char *text)
{
	node *n = need(calloc(1, sizeof *n));
	n->kind = kind;
	n->text = text ? need(strdup(text)) : NULL;
	return n;
}

node *put(node *parent, const char *key, node *child)
{
	child->key = key ? need(strdup(key)) : NULL;
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	return parent->last = child;
}

node *get(const node *parent, const char *key)
{
	node *n = parent ? parent->first : NULL;
	while (n && (!n->key || strcmp(n->key, key)))
		n = n->next;
	return n;
}

const char *gets_or(const node *parent, const char *key, const char *otherwise)
{
	const node *n = get(parent, key);
	return n && n->text ? n->text : otherwise;
}

static const char *at;

static void skip(const char *set)
{
	for (;; at++)
		if (*at == '#')
			at += strcspn(at, "\n") - 1;
		else if (!*at || !strchr(set, *at))
			return;
}

static void put_utf8(FILE *out, unsigned c)
{
	if (c < 0x80)
		fputc(c, out);
	else if (c < 0x800)
		fprintf(out, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
	else
		fprintf(out, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
}

static node *word(void)
{
	if (*at != '"') {
		size_t n = strcspn(at, " \t\n,;:={}[]");
		if (!n)
			die("manifest: unexpected '%c'", *at);
		char *s = need(strndup(at, n));
		at += n;
		bool bare = !strcmp(s, "true") || !strcmp(s, "false") || !s[strspn(s, "0123456789")];
		return make(bare ? BARE : TEXT, s);
	}
	char *s;
	size_t n;
	FILE *out = need(open_memstream(&s, &n));
	for (at++; *at != '"'; at++) {
		if (!*at)
			die("manifest: a string does not end");
		if (*at != '\\') {
			fputc(*at, out);
		} else if (*++at == 'u') {
			unsigned c;
			if (sscanf(at + 1, "%4x", &c) != 1)
				die("manifest: bad \\u");
			put_utf8(out, c);
			at += 4;
		} else {
			const char *from = "nrtbf", *to = "\n\r\t\b\f", *p = *at ? strchr(from, *at) : NULL;
			fputc(p ? to[p - from] : *at, out);
		}
	}
	at++;
	fclose(out);
	node *w = make(TEXT, NULL);
	w->text = s;
	return w;
}

static node *value(void)
{
	if (*at != '{' && *at != '[')
		return word();
	char end = *at == '{' ? '}' : ']';
	node *list = make(end == '}' ? OBJECT : ARRAY, NULL);
	at++;
	for (;;) {
		skip(" \t\n,;");
		if (*at == end) {
			at++;
			return list;
		}
		if (!*at)
			die("manifest: '%c' is missing", end);
		char *key = NULL;
		if (end == '}') {
			key = word()->text;
			skip(" \t\n:=");
		}
		put(list, key, value());
	}
}

node *parse(const char *text)
{
	at = text;
	skip(" \t\n");
	if (*at == '{' || *at == '[')
		return value();
	at = format("{%s\n}", at);
	return value();
}

static void quote(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		const char *from = "\n\r\t\b\f\"\\", *p = strchr(from, *s);
		if (p)
			fprintf(out, "\\%c", "nrtbf\"\\"[p - from]);
		else if ((unsigned char)*s < 32)
			fprintf(out, "\\u%04x", *s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

void print(FILE *out, const node *n)
{
	if (n->kind == TEXT) {
		quote(out, n->text);
	} else if (n->kind == BARE) {
		fputs(n->text, out);
	} else {
		fputc(n->kind == OBJECT ? '{' : '[', out);
		for (const node *c = n->first; c; c = c->next) {
			if (n->kind == OBJECT) {
				quote(out, c->key);
				fputc(':', out);
			}
			print(out, c);
			if (c->next)
				fputc(',', out);
		}
		fputc(n->kind == OBJECT ? '}' : ']', out);
	}
}
