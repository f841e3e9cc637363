// The contents of one exact-match stage: which entry lies where, and the writes that keep every lookup right.
//
// The hardware looks at one row of each of four ways; a key may lie in any of the four. Inserting may have to move
// other entries out of the way. A move writes the new copy before the old place is used again, so a packet finds every
// entry at every moment.
//
//   legal:    open -> insert, remove, find ... -> close
//   illegal:  anything else that writes the stage's memory meanwhile
#ifndef NORMAN_CORE_EXACT_H
#define NORMAN_CORE_EXACT_H

#include "runtime/core/core_base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct norman_exact_entry {
	uint32_t key[NORMAN_EXACT_KEY_WORDS];
	uint32_t value;
	uint8_t action;
	uint8_t table;
	uint8_t valid;
	uint8_t zero;
};

// What is kept of one of the tables that share the stage.
struct norman_exact_table {
	uint32_t used;    // entries
	uint32_t size;    // most that it may hold
	uint64_t refused; // entries that it had no place for
};

// Writes one entry into the hardware.
typedef void norman_exact_write(void *context, uint32_t way, uint32_t row, const struct norman_exact_entry *entry);

struct norman_exact {
	const struct norman_allocator *allocator;
	norman_exact_write *write;
	void *context;
	uint32_t rows; // of each way, a power of two
	uint32_t used;
	struct norman_exact_entry *entries; // shadow of the memory, [way][row]
	struct norman_exact_table *tables;  // by table id
	struct norman_exact_search *search;
};

// Takes over a memory that is empty. Returns 0 or -ENOMEM.
int norman_exact_open(struct norman_exact *exact, uint32_t rows, const struct norman_allocator *allocator, norman_exact_write *write,
		      void *context);
void norman_exact_close(struct norman_exact *exact);

// Empties a table, which from now on holds at most `size` entries, and has refused none. Before, tables hold as many as fit.
void norman_exact_begin_table(struct norman_exact *exact, uint8_t table, uint32_t size);

// A table that goes on holds at most `size` entries from now on; what it holds already stays.
void norman_exact_resize_table(struct norman_exact *exact, uint8_t table, uint32_t size);

// Returns 0, -EEXIST (the key is there: nothing changed) or -ENOSPC (the table is full, or no chain of moves makes room in the stage: nothing
// changed, counted in the table's `refused`).
int norman_exact_insert(struct norman_exact *exact, uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS], uint32_t value, uint8_t action);

// Returns 0 or -ENOENT.
int norman_exact_remove(struct norman_exact *exact, uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS]);

// Removes every entry of a table.
void norman_exact_remove_table(struct norman_exact *exact, uint8_t table);

// The entry with this key, or NULL.
const struct norman_exact_entry *norman_exact_find(const struct norman_exact *exact, uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS]);

// CRC-64/ECMA-182 of the table id and the key words, most significant byte first.
uint64_t norman_exact_hash(uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS]);

#ifdef __cplusplus
}
#endif

#endif
