/* The libraries a 64-bit little-endian ELF file needs (DT_NEEDED) and is (DT_SONAME). */
#include "pkg.h"
#include <string.h>

enum { PT_LOAD = 1, PT_DYNAMIC = 2, DT_NEEDED = 1, DT_STRTAB = 5, DT_SONAME = 14 };

static const unsigned char *file;
static size_t length;

static uint64_t number(uint64_t at, int bytes)
{
	uint64_t n = 0;
	for (int i = bytes; i-- > 0 && at + bytes <= length;)
		n = n << 8 | file[at + i];
	return n;
}

/* Program header i: its type, and where its bytes are in memory and in the file. */
static int segment(int i, uint64_t *address, uint64_t *offset, uint64_t *size)
{
	uint64_t h = number(32, 8) + (uint64_t)i * number(54, 2);
	*offset = number(h + 8, 8);
	*address = number(h + 16, 8);
	*size = number(h + 32, 8);
	return number(h, 4);
}

static uint64_t offset_of(uint64_t address)
{
	uint64_t start, offset, size;
	for (int i = number(56, 2); i-- > 0;)
		if (segment(i, &start, &offset, &size) == PT_LOAD && address - start < size)
			return offset + (address - start);
	return length;
}

void shlibs(const unsigned char *elf, size_t n, void (*needed)(const char *), void (*provided)(const char *))
{
	file = elf;
	length = n;
	if (n < 64 || memcmp(elf, "\177ELF\2\1", 6))
		return;
	for (int i = number(56, 2); i-- > 0;) {
		uint64_t address, at, size, strings = length;
		if (segment(i, &address, &at, &size) != PT_DYNAMIC)
			continue;
		for (uint64_t d = at; d < at + size; d += 16)
			if (number(d, 8) == DT_STRTAB)
				strings = offset_of(number(d + 8, 8));
		for (uint64_t d = at; d < at + size && number(d, 8); d += 16) {
			uint64_t tag = number(d, 8), name = strings + number(d + 8, 8);
			if (name < length && memchr(elf + name, 0, length - name)) {
				if (tag == DT_NEEDED)
					needed((const char *)elf + name);
				if (tag == DT_SONAME)
					provided((const char *)elf + name);
			}
		}
	}
}
