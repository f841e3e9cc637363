// Learned tables: what packets have put into an exact stage, read and changed beside them.
//
// The stage takes keys in by itself; software lists them, removes them, and must remove those that expired long ago: the
// times are 32 bits that wrap, so an entry would come to life again 2^31 units after it expired (26 days, if the unit is 2^24
// ticks). Calling norman_learned_sweep once a day keeps clear of that.
//
// Every access takes its turn between two packets' lookups; none of them stops packets.
#ifndef NORMAN_CORE_LEARNED_H
#define NORMAN_CORE_LEARNED_H

#include "runtime/core/core_load.h"

#ifdef __cplusplus
extern "C" {
#endif

// Where a learned table lies: an object of kind LEARNED of a verified image, which has a stage.
struct norman_learned {
	struct norman_core *core;
	uint32_t stage;
	uint8_t table;
	uint32_t rows; // of each way
};

struct norman_learned norman_learned_of(struct norman_core *core, const struct norman_image_object *object);

// Reads slot `slot`, which is below rows * NORMAN_EXACT_WAYS: true if it holds an entry, alive or expired. A key that expired and
// came again may be in two slots; the one that is alive counts. The entry's value is
// when it expires, in the table's unit. The state word of the same index belongs to it.
bool norman_learned_read(const struct norman_learned *learned, uint32_t slot, struct norman_exact_entry *entry);

// Whether an entry is alive at `now`, in the table's unit.
bool norman_learned_alive(const struct norman_exact_entry *entry, uint32_t now);

// Removes a key, if it is there. A packet that brings it again makes it a new one.
void norman_learned_remove(const struct norman_learned *learned, const uint32_t key[NORMAN_EXACT_KEY_WORDS]);

// Removes all keys.
void norman_learned_clear(const struct norman_learned *learned);

// Removes what has expired at `now`, and returns how many; not for tables whose entries never expire (shift 0). A key that comes again within the moment between its reading and its
// removal is removed too, as if nobody had known it.
uint32_t norman_learned_sweep(const struct norman_learned *learned, uint32_t now);

// Keys refused since the core's reset because their places were taken, over all its tables.
uint64_t norman_learned_refused(struct norman_core *core);

// Empties rows of all ways of a stage.
void norman_learned_clear_rows(struct norman_core *core, uint32_t stage, uint32_t first, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
