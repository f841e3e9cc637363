// Prefixes as ranges in blocks: which blocks a change touches, how blocks are split and joined, and how they become visible.
#include "runtime/core/core_prefix.h"

#ifndef __KERNEL__
#include <string.h>
#endif

#define RANGES NORMAN_PREFIX_BLOCK_RANGES
#define LINE_WORDS (1 + NORMAN_EXACT_KEY_WORDS)
#define KEY_BITS (32u * NORMAN_EXACT_KEY_WORDS)

#define NONE 0xffffu    // no prefix
#define INHERIT 0xfffeu // what the block's slot says

// Blocks are split and joined in windows of this many neighbours. No window of 4 that fits into 3 is left by `compact`, so that
// blocks hold more than 45 / 4 ranges on average: 16 384 prefixes with 32 769 ranges take at most 2 913 of 3 072.
#define WINDOW 4u
#define SPLIT_FILL 14u // a split window is left with at most this many ranges a block, so that the next change does not split again
#define JOIN_FILL 12u
#define JOIN_BELOW 5u

// A place on the number line: table id, then the key words.
struct place {
	uint32_t word[LINE_WORDS];
};

struct range {
	struct place start;
	uint16_t id;
};

struct block {
	uint32_t count;
	uint16_t at;    // where its last visible form lies, NONE for nowhere
	uint16_t cover; // the longest prefix over all of it
	bool dirty;     // differs from what lies there
	struct range range[RANGES + 2];
};

// What a bank holds for one slot: the separator before it and its word.
struct slot {
	struct place separator;
	uint32_t value;
	uint16_t at;
	uint8_t action;
	uint8_t valid;
};

struct node {
	struct norman_prefix prefix;
	uint16_t next; // in its chain of the hash table, or of the unused ones
};

struct norman_prefixes {
	struct norman_allocator allocator;
	struct norman_prefixes_hardware hardware;
	struct norman_prefixes_size size;
	uint32_t used, hash_mask;
	uint32_t lengths[KEY_BITS + 1]; // prefixes of each length
	struct norman_prefix_table tables[NORMAN_TABLES_MAX];
	uint16_t unused;                // first unused node
	uint16_t *heads;
	struct node *nodes;

	uint32_t count, reserve; // blocks in order; places kept for changes
	uint16_t *order;         // which block comes n-th; those behind `count` are unused
	struct block *blocks;
	uint32_t dirty; // blocks that differ from the memory

	uint32_t bank, held;
	bool stale;                // something shown since the last fence
	uint32_t shown[2];         // slots that each bank has
	struct slot *slots[2];
	uint16_t *places;          // unused places, then those that wait for a fence
	uint32_t free, waiting, gone; // `gone` of those that wait are shown no more
	uint8_t *boundaries;       // of each place, how many boundaries are valid in it

	struct range window[(WINDOW + 1) * (RANGES + 2)]; // scratch of `spread`
};

// --- Number line ------------------------------------------------------------------------------------------------------

static int compare(const struct place *a, const struct place *b)
{
	uint32_t i;

	for (i = 0; i < LINE_WORDS; i++)
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i] ? -1 : 1;
	return 0;
}

static uint32_t mask_of(uint32_t length, uint32_t word)
{
	if (length <= 32 * word)
		return 0;
	return length >= 32 * word + 32 ? ~UINT32_C(0) : ~UINT32_C(0) << (32 * word + 32 - length);
}

static struct place first_of(const struct norman_prefix *prefix)
{
	struct place place;

	place.word[0] = prefix->table;
	memcpy(&place.word[1], prefix->key, sizeof(prefix->key));
	return place;
}

// The place after a prefix: bits beyond its length all set, plus one. One beyond table 255 is greater than all that are used.
static struct place after(const struct norman_prefix *prefix)
{
	struct place place = first_of(prefix);
	uint32_t i;

	for (i = 0; i < NORMAN_EXACT_KEY_WORDS; i++)
		place.word[1 + i] |= ~mask_of(prefix->length, i);
	for (i = LINE_WORDS; i-- && !++place.word[i];)
		;
	return place;
}

