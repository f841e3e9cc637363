// The contents of one prefix stage: longest-prefix tables as ranges in blocks, and the writes that keep every lookup right.
//
// The stage's number line is {table id, 128-bit key}. Software cuts it at the first and last address of every prefix and keeps
// for each range the longest prefix over it. Up to NORMAN_PREFIX_BLOCK_RANGES ranges form a block; separators say where blocks
// begin, and a slot for each block names its place in memory and the longest prefix over the whole of it:
//
//   separators (two banks)   |      s1       |  s2  |
//   slots (two banks)        | block 7, /8   | block 3, none | ...
//   block 7                  /8 |/24|   /8   |/32|  /8        ranges that hold no longer prefix take the slot's
//
// So a change of a prefix touches the at most two blocks that it begins or ends in, and slots. A changed block is written to
// an unused place. Then one slot is written, or the other bank is brought up to date and the bank is switched: either way one
// write shows the change, and a lookup sees all of it or nothing. Places and banks are used again after a fence.
//
//   legal:    open -> insert, change, remove, find ... -> close; hold -> changes -> show
//   illegal:  anything else that writes the stage's memory meanwhile
#ifndef NORMAN_CORE_PREFIX_H
#define NORMAN_CORE_PREFIX_H

#include "runtime/core/core_exact.h"

#ifdef __cplusplus
extern "C" {
#endif

struct norman_prefix {
	uint32_t key[NORMAN_EXACT_KEY_WORDS]; // word 0 most significant; bits beyond the length are zero
	uint32_t value;
	uint8_t action;
	uint8_t table;
	uint8_t length;
	uint8_t zero;
};

struct norman_prefixes_size {
	uint32_t entries; // prefixes
	uint32_t levels;  // of separators: 2^levels slots
	uint32_t blocks;
};

struct norman_prefixes_hardware {
	// Writes a word of one of the stage's memories (enum PrefixMemory).
	void (*write)(void *context, uint32_t memory, uint32_t address, const struct norman_exact_entry *word);
	// Returns when every write before has taken effect and every lookup that began before is done.
	void (*fence)(void *context);
	void *context;
};

struct norman_prefixes;

// Takes over a memory that is empty. Returns 0, -ENOMEM, or -EINVAL (blocks that cannot hold that many prefixes).
int norman_prefixes_open(struct norman_prefixes **prefixes, const struct norman_prefixes_size *size, const struct norman_allocator *allocator,
			 const struct norman_prefixes_hardware *hardware);
void norman_prefixes_close(struct norman_prefixes *prefixes);

// What is kept of one of the tables that share the stage.
struct norman_prefix_table {
	uint32_t used;    // prefixes
	uint32_t size;    // most that it may hold
	uint64_t refused; // prefixes that it had no place for
};

// Empties a table, which from now on holds at most `size` prefixes, and has refused none. Before, tables hold as many as fit.
void norman_prefixes_begin_table(struct norman_prefixes *prefixes, uint8_t table, uint32_t size);

// A table that goes on holds at most `size` prefixes from now on; what it holds already stays.
void norman_prefixes_resize_table(struct norman_prefixes *prefixes, uint8_t table, uint32_t size);

const struct norman_prefix_table *norman_prefixes_table(const struct norman_prefixes *prefixes, uint8_t table);

// Returns 0, -EINVAL (longer than 128 bits, or bits beyond the length), -EEXIST or -ENOSPC (the table holds as many as it may, or the stage
// as many as fit: nothing changed, counted in the table's `refused`). Every set of as many prefixes as the stage has entries fits.
int norman_prefixes_insert(struct norman_prefixes *prefixes, const struct norman_prefix *prefix);

// Gives a prefix that is there another value and action. Returns 0, -EINVAL or -ENOENT.
int norman_prefixes_change(struct norman_prefixes *prefixes, const struct norman_prefix *prefix);

// Returns 0, -EINVAL or -ENOENT. Looks at table, key and length only.
int norman_prefixes_remove(struct norman_prefixes *prefixes, const struct norman_prefix *prefix);

// Removes every prefix of a table.
void norman_prefixes_remove_table(struct norman_prefixes *prefixes, uint8_t table);

// After hold, changes need not be visible before show. Some may be: where many change, blocks run out.
void norman_prefixes_hold(struct norman_prefixes *prefixes);
void norman_prefixes_show(struct norman_prefixes *prefixes);

// The prefix with this table, key and length, or NULL.
const struct norman_prefix *norman_prefixes_find(const struct norman_prefixes *prefixes, const struct norman_prefix *prefix);

// The longest prefix of a table that a key begins with, or NULL.
const struct norman_prefix *norman_prefixes_longest(const struct norman_prefixes *prefixes, uint8_t table,
						    const uint32_t key[NORMAN_EXACT_KEY_WORDS]);

// Prefixes, and blocks that they take.
uint32_t norman_prefixes_used(const struct norman_prefixes *prefixes);
uint32_t norman_prefixes_blocks(const struct norman_prefixes *prefixes);

#ifdef __cplusplus
}
#endif

#endif
