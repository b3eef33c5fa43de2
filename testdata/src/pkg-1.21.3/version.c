/* Order of package versions, VERSION[_REVISION][,EPOCH]: the epoch decides first, the revision last.
 * A component is a number, a letter and a level ("2b3"); one without number sorts before none at all,
 * which is why ports write 1.0.rc1 for what comes before 1.0. */
#include "pkg.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct component { long number, letter, level; };

static const struct { const char *name; int letter; } stages[] = {
	{ "pl", 0 }, { "alpha", 1 }, { "beta", 2 }, { "pre", 16 }, { "rc", 18 },
};

static struct component next(const char **at, const char *end)
{
	struct component c = { 0, 0, 0 };
	const char *p = *at;
	while (p < end && !isalnum((unsigned char)*p))
		p++;
	if (p < end) {
		c.number = isdigit((unsigned char)*p) ? strtol(p, (char **)&p, 10) : -1;
		if (p < end && isalpha((unsigned char)*p)) {
			const char *word = p;
			c.letter = tolower((unsigned char)*p) - 'a' + 1;
			while (p < end && isalpha((unsigned char)*p))
				p++;
			for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
				if (strlen(stages[i].name) == (size_t)(p - word) && !strncmp(word, stages[i].name, p - word))
					c.letter = stages[i].letter;
			if (p < end && isdigit((unsigned char)*p))
				c.level = strtol(p, (char **)&p, 10);
		}
	}
	*at = p;
	return c;
}

static long after(const char *version, char mark)
{
	const char *p = strrchr(version, mark);
	return p ? strtol(p + 1, NULL, 10) : 0;
}

static int sign(long a, long b) { return (a > b) - (a < b); }

int version_compare(const char *a, const char *b)
{
	const char *p = a, *q = b, *p_end = a + strcspn(a, "_,"), *q_end = b + strcspn(b, "_,");
	int order = sign(after(a, ','), after(b, ','));
	while (!order && (p < p_end || q < q_end)) {
		struct component x = next(&p, p_end), y = next(&q, q_end);
		order = sign(x.number, y.number);
		order = order ? order : sign(x.letter, y.letter);
		order = order ? order : sign(x.level, y.level);
	}
	return order ? order : sign(after(a, '_'), after(b, '_'));
}