static bool good(const struct norman_prefix *prefix)
{
	uint32_t i;

	if (prefix->length > KEY_BITS)
		return false;
	for (i = 0; i < NORMAN_EXACT_KEY_WORDS; i++)
		if (prefix->key[i] & ~mask_of(prefix->length, i))
			return false;
	return true;
}

// --- The set of prefixes ------------------------------------------------------------------------------------------------

static uint32_t hash_of(const struct norman_prefixes *p, uint32_t table, const uint32_t *key, uint32_t length)
{
	uint32_t hash = table * 0x9e3779b1u ^ length * 0x85ebca77u, i;

	for (i = 0; i < NORMAN_EXACT_KEY_WORDS; i++) {
		hash = (hash ^ (key[i] & mask_of(length, i))) * 0xc2b2ae3du;
		hash ^= hash >> 15;
	}
	return hash & p->hash_mask;
}

// The prefix of exactly this length that a key begins with.
static uint32_t find(const struct norman_prefixes *p, uint32_t table, const uint32_t *key, uint32_t length)
{
	uint32_t id, i;

	if (!p->lengths[length])
		return NONE;
	for (id = p->heads[hash_of(p, table, key, length)]; id != NONE; id = p->nodes[id].next) {
		const struct norman_prefix *prefix = &p->nodes[id].prefix;

		if (prefix->table != table || prefix->length != length)
			continue;
		for (i = 0; i < NORMAN_EXACT_KEY_WORDS && prefix->key[i] == (key[i] & mask_of(length, i)); i++)
			;
		if (i == NORMAN_EXACT_KEY_WORDS)
			return id;
	}
	return NONE;
}

// The longest prefix below a length that a key begins with.
static uint32_t longest_below(const struct norman_prefixes *p, uint32_t table, const uint32_t *key, uint32_t length)
{
	uint32_t id = NONE;

	while (id == NONE && length--)
		id = find(p, table, key, length);
	return id;
}

static uint32_t parent_of(const struct norman_prefixes *p, uint32_t id)
{
	const struct norman_prefix *prefix = &p->nodes[id].prefix;

	return longest_below(p, prefix->table, prefix->key, prefix->length);
}

static uint32_t add(struct norman_prefixes *p, const struct norman_prefix *prefix)
{
	uint32_t hash = hash_of(p, prefix->table, prefix->key, prefix->length), id = p->unused;

	p->unused = p->nodes[id].next;
	p->nodes[id].prefix = *prefix;
	p->nodes[id].next = p->heads[hash];
	p->heads[hash] = (uint16_t)id;
	p->lengths[prefix->length]++;
	p->tables[prefix->table].used++;
	p->used++;
	return id;
}

static void drop(struct norman_prefixes *p, uint32_t id)
{
	const struct norman_prefix *prefix = &p->nodes[id].prefix;
	uint16_t *link = &p->heads[hash_of(p, prefix->table, prefix->key, prefix->length)];

	while (*link != id)
		link = &p->nodes[*link].next;
	*link = p->nodes[id].next;
	p->nodes[id].next = p->unused;
	p->unused = (uint16_t)id;
	p->lengths[prefix->length]--;
	p->tables[prefix->table].used--;
	p->used--;
}

// --- Blocks -------------------------------------------------------------------------------------------------------------

static struct block *block_at(struct norman_prefixes *p, uint32_t n)
{
	return &p->blocks[p->order[n]];
}

// Where block n ends, NULL for the end of the line.
static const struct place *end_of(struct norman_prefixes *p, uint32_t n)
{
	return n + 1 < p->count ? &block_at(p, n + 1)->range[0].start : NULL;
}

