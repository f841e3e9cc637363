// Cuckoo insertion into an exact-match stage, by breadth-first search for the shortest chain of moves.
#include "runtime/core/core_exact.h"

#ifndef __KERNEL__
#include <string.h>
#endif

// Nodes of a search. A smaller number reports a full table below 95 % fill now and then; a larger one makes the failing
// insert of a really full table slower, and finds nothing that 512 did not in the unit test's fills.
#define SEARCH_NODES 512u
#define NO_PARENT 0xffffu

struct norman_exact_search {
	struct {
		uint32_t slot;
		uint16_t parent;
	} node[SEARCH_NODES];
	uint32_t count;
};

#define POLYNOMIAL UINT64_C(0x42f0e1eba9ea3693)

// One byte at a time with the sixteen remainders of a half byte: small enough to lie here in full, and checked against
// the bitwise form by the unit test.
static uint64_t crc_half(uint64_t crc, unsigned int half)
{
	uint64_t remainder = crc >> 60 ^ half;
	int bit;

	crc <<= 4;
	remainder <<= 60;
	for (bit = 0; bit < 4; bit++)
		remainder = remainder << 1 ^ (remainder >> 63 ? POLYNOMIAL : 0);
	return crc ^ remainder;
}

static uint64_t crc_byte(uint64_t crc, unsigned int byte)
{
	return crc_half(crc_half(crc, byte >> 4), byte & 15);
}

uint64_t norman_exact_hash(uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS])
{
	uint64_t crc = crc_byte(0, table);
	unsigned int i;
	int shift;

	for (i = 0; i < NORMAN_EXACT_KEY_WORDS; i++)
		for (shift = 24; shift >= 0; shift -= 8)
			crc = crc_byte(crc, key[i] >> shift & 0xff);
	return crc;
}

// Slots number the entries of all ways: way * rows + row.
static uint32_t slot_of(const struct norman_exact *exact, uint64_t hash, uint32_t way)
{
	return way * exact->rows + ((uint32_t)(hash >> (NORMAN_HASH_SHIFT * way)) & (exact->rows - 1));
}

static bool same_key(const struct norman_exact_entry *entry, uint8_t table, const uint32_t *key)
{
	return entry->valid && entry->table == table && memcmp(entry->key, key, sizeof(entry->key)) == 0;
}

static void put(struct norman_exact *exact, uint32_t slot, const struct norman_exact_entry *entry)
{
	exact->entries[slot] = *entry;
	exact->write(exact->context, slot / exact->rows, slot % exact->rows, entry);
}

int norman_exact_open(struct norman_exact *exact, uint32_t rows, const struct norman_allocator *allocator, norman_exact_write *write,
		      void *context)
{
	memset(exact, 0, sizeof(*exact));
	exact->allocator = allocator;
	exact->write = write;
	exact->context = context;
	exact->rows = rows;
	exact->entries = allocator->alloc(allocator->context, (size_t)rows * NORMAN_EXACT_WAYS * sizeof(*exact->entries));
	exact->search = allocator->alloc(allocator->context, sizeof(*exact->search));
	if (exact->entries && exact->search)
		return 0;
	norman_exact_close(exact);
	return -ENOMEM;
}

void norman_exact_close(struct norman_exact *exact)
{
	if (exact->entries)
		exact->allocator->free(exact->allocator->context, exact->entries);
	if (exact->search)
		exact->allocator->free(exact->allocator->context, exact->search);
	exact->entries = NULL;
	exact->search = NULL;
}

static struct norman_exact_entry *find(const struct norman_exact *exact, uint8_t table, const uint32_t *key)
{
	uint64_t hash = norman_exact_hash(table, key);
	uint32_t way;

	for (way = 0; way < NORMAN_EXACT_WAYS; way++) {
		struct norman_exact_entry *entry = &exact->entries[slot_of(exact, hash, way)];

		if (same_key(entry, table, key))
			return entry;
	}
	return NULL;
}

const struct norman_exact_entry *norman_exact_find(const struct norman_exact *exact, uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS])
{
	return find(exact, table, key);
}

// Adds a slot to the search unless it is in it already; true when there was room.
static void visit(struct norman_exact_search *search, uint32_t slot, uint16_t parent)
{
	uint32_t i;

	if (search->count == SEARCH_NODES)
		return;
	for (i = 0; i < search->count; i++)
		if (search->node[i].slot == slot)
			return;
	search->node[search->count].slot = slot;
	search->node[search->count].parent = parent;
	search->count++;
}

int norman_exact_insert(struct norman_exact *exact, uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS], uint32_t value, uint8_t action)
{
	struct norman_exact_search *search = exact->search;
	struct norman_exact_entry entry = { .value = value, .action = action, .table = table, .valid = 1 };
	uint64_t hash = norman_exact_hash(table, key);
	uint32_t at, way;

	memcpy(entry.key, key, sizeof(entry.key));
	if (find(exact, table, key))
		return -EEXIST;
	search->count = 0;
	for (way = 0; way < NORMAN_EXACT_WAYS; way++)
		visit(search, slot_of(exact, hash, way), NO_PARENT);
	for (at = 0; at < search->count; at++) {
		const struct norman_exact_entry *held = &exact->entries[search->node[at].slot];

		if (!held->valid)
			break;
		hash = norman_exact_hash(held->table, held->key);
		for (way = 0; way < NORMAN_EXACT_WAYS; way++)
			visit(search, slot_of(exact, hash, way), (uint16_t)at);
	}
	if (at == search->count)
		return -ENOSPC;
	// From the free slot back to one of the new key's own: each entry is copied forward before its place is written.
	while (search->node[at].parent != NO_PARENT) {
		uint32_t from = search->node[search->node[at].parent].slot;
		struct norman_exact_entry moved = exact->entries[from];

		put(exact, search->node[at].slot, &moved);
		at = search->node[at].parent;
	}
	put(exact, search->node[at].slot, &entry);
	exact->used++;
	return 0;
}

static void erase(struct norman_exact *exact, uint32_t slot)
{
	static const struct norman_exact_entry empty;

	put(exact, slot, &empty);
	exact->used--;
}

int norman_exact_remove(struct norman_exact *exact, uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS])
{
	struct norman_exact_entry *entry = find(exact, table, key);

	if (!entry)
		return -ENOENT;
	erase(exact, (uint32_t)(entry - exact->entries));
	return 0;
}

void norman_exact_remove_table(struct norman_exact *exact, uint8_t table)
{
	uint32_t slot;

	for (slot = 0; slot < NORMAN_EXACT_WAYS * exact->rows; slot++)
		if (exact->entries[slot].valid && exact->entries[slot].table == table)
			erase(exact, slot);
}
