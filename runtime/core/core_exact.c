// Cuckoo insertion into an exact-match stage, by breadth-first search for the shortest chain of moves.
#include "runtime/core/core_exact.h"

#ifndef __KERNEL__
#include <string.h>
#endif

// Nodes of a search. Random keys fill a stage of 4 x 2 048 to 88 % with 64 nodes, 94 % with 256, 96 % with 512 and 97 %
// with 2 048, where the last inserts take three times as long.
#define SEARCH_NODES 512u
#define NO_PARENT 0xffffu

struct norman_exact_search {
	struct {
		uint32_t slot;
		uint16_t parent;
	} node[SEARCH_NODES];
	uint32_t count;
};

// Remainders of a half byte for the polynomial 0x42f0e1eba9ea3693; the unit test compares with the model's own CRC.
static const uint64_t crc_halves[16] = {
	UINT64_C(0x0000000000000000), UINT64_C(0x42f0e1eba9ea3693), UINT64_C(0x85e1c3d753d46d26), UINT64_C(0xc711223cfa3e5bb5),
	UINT64_C(0x493366450e42ecdf), UINT64_C(0x0bc387aea7a8da4c), UINT64_C(0xccd2a5925d9681f9), UINT64_C(0x8e224479f47cb76a),
	UINT64_C(0x9266cc8a1c85d9be), UINT64_C(0xd0962d61b56fef2d), UINT64_C(0x17870f5d4f51b498), UINT64_C(0x5577eeb6e6bb820b),
	UINT64_C(0xdb55aacf12c73561), UINT64_C(0x99a54b24bb2d03f2), UINT64_C(0x5eb4691841135847), UINT64_C(0x1c4488f3e8f96ed4),
};

static uint64_t crc_half(uint64_t crc, unsigned int half)
{
	return crc << 4 ^ crc_halves[(crc >> 60 ^ half) & 15];
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
	uint32_t table;

	memset(exact, 0, sizeof(*exact));
	exact->allocator = allocator;
	exact->write = write;
	exact->context = context;
	exact->rows = rows;
	exact->entries = allocator->alloc(allocator->context, (size_t)rows * NORMAN_EXACT_WAYS * sizeof(*exact->entries));
	exact->tables = allocator->alloc(allocator->context, NORMAN_TABLES_MAX * sizeof(*exact->tables));
	exact->search = allocator->alloc(allocator->context, sizeof(*exact->search));
	if (exact->entries && exact->tables && exact->search) {
		for (table = 0; table < NORMAN_TABLES_MAX; table++)
			exact->tables[table].size = rows * NORMAN_EXACT_WAYS;
		return 0;
	}
	norman_exact_close(exact);
	return -ENOMEM;
}

void norman_exact_close(struct norman_exact *exact)
{
	if (exact->entries)
		exact->allocator->free(exact->allocator->context, exact->entries);
	if (exact->tables)
		exact->allocator->free(exact->allocator->context, exact->tables);
	if (exact->search)
		exact->allocator->free(exact->allocator->context, exact->search);
	exact->entries = NULL;
	exact->tables = NULL;
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

static int refuse(struct norman_exact *exact, uint8_t table)
{
	exact->tables[table].refused++;
	return -ENOSPC;
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
	if (exact->tables[table].used >= exact->tables[table].size)
		return refuse(exact, table);
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
		return refuse(exact, table);
	// From the free slot back to one of the new key's own: each entry is copied forward before its place is written.
	while (search->node[at].parent != NO_PARENT) {
		uint32_t from = search->node[search->node[at].parent].slot;
		struct norman_exact_entry moved = exact->entries[from];

		put(exact, search->node[at].slot, &moved);
		at = search->node[at].parent;
	}
	put(exact, search->node[at].slot, &entry);
	exact->used++;
	exact->tables[table].used++;
	return 0;
}

static void erase(struct norman_exact *exact, uint32_t slot)
{
	static const struct norman_exact_entry empty;

	exact->tables[exact->entries[slot].table].used--;
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

	for (slot = 0; exact->tables[table].used && slot < NORMAN_EXACT_WAYS * exact->rows; slot++)
		if (exact->entries[slot].valid && exact->entries[slot].table == table)
			erase(exact, slot);
}

void norman_exact_resize_table(struct norman_exact *exact, uint8_t table, uint32_t size)
{
	exact->tables[table].size = size;
}

void norman_exact_begin_table(struct norman_exact *exact, uint8_t table, uint32_t size)
{
	norman_exact_remove_table(exact, table);
	norman_exact_resize_table(exact, table, size);
	exact->tables[table].refused = 0;
}