// The block that a place lies in.
static uint32_t block_of(struct norman_prefixes *p, const struct place *place)
{
	uint32_t low = 0, high = p->count;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;

		if (compare(&block_at(p, middle)->range[0].start, place) <= 0)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void soil(struct norman_prefixes *p, struct block *block)
{
	p->dirty += !block->dirty;
	block->dirty = true;
}

static bool covers(const struct norman_prefixes *p, uint32_t id, const struct place *start, const struct place *end)
{
	struct place first = first_of(&p->nodes[id].prefix), last = after(&p->nodes[id].prefix);

	if (compare(&first, start) > 0)
		return false;
	return end ? compare(end, &last) <= 0 : last.word[0] >= NORMAN_TABLES_MAX;
}

// Makes a range begin at a place, which lies in the block.
static void cut(struct block *block, const struct place *place)
{
	uint32_t i = block->count;

	while (compare(&block->range[i - 1].start, place) > 0)
		i--;
	if (compare(&block->range[i - 1].start, place) == 0)
		return;
	memmove(&block->range[i + 1], &block->range[i], (block->count - i) * sizeof(block->range[0]));
	block->range[i].start = *place;
	block->range[i].id = block->range[i - 1].id;
	block->count++;
}

static void join_equal(struct block *block)
{
	uint32_t i, count = 1;

	for (i = 1; i < block->count; i++)
		if (block->range[i].id != block->range[count - 1].id)
			block->range[count++] = block->range[i];
	block->count = count;
}

// Ranges of a block between two places get another prefix: `id`, where it is longer than theirs; or, where they have `id`, `other`.
static void paint(struct norman_prefixes *p, struct block *block, const struct place *first, const struct place *last, uint32_t id,
		  bool removes, uint32_t other)
{
	uint32_t length = p->nodes[id].prefix.length, i;

	for (i = 0; i < block->count; i++) {
		struct range *range = &block->range[i];
		uint32_t has = range->id == INHERIT ? block->cover : range->id;

		if (compare(&range->start, first) < 0 || compare(&range->start, last) >= 0)
			continue;
		if (removes && range->id == id)
			range->id = (uint16_t)(other == block->cover ? INHERIT : other);
		else if (!removes && (has == NONE || p->nodes[has].prefix.length < length))
			range->id = (uint16_t)id;
	}
	join_equal(block);
}

// Puts `count` blocks in place of `before` from the n-th on, with the ranges of the window, and lets each inherit what covers it.
static void fill(struct norman_prefixes *p, uint32_t n, uint32_t before, uint32_t count, uint32_t ranges)
{
	const struct range *range = p->window;
	uint32_t i, k;

	for (i = before; i < count; i++) { // an unused block comes in
		uint16_t taken = p->order[p->count];

		memmove(&p->order[n + i + 1], &p->order[n + i], (p->count - n - i) * sizeof(p->order[0]));
		p->order[n + i] = taken;
		p->blocks[taken].at = NONE;
		p->blocks[taken].dirty = false;
		p->count++;
	}
	for (i = count; i < before; i++) { // one goes
		struct block *block = block_at(p, n + count);
		uint16_t left = p->order[n + count];

		memmove(&p->order[n + count], &p->order[n + count + 1], (p->count - n - count - 1) * sizeof(p->order[0]));
		p->count--;
		p->order[p->count] = left;
		p->dirty -= block->dirty;
		block->dirty = false;
		if (block->at != NONE)
			p->places[p->free + p->waiting++] = block->at;
		block->at = NONE;
	}
	for (i = 0; i < count; i++) {
		struct block *block = block_at(p, n + i);

		block->count = ranges / count + (i < ranges % count);
		memcpy(block->range, range, block->count * sizeof(*range));
		range += block->count;
		soil(p, block);
	}
	for (i = 0; i < count; i++) {
		struct block *block = block_at(p, n + i);
		uint32_t cover = block->range[0].id;

		// What covers the block covers its first range, so it is this range's prefix or one around that.
		while (cover != NONE && !covers(p, cover, &block->range[0].start, end_of(p, n + i)))
			cover = parent_of(p, cover);
		block->cover = (uint16_t)cover;
		for (k = 0; k < block->count; k++)
			if (block->range[k].id == cover)
				block->range[k].id = INHERIT;
	}
}

// The ranges of some neighbours, with the prefixes that they have.
static uint32_t collect(struct norman_prefixes *p, uint32_t n, uint32_t blocks)
{
	uint32_t ranges = 0, i, k;

	for (i = 0; i < blocks; i++) {
		const struct block *block = block_at(p, n + i);

		for (k = 0; k < block->count; k++) {
			uint16_t id = block->range[k].id == INHERIT ? block->cover : block->range[k].id;

			if (ranges && p->window[ranges - 1].id == id)
				continue;
			p->window[ranges] = block->range[k];
			p->window[ranges++].id = id;
		}
	}
	return ranges;
}

// Splits a block that is too full with its neighbours, or joins them where they are nearly empty.
static void spread(struct norman_prefixes *p, uint32_t n)
{
	uint32_t blocks = p->count < WINDOW ? p->count : WINDOW, ranges, wanted;
	bool full;

	if (n >= p->count)
		return; // joined with others already
	full = block_at(p, n)->count > RANGES;
	if (!full && block_at(p, n)->count >= JOIN_BELOW)
		return;
	n = n ? n - 1 : 0;
	if (n + blocks > p->count)
		n = p->count - blocks;
	ranges = collect(p, n, blocks);
	wanted = full ? blocks + (ranges > SPLIT_FILL * blocks) : (ranges + JOIN_FILL - 1) / JOIN_FILL;
	if (full || wanted < blocks)
		fill(p, n, blocks, wanted, ranges);
}

// --- What the hardware sees ---------------------------------------------------------------------------------------------

static void write_place(struct norman_prefixes *p, uint32_t memory, uint32_t address, const struct place *place, bool valid)
{
	struct norman_exact_entry word = { .table = (uint8_t)place->word[0], .valid = valid };

	memcpy(word.key, &place->word[1], sizeof(word.key));
	p->hardware.write(p->hardware.context, memory, address, &word);
}

// Which node of an implicit search tree of some levels holds the n-th of its thresholds, counted from 1.
static uint32_t level_of(uint32_t levels, uint32_t n, uint32_t *node)
{
	uint32_t level = levels - 1;

	while (!(n & 1)) {
		n >>= 1;
		level--;
	}
	*node = n >> 1;
	return level;
}

static void write_boundary(struct norman_prefixes *p, uint32_t at, uint32_t n, const struct place *place, bool valid)
{
	uint32_t node, level = level_of(NORMAN_PREFIX_BLOCK_LEVELS, n, &node);

	write_place(p, NORMAN_PREFIX_MEMORY_BOUNDARIES + level, at << level | node, place, valid);
}

static struct norman_exact_entry result_of(const struct norman_prefixes *p, uint32_t id)
{
	struct norman_exact_entry word = { .valid = id < INHERIT };

	if (word.valid) {
		word.value = p->nodes[id].prefix.value;
		word.action = p->nodes[id].prefix.action;
	}
	return word;
}

static void write_block(struct norman_prefixes *p, struct block *block)
{
	uint32_t at = p->places[--p->free], i;

	p->places[p->free] = p->places[p->free + p->waiting]; // those that wait lie behind the free ones
	for (i = 0; i < block->count; i++) {
		struct norman_exact_entry word = result_of(p, block->range[i].id);

		p->hardware.write(p->hardware.context, NORMAN_PREFIX_MEMORY_RESULTS, at * RANGES + i, &word);
		if (i)
			write_boundary(p, at, i, &block->range[i].start, true);
	}
	for (i = block->count; i <= p->boundaries[at]; i++)
		write_boundary(p, at, i, &block->range[0].start, false);
	p->boundaries[at] = (uint8_t)(block->count - 1);
	if (block->at != NONE)
		p->places[p->free + p->waiting++] = block->at;
	block->at = (uint16_t)at;
	block->dirty = false;
	p->dirty--;
}

static struct slot slot_of(struct norman_prefixes *p, uint32_t n)
{
	const struct block *block = block_at(p, n);
	struct norman_exact_entry word = result_of(p, block->cover);
	struct slot slot = { .separator = block->range[0].start, .value = word.value, .at = block->at, .action = word.action, .valid = word.valid };

	return slot;
}

static bool same_word(const struct slot *a, const struct slot *b)
{
	return a->value == b->value && a->at == b->at && a->action == b->action && a->valid == b->valid;
}

static void write_slot(struct norman_prefixes *p, uint32_t bank, uint32_t n, const struct slot *slot)
{
	struct norman_exact_entry word = { .value = slot->value, .action = slot->action, .valid = slot->valid };

	word.key[NORMAN_EXACT_KEY_WORDS - 1] = slot->at;
	p->hardware.write(p->hardware.context, NORMAN_PREFIX_MEMORY_SLOTS, bank << p->size.levels | n, &word);
}

static void write_separator(struct norman_prefixes *p, uint32_t bank, uint32_t n, const struct place *place, bool valid)
{
	uint32_t node, level = level_of(p->size.levels, n, &node);

	write_place(p, NORMAN_PREFIX_MEMORY_SEPARATORS + level, bank << level | node, place, valid);
}

// Brings a bank up to date.
static void write_bank(struct norman_prefixes *p, uint32_t bank)
{
	struct slot *slots = p->slots[bank];
	uint32_t n;

	for (n = 0; n < p->count; n++) {
		struct slot slot = slot_of(p, n);

		if (n && (n >= p->shown[bank] || compare(&slots[n].separator, &slot.separator)))
			write_separator(p, bank, n, &slot.separator, true);
		if (n >= p->shown[bank] || !same_word(&slots[n], &slot))
			write_slot(p, bank, n, &slot);
		slots[n] = slot;
	}
	for (n = p->count; n < p->shown[bank]; n++)
		write_separator(p, bank, n, &slots[0].separator, false);
	p->shown[bank] = p->count;
}

static void show(struct norman_prefixes *p)
{
	struct norman_exact_entry none = { .valid = 0 };
	uint32_t differ = 0, moved, n, last = 0;

	if (p->stale)
		p->hardware.fence(p->hardware.context);
	p->stale = false;
	p->free += p->gone;
	p->waiting -= p->gone;
	p->gone = 0;
	for (n = 0; n < p->count && p->dirty; n++)
		if (block_at(p, n)->dirty)
			write_block(p, block_at(p, n));
	moved = p->count != p->shown[p->bank];
	for (n = 0; n < p->count && !moved; n++) {
		struct slot slot = slot_of(p, n);

		moved = compare(&slot.separator, &p->slots[p->bank][n].separator) != 0;
		if (!same_word(&slot, &p->slots[p->bank][n])) {
			differ++;
			last = n;
		}
	}
	if (!moved && differ == 1) {
		p->slots[p->bank][last] = slot_of(p, last);
		write_slot(p, p->bank, last, &p->slots[p->bank][last]);
	} else if (moved || differ) {
		p->bank = 1 - p->bank;
		write_bank(p, p->bank);
		p->hardware.write(p->hardware.context, NORMAN_PREFIX_MEMORY_BANK, p->bank, &none);
	}
	p->stale = moved || differ;
	p->gone = p->waiting;
}

// --- Changes ------------------------------------------------------------------------------------------------------------

// Joins blocks until no window fits into one fewer. Lookups find the same all the while.
static void compact(struct norman_prefixes *p)
{
	uint32_t n = 0;

	while (n + WINDOW <= p->count) {
		uint32_t ranges = collect(p, n, WINDOW);

		if (p->dirty + WINDOW > p->free + p->gone)
			show(p);
		if (ranges <= (WINDOW - 1) * (RANGES - 1))
			fill(p, n, WINDOW, WINDOW - 1, ranges);
		else
			n++;
	}
}

// A change makes at most two windows of blocks dirty, and one block more in each.
static void make_room(struct norman_prefixes *p)
{
	if (p->dirty + 2 * (WINDOW + 1) > p->free + p->gone)
		show(p);
	if (p->count + 2 + p->reserve > p->size.blocks || p->count + 2 > UINT32_C(1) << p->size.levels) {
		compact(p);
		show(p);
	}
}

// Puts a prefix into the ranges or takes it out of them.
static void apply(struct norman_prefixes *p, uint32_t id, bool removes, uint32_t parent)
{
	struct place first = first_of(&p->nodes[id].prefix), last = after(&p->nodes[id].prefix);
	uint32_t length = p->nodes[id].prefix.length, begin = block_of(p, &first), end = begin, n;

	for (n = begin; n < p->count && compare(&block_at(p, n)->range[0].start, &last) < 0; n++) {
		struct block *block = block_at(p, n);

		end = n;
		if (covers(p, id, &block->range[0].start, end_of(p, n))) {
			if (removes && block->cover == id)
				block->cover = (uint16_t)parent;
			else if (!removes && (block->cover == NONE || p->nodes[block->cover].prefix.length < length))
				block->cover = (uint16_t)id;
			continue;
		}
		if (compare(&first, &block->range[0].start) > 0)
			cut(block, &first);
		if (last.word[0] < NORMAN_TABLES_MAX && (!end_of(p, n) || compare(&last, end_of(p, n)) < 0))
			cut(block, &last);
		paint(p, block, &first, &last, id, removes, parent);
		soil(p, block);
	}
	if (end != begin)
		spread(p, end);
	spread(p, begin);
}

int norman_prefixes_insert(struct norman_prefixes *p, const struct norman_prefix *prefix)
{
	if (!good(prefix))
		return -EINVAL;
	if (find(p, prefix->table, prefix->key, prefix->length) != NONE)
		return -EEXIST;
	if (p->used == p->size.entries || p->tables[prefix->table].used >= p->tables[prefix->table].size) {
		p->tables[prefix->table].refused++;
		return -ENOSPC;
	}
	make_room(p);
	apply(p, add(p, prefix), false, NONE);
	if (!p->held)
		show(p);
	return 0;
}

int norman_prefixes_change(struct norman_prefixes *p, const struct norman_prefix *prefix)
{
	struct place first, last;
	uint32_t id, n, i;

	if (!good(prefix))
		return -EINVAL;
	id = find(p, prefix->table, prefix->key, prefix->length);
	if (id == NONE)
		return -ENOENT;
	make_room(p);
	p->nodes[id].prefix.value = prefix->value;
	p->nodes[id].prefix.action = prefix->action;
	first = first_of(prefix);
	last = after(prefix);
	for (n = block_of(p, &first); n < p->count && compare(&block_at(p, n)->range[0].start, &last) < 0; n++)
		for (i = 0; i < block_at(p, n)->count; i++)
			if (block_at(p, n)->range[i].id == id)
				soil(p, block_at(p, n));
	if (!p->held)
		show(p);
	return 0;
}

static void take_out(struct norman_prefixes *p, uint32_t id)
{
	uint32_t parent = parent_of(p, id);

	make_room(p);
	drop(p, id); // before, because blocks look for what covers them; the node keeps its prefix
	apply(p, id, true, parent);
}

int norman_prefixes_remove(struct norman_prefixes *p, const struct norman_prefix *prefix)
{
	uint32_t id;

	if (!good(prefix))
		return -EINVAL;
	id = find(p, prefix->table, prefix->key, prefix->length);
	if (id == NONE)
		return -ENOENT;
	take_out(p, id);
	if (!p->held)
		show(p);
	return 0;
}

void norman_prefixes_remove_table(struct norman_prefixes *p, uint8_t table)
{
	uint32_t hash;

	if (!p->tables[table].used)
		return;
	norman_prefixes_hold(p);
	for (hash = 0; hash <= p->hash_mask; hash++) {
		uint32_t id = p->heads[hash], next;

		for (; id != NONE; id = next) {
			next = p->nodes[id].next;
			if (p->nodes[id].prefix.table == table)
				take_out(p, id);
		}
	}
	norman_prefixes_show(p);
}

void norman_prefixes_resize_table(struct norman_prefixes *p, uint8_t table, uint32_t size)
{
	p->tables[table].size = size;
}

void norman_prefixes_begin_table(struct norman_prefixes *p, uint8_t table, uint32_t size)
{
	norman_prefixes_remove_table(p, table);
	norman_prefixes_resize_table(p, table, size);
	p->tables[table].refused = 0;
}

const struct norman_prefix_table *norman_prefixes_table(const struct norman_prefixes *p, uint8_t table)
{
	return &p->tables[table];
}

void norman_prefixes_hold(struct norman_prefixes *p)
{
	p->held++;
}

void norman_prefixes_show(struct norman_prefixes *p)
{
	if (!--p->held)
		show(p);
}

const struct norman_prefix *norman_prefixes_find(const struct norman_prefixes *p, const struct norman_prefix *prefix)
{
	uint32_t id = good(prefix) ? find(p, prefix->table, prefix->key, prefix->length) : NONE;

	return id == NONE ? NULL : &p->nodes[id].prefix;
}

const struct norman_prefix *norman_prefixes_longest(const struct norman_prefixes *p, uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS])
{
	uint32_t id = longest_below(p, table, key, KEY_BITS + 1);

	return id == NONE ? NULL : &p->nodes[id].prefix;
}

