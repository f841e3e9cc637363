// Evaluates an image's owner predicates for one connection.
#include "runtime/core/core_owner.h"

#ifndef __KERNEL__
#include <string.h>
#endif

struct norman_owner_test {
	uint8_t bit, subject, kind;
	bool resolved;
	uint32_t number; // user or group id
	const char *name;
};

// A decimal number that fills the whole name and fits 32 bits.
static bool decimal(const char *name, uint32_t *number)
{
	uint64_t value = 0;

	if (!*name)
		return false;
	for (; *name; name++) {
		if (*name < '0' || *name > '9')
			return false;
		value = value * 10 + (uint64_t)(*name - '0');
		if (value > 0xffffffffu)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

static bool resolve(struct norman_owner_test *test, const struct norman_names *names)
{
	switch (test->kind) {
	case NORMAN_PREDICATE_KIND_USER:
		return names->user(names->context, test->name, &test->number) || decimal(test->name, &test->number);
	case NORMAN_PREDICATE_KIND_GROUP:
		return names->group(names->context, test->name, &test->number) || decimal(test->name, &test->number);
	default:
		return true;
	}
}

int norman_owner_bind(struct norman_owner_table *table, const struct norman_image *image, const struct norman_names *names,
		      const struct norman_allocator *allocator)
{
	uint32_t i;

	memset(table, 0, sizeof(*table));
	table->allocator = allocator;
	table->count = norman_image_count(image, NORMAN_SECTION_PREDICATES);
	if (!table->count)
		return 0;
	table->tests = allocator->alloc(allocator->context, table->count * sizeof(*table->tests));
	if (!table->tests) {
		table->count = 0;
		return -ENOMEM;
	}
	for (i = 0; i < table->count; i++) {
		struct norman_image_predicate record;
		struct norman_owner_test *test = &table->tests[i];

		norman_image_get(image, NORMAN_SECTION_PREDICATES, i, &record);
		test->bit = record.bit;
		test->subject = record.subject;
		test->kind = record.kind;
		test->name = norman_image_string(image, record.name);
		test->resolved = resolve(test, names);
		if (!test->resolved)
			table->unresolved++;
	}
	return 0;
}

void norman_owner_release(struct norman_owner_table *table)
{
	if (table->tests)
		table->allocator->free(table->allocator->context, table->tests);
	table->tests = NULL;
	table->count = 0;
}

static size_t cut(const char *comm)
{
	size_t length = 0;

	while (length < NORMAN_COMM_MAX && comm[length])
		length++;
	return length;
}

static bool same_comm(const char *a, const char *b)
{
	return cut(a) == cut(b) && memcmp(a, b, cut(a)) == 0;
}

// The length of a path without the slashes that it ends with: "/" is 0, "/games/" as long as "/games".
static size_t path_length(const char *path)
{
	size_t length = strlen(path);

	while (length && path[length - 1] == '/')
		length--;
	return length;
}

// Whether `path` is `root`, or lies below it by whole components: "/gamesx" is not below "/games".
static bool path_matches(const char *path, const char *root, bool below)
{
	size_t length = path_length(path), root_length = path_length(root);

	if (length < root_length || memcmp(path, root, root_length) != 0)
		return false;
	return length == root_length || (below && path[root_length] == '/');
}

static bool holds(const struct norman_owner_test *test, const struct norman_identity *identity)
{
	if (!identity || !test->resolved)
		return false;
	switch (test->kind) {
	case NORMAN_PREDICATE_KIND_USER:
		return identity->uid == test->number;
	case NORMAN_PREDICATE_KIND_GROUP:
		return identity->gid == test->number;
	case NORMAN_PREDICATE_KIND_COMM:
		return identity->comm && same_comm(identity->comm, test->name);
	case NORMAN_PREDICATE_KIND_CGROUP:
		return identity->cgroup && path_matches(identity->cgroup, test->name, false);
	case NORMAN_PREDICATE_KIND_CGROUP_IN:
		return identity->cgroup && path_matches(identity->cgroup, test->name, true);
	default:
		return false;
	}
}

uint64_t norman_owner_bits(const struct norman_owner_table *table, const struct norman_identity *owner, const struct norman_identity *socket)
{
	uint64_t bits = 0;
	uint32_t i;

	for (i = 0; i < table->count; i++)
		if (holds(&table->tests[i], table->tests[i].subject ? socket : owner))
			bits |= UINT64_C(1) << table->tests[i].bit;
	return bits;
}
