// Owner predicates: the 64 bits that stand for every test of an image on users, groups, commands and cgroups.
//
// Binding resolves the names of an image once; it is done again when accounts change. A name that nobody has makes its
// record hold for nobody.
#ifndef NORMAN_CORE_OWNER_H
#define NORMAN_CORE_OWNER_H

#include "runtime/core/core_image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NORMAN_COMM_MAX 15u // bytes of a command that the kernel keeps

// Who owns a connection, or created its socket. Strings may be NULL where they are not known; a test on them fails.
struct norman_identity {
	uint32_t uid, gid;
	const char *comm; // longer ones are cut
	const char *cgroup; // path from the root of the hierarchy, "/" first
};

// Looks up names of accounts. Each returns whether the name exists.
struct norman_names {
	bool (*user)(void *context, const char *name, uint32_t *uid);
	bool (*group)(void *context, const char *name, uint32_t *gid);
	void *context;
};

struct norman_owner_test;

struct norman_owner_table {
	const struct norman_allocator *allocator;
	uint32_t count;
	uint32_t unresolved; // records whose user or group nobody has
	struct norman_owner_test *tests;
};

// Resolves the predicates of an image, whose bytes must outlive the table. Returns 0 or -ENOMEM.
int norman_owner_bind(struct norman_owner_table *table, const struct norman_image *image, const struct norman_names *names,
		      const struct norman_allocator *allocator);
void norman_owner_release(struct norman_owner_table *table);

// The predicate word. An absent owner or socket is NULL: none of its tests holds.
uint64_t norman_owner_bits(const struct norman_owner_table *table, const struct norman_identity *owner, const struct norman_identity *socket);

#ifdef __cplusplus
}
#endif

#endif