uint32_t norman_prefixes_used(const struct norman_prefixes *p)
{
	return p->used;
}

uint32_t norman_prefixes_blocks(const struct norman_prefixes *p)
{
	return p->count;
}

// --- Memory -------------------------------------------------------------------------------------------------------------

static void *take(const struct norman_allocator *allocator, size_t count, size_t size)
{
	return allocator->alloc(allocator->context, count * size);
}

static void give(const struct norman_allocator *allocator, void *memory)
{
	if (memory)
		allocator->free(allocator->context, memory);
}

int norman_prefixes_open(struct norman_prefixes **prefixes, const struct norman_prefixes_size *size, const struct norman_allocator *allocator,
			 const struct norman_prefixes_hardware *hardware)
{
	uint32_t reserve = size->blocks / 32 + 2 * (WINDOW + 1), slots = UINT32_C(1) << size->levels, hash = 1, i;
	uint32_t needed = (2 * size->entries + 1) * WINDOW / ((WINDOW - 1) * (RANGES - 1)) + WINDOW;
	struct norman_prefixes *p;

	if (size->entries >= INHERIT || needed + reserve > size->blocks || needed > slots)
		return -EINVAL;
	p = take(allocator, 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	while (hash < size->entries)
		hash *= 2;
	p->allocator = *allocator;
	p->hardware = *hardware;
	p->size = *size;
	p->reserve = reserve;
	p->hash_mask = hash - 1;
	p->heads = take(allocator, hash, sizeof(*p->heads));
	p->nodes = take(allocator, size->entries, sizeof(*p->nodes));
	p->order = take(allocator, size->blocks, sizeof(*p->order));
	p->blocks = take(allocator, size->blocks, sizeof(*p->blocks));
	p->slots[0] = take(allocator, slots, sizeof(struct slot));
	p->slots[1] = take(allocator, slots, sizeof(struct slot));
	p->places = take(allocator, size->blocks, sizeof(*p->places));
	p->boundaries = take(allocator, size->blocks, sizeof(*p->boundaries));
	if (!p->heads || !p->nodes || !p->order || !p->blocks || !p->slots[0] || !p->slots[1] || !p->places || !p->boundaries) {
		norman_prefixes_close(p);
		return -ENOMEM;
	}
	for (i = 0; i < NORMAN_TABLES_MAX; i++)
		p->tables[i].size = size->entries;
	for (i = 0; i < hash; i++)
		p->heads[i] = NONE;
	for (i = 0; i < size->entries; i++)
		p->nodes[i].next = (uint16_t)(i + 1 < size->entries ? i + 1 : NONE);
	for (i = 0; i < size->blocks; i++) {
		p->order[i] = (uint16_t)i;
		p->places[i] = (uint16_t)(size->blocks - 1 - i);
		p->blocks[i].at = NONE;
	}
	// An empty memory: every slot names place 0, whose one range inherits nothing.
	p->count = 1;
	p->blocks[0].count = 1;
	p->blocks[0].cover = NONE;
	p->blocks[0].range[0].id = INHERIT;
	p->blocks[0].at = p->places[size->blocks - 1];
	p->free = size->blocks - 1;
	for (i = 0; i < 2; i++) {
		p->shown[i] = 1;
		p->slots[i][0] = slot_of(p, 0);
	}
	*prefixes = p;
	return 0;
}

void norman_prefixes_close(struct norman_prefixes *p)
{
	struct norman_allocator allocator;

	if (!p)
		return;
	allocator = p->allocator;
	give(&allocator, p->heads);
	give(&allocator, p->nodes);
	give(&allocator, p->order);
	give(&allocator, p->blocks);
	give(&allocator, p->slots[0]);
	give(&allocator, p->slots[1]);
	give(&allocator, p->places);
	give(&allocator, p->boundaries);
	give(&allocator, p);
}
