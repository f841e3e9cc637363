// Trees of a rule stage: where a rule goes, and the writes that put it there.
#include "runtime/core/core_rules_forest.h"

#ifndef __KERNEL__
#include <string.h>
#endif

// A rule on a cut has to go to another tree: as bad as this many rules more on one side than on the other.
#define CROSSING_COST 20u
// Candidates for a cut come from so many entries of a large set, spread over it; from half as many where the set is so large
// that looking at each of its entries is what costs.
#define SAMPLES 24u
#define LARGE_SET 600u
#define CANDIDATES (2u * SAMPLES)

#define NO_CUT UINT32_C(0xffffffff)

#define FIELD(format, slot, value) ((uint64_t)(value) << (NORMAN_##format##_##slot##_LSB % 64))

// --- Geometry -----------------------------------------------------------------------------------------------------

static bool inverted(const struct norman_rule *rule, uint32_t group)
{
	return rule->invert >> group & 1;
}

void rules_hull(const struct norman_rule *rule, uint32_t dimension, uint32_t *low, uint32_t *high)
{
	if (dimension == NORMAN_RULE_DIMENSION_LIST) {
		*low = *high = rule->list;
	} else if (dimension >= NORMAN_RULE_DIMENSION_RANGE8_LOW) {
		uint32_t half = dimension - NORMAN_RULE_DIMENSION_RANGE8_LOW;
		uint32_t word = NORMAN_RULE_RANGE_WORD + half / 2, shift = 16 * (half % 2);

		*low = inverted(rule, NORMAN_RULE_GROUP_RANGE8_LOW + half) ? 0 : rule->value[word] >> shift & 0xffff;
		*high = inverted(rule, NORMAN_RULE_GROUP_RANGE8_LOW + half) ? 0xffff : rule->mask[word] >> shift & 0xffff;
	} else {
		uint32_t mask = inverted(rule, dimension / 4) ? 0 : rule->mask[dimension];

		*low = rule->value[dimension] & mask;
		*high = *low | ~mask;
	}
}

uint32_t rules_side(const struct norman_rule *rule, uint32_t dimension, uint32_t threshold)
{
	uint32_t low, high;

	rules_hull(rule, dimension, &low, &high);
	return high < threshold ? 0 : low >= threshold ? 1 : 2;
}

bool rules_may_lie_in(const struct norman_rule *rule, uint32_t tree)
{
	return (rule->flags & NORMAN_RULE_IS_TERMINAL) || tree == NORMAN_RULE_CONTINUING_TREE;
}

// Adds a threshold to an ascending list without repetition.
static uint32_t add_candidate(uint32_t *candidate, uint32_t count, uint32_t threshold)
{
	uint32_t at = count;

	while (at && candidate[at - 1] > threshold)
		at--;
	if (at && candidate[at - 1] == threshold)
		return count;
	memmove(candidate + at + 1, candidate + at, (count - at) * sizeof(*candidate));
	candidate[at] = threshold;
	return count + 1;
}

static uint32_t find_candidates(const struct norman_rules *rules, const uint16_t *entry, uint32_t count, uint32_t dimension, uint32_t *candidate)
{
	uint32_t top = dimension >= NORMAN_RULE_DIMENSION_RANGE8_LOW ? 0xffff : 0xffffffff;
	uint32_t samples = count > LARGE_SET ? SAMPLES / 2 : SAMPLES, step = count > samples ? count / samples : 1, found = 0, i;

	for (i = 0; i < count && found + 2 <= CANDIDATES; i += step) {
		uint32_t low, high;

		rules_hull(&rules->entry[entry[i]].rule, dimension, &low, &high);
		if (low > 0)
			found = add_candidate(candidate, found, low);
		if (high < top)
			found = add_candidate(candidate, found, high + 1);
	}
	return found;
}

// Number of candidates that are not above the value.
static uint32_t not_above(const uint32_t *candidate, uint32_t count, uint32_t value)
{
	uint32_t from = 0, to = count;

	while (from < to) {
		uint32_t middle = (from + to) / 2;

		if (candidate[middle] <= value)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool rules_choose_cut(const struct norman_rules *rules, const uint16_t *entry, uint32_t count, uint32_t level, bool clean, struct rules_cut *cut)
{
	// What the levels below one side can hold: more would have to go to other trees.
	uint32_t room = NORMAN_RULE_LEAF_SLOTS << (NORMAN_RULE_LEVELS - 1 - level), best = NO_CUT, dimension;

	for (dimension = 0; dimension < RULES_DIMENSIONS; dimension++) {
		uint32_t candidate[CANDIDATES];
		uint16_t lows[CANDIDATES + 1] = { 0 }, highs[CANDIDATES + 1] = { 0 }; // entries by candidates not above them
		uint32_t candidates = find_candidates(rules, entry, count, dimension, candidate), right = count, left = 0, i;

		if (!candidates)
			continue;
		for (i = 0; i < count; i++) {
			uint32_t low, high;

			rules_hull(&rules->entry[entry[i]].rule, dimension, &low, &high);
			lows[not_above(candidate, candidates, low)]++;
			highs[not_above(candidate, candidates, high)]++;
		}
		for (i = 0; i < candidates; i++) {
			uint32_t larger, smaller, crossing, cost;

			right -= lows[i];  // those that begin below it
			left += highs[i];  // those that end below it
			crossing = count - left - right;
			larger = left > right ? left : right;
			smaller = left + right - larger;
			if (!smaller || (clean && crossing))
				continue;
			cost = CROSSING_COST * (crossing + (larger > room ? larger - room : 0)) + larger - smaller;
			if (cost >= best)
				continue;
			best = cost;
			cut->threshold = candidate[i];
			cut->dimension = (uint8_t)dimension;
			cut->crossing = (uint16_t)crossing;
			cut->left = (uint16_t)left;
			cut->right = (uint16_t)right;
		}
	}
	return best != NO_CUT;
}

// --- Writes -------------------------------------------------------------------------------------------------------

static void stage_word(struct norman_rules *rules, uint32_t word, uint64_t data)
{
	rules->hardware.stage(rules->hardware.context, word, data);
}

static void command(struct norman_rules *rules, uint32_t op, const struct rules_place *at, uint64_t more)
{
	rules->hardware.command(rules->hardware.context, FIELD(RULE_COMMAND, OP, op) | FIELD(RULE_COMMAND, TREE, at->tree) |
								 FIELD(RULE_COMMAND, PLACE, at->slot) | FIELD(RULE_COMMAND, ROW, at->row) | more);
}

void rules_fence(struct norman_rules *rules)
{
	rules->hardware.fence(rules->hardware.context);
	rules->unfenced = false;
	rules->overflow_unfenced = false;
}

void rules_write_entry(struct norman_rules *rules, const struct rules_entry *entry, const struct rules_place *at, uint32_t visible)
{
	const struct norman_rule *rule = &entry->rule;
	uint32_t i;

	if (at->tree == NORMAN_RULE_TREE_OVERFLOW) {
		if (rules->overflow_unfenced)
			rules_fence(rules);
		rules->overflow_unfenced = true;
	}
	for (i = 0; i < NORMAN_RULE_KEY_WORDS; i++)
		stage_word(rules, i, rule->value[i] | (uint64_t)rule->mask[i] << 32);
	stage_word(rules, NORMAN_RULE_ENTRY_LABEL_LSB / 64,
		   FIELD(RULE_ENTRY, LABEL, entry->label) | FIELD(RULE_ENTRY, LIST, rule->list) | FIELD(RULE_ENTRY, INVERT, rule->invert) |
			   FIELD(RULE_ENTRY, TERMINAL, (rule->flags & NORMAN_RULE_IS_TERMINAL) != 0) |
			   FIELD(RULE_ENTRY, COUNTS, (rule->flags & NORMAN_RULE_IS_COUNTED) != 0) |
			   FIELD(RULE_ENTRY, LOG, (rule->flags & NORMAN_RULE_IS_LOGGED) != 0) |
			   FIELD(RULE_ENTRY, CAPTURE, (rule->flags & NORMAN_RULE_IS_CAPTURED) != 0) |
			   FIELD(RULE_ENTRY, CARRY, (rule->flags & NORMAN_RULE_IS_CARRIED) != 0) | FIELD(RULE_ENTRY, ACTION, rule->action));
	stage_word(rules, NORMAN_RULE_ENTRY_ARGUMENT_LSB / 64, FIELD(RULE_ENTRY, ARGUMENT, rule->argument) | FIELD(RULE_ENTRY, EVENT, rule->event));
	command(rules, NORMAN_RULE_OP_ENTRY, at, FIELD(RULE_COMMAND, VISIBLE, visible));
}

void rules_write_visible(struct norman_rules *rules, const struct rules_place *at, uint32_t visible)
{
	command(rules, NORMAN_RULE_OP_VISIBLE, at, FIELD(RULE_COMMAND, VISIBLE, visible));
}

void rules_write_node(struct norman_rules *rules, uint32_t tree, uint32_t level, uint32_t number)
{
	const struct rules_node *node = &rules->tree[tree].node[level][number];
	struct rules_place at = { .tree = (uint8_t)tree, .slot = (uint8_t)level, .row = (uint16_t)number };

	stage_word(rules, 0,
		   FIELD(RULE_NODE, THRESHOLD, node->threshold) | FIELD(RULE_NODE, DIMENSION, node->dimension) |
			   FIELD(RULE_NODE, LEFT, node->child[0] & ~RULES_IS_LEAF) | FIELD(RULE_NODE, LEFT_LEAF, node->child[0] / RULES_IS_LEAF) |
			   FIELD(RULE_NODE, RIGHT, node->child[1] & ~RULES_IS_LEAF) | FIELD(RULE_NODE, RIGHT_LEAF, node->child[1] / RULES_IS_LEAF));
	command(rules, NORMAN_RULE_OP_NODE, &at, 0);
}

void rules_write_root(struct norman_rules *rules, uint32_t bank, uint32_t tree)
{
	uint32_t root = rules->tree[tree].root[bank];
	struct rules_place at = { .tree = (uint8_t)tree };

	stage_word(rules, 0, FIELD(RULE_ROOT, ROOT, root & ~RULES_IS_LEAF) | FIELD(RULE_ROOT, ROOT_LEAF, root / RULES_IS_LEAF));
	command(rules, NORMAN_RULE_OP_ROOT, &at, FIELD(RULE_COMMAND, BANK, bank));
}

void rules_write_bank(struct norman_rules *rules)
{
	struct rules_place at = { .tree = 0 };

	command(rules, NORMAN_RULE_OP_BANK, &at, FIELD(RULE_COMMAND, BANK, rules->bank));
}

// --- Trees --------------------------------------------------------------------------------------------------------

// A number below the stage's rows that neither bank uses; it becomes `mine`. No lookup can be on its way through it: what a
// bank used is given free only after the fence that follows the switch to the other one.
static uint16_t take(const struct norman_rules *rules, uint32_t *mine, const uint32_t *other)
{
	uint32_t i;

	for (i = 0; i < rules->size.rows; i++) {
		if ((mine[i / 32] | other[i / 32]) >> i % 32 & 1)
			continue;
		mine[i / 32] |= UINT32_C(1) << i % 32;
		return (uint16_t)i;
	}
	return RULES_NONE;
}

uint16_t rules_take_leaf(struct norman_rules *rules, uint32_t bank, uint32_t tree)
{
	struct rules_tree *t = &rules->tree[tree];
	uint16_t leaf = take(rules, t->leaves_used[bank], t->leaves_used[1 - bank]);

	if (leaf != RULES_NONE)
		memset(t->leaf[leaf], 0xff, sizeof(t->leaf[leaf]));
	return leaf;
}

uint16_t rules_take_node(struct norman_rules *rules, uint32_t bank, uint32_t tree, uint32_t level)
{
	struct rules_tree *t = &rules->tree[tree];

	return take(rules, t->nodes_used[bank][level], t->nodes_used[1 - bank][level]);
}

static void give_back(uint32_t *used, uint32_t number)
{
	used[number / 32] &= ~(UINT32_C(1) << number % 32);
}

// How a rule comes to its leaf.
struct descent {
	uint16_t leaf;
	uint8_t level;    // nodes above the leaf
	uint16_t parent;  // node of the level above, RULES_NONE for the root
	uint8_t side;
};

// False if a node cuts the rule.
static bool descend(const struct rules_tree *tree, uint32_t bank, const struct norman_rule *rule, struct descent *to)
{
	uint16_t at = tree->root[bank];

	to->level = 0;
	to->parent = RULES_NONE;
	to->side = 0;
	while (!(at & RULES_IS_LEAF)) {
		const struct rules_node *node = &tree->node[to->level][at];
		uint32_t side = rules_side(rule, node->dimension, node->threshold);

		if (side > 1)
			return false;
		to->parent = at;
		to->side = (uint8_t)side;
		to->level++;
		at = node->child[side];
	}
	to->leaf = at & (uint16_t)~RULES_IS_LEAF;
	return true;
}

static void set_pointer(struct norman_rules *rules, uint32_t bank, uint32_t tree, const struct descent *at, uint16_t pointer)
{
	struct rules_tree *t = &rules->tree[tree];

	if (at->parent == RULES_NONE) {
		t->root[bank] = pointer;
		rules_write_root(rules, bank, tree);
	} else {
		t->node[at->level - 1][at->parent].child[at->side] = pointer;
		rules_write_node(rules, tree, at->level - 1, at->parent);
	}
}

static void put(struct norman_rules *rules, uint32_t bank, uint32_t tree, uint32_t leaf, uint32_t slot, uint16_t number)
{
	struct rules_entry *entry = &rules->entry[number];

	rules->tree[tree].leaf[leaf][slot] = number;
	entry->at[bank].tree = (uint8_t)tree;
	entry->at[bank].slot = (uint8_t)slot;
	entry->at[bank].row = (uint16_t)leaf;
	rules_write_entry(rules, entry, &entry->at[bank], 3);
}

void rules_fill_leaf(struct norman_rules *rules, uint32_t bank, uint32_t tree, uint32_t leaf, const uint16_t *entry, uint32_t count)
{
	uint32_t slot;

	for (slot = 0; slot < NORMAN_RULE_LEAF_SLOTS; slot++) {
		struct rules_place at = { .tree = (uint8_t)tree, .slot = (uint8_t)slot, .row = (uint16_t)leaf };

		if (slot < count) {
			put(rules, bank, tree, leaf, slot, entry[slot]);
		} else {
			rules->tree[tree].leaf[leaf][slot] = RULES_NONE;
			rules_write_visible(rules, &at, 0);
		}
	}
}

// Divides a full leaf between itself and a new one on the new entry's side, below a new node.
static int split(struct norman_rules *rules, uint32_t bank, uint32_t tree, const struct descent *at, uint16_t number)
{
	struct rules_tree *t = &rules->tree[tree];
	uint16_t *old = t->leaf[at->leaf], all[NORMAN_RULE_LEAF_SLOTS + 1], moved[NORMAN_RULE_LEAF_SLOTS + 1], leaf, node;
	struct rules_cut cut;
	uint32_t side, count = 0, i;

	memcpy(all, old, NORMAN_RULE_LEAF_SLOTS * sizeof(*old));
	all[NORMAN_RULE_LEAF_SLOTS] = number;
	if (at->level == NORMAN_RULE_LEVELS || !rules_choose_cut(rules, all, NORMAN_RULE_LEAF_SLOTS + 1, at->level, true, &cut))
		return -ENOSPC;
	leaf = rules_take_leaf(rules, bank, tree);
	if (leaf == RULES_NONE)
		return -ENOSPC;
	node = rules_take_node(rules, bank, tree, at->level);
	if (node == RULES_NONE) {
		give_back(t->leaves_used[bank], leaf);
		return -ENOSPC;
	}
	side = rules_side(&rules->entry[number].rule, cut.dimension, cut.threshold);
	for (i = 0; i <= NORMAN_RULE_LEAF_SLOTS; i++)
		if (rules_side(&rules->entry[all[i]].rule, cut.dimension, cut.threshold) == side)
			moved[count++] = all[i];
	rules_fill_leaf(rules, bank, tree, leaf, moved, count);
	t->node[at->level][node].threshold = cut.threshold;
	t->node[at->level][node].dimension = cut.dimension;
	t->node[at->level][node].child[side] = (uint16_t)(leaf | RULES_IS_LEAF);
	t->node[at->level][node].child[1 - side] = (uint16_t)(at->leaf | RULES_IS_LEAF);
	rules_write_node(rules, tree, at->level, node);
	set_pointer(rules, bank, tree, at, node);
	for (i = 0; i < NORMAN_RULE_LEAF_SLOTS; i++)
		if (rules->entry[old[i]].at[bank].row != at->leaf)
			old[i] = RULES_STALE;
	rules->unfenced = true;
	return 0;
}

int rules_place_in_tree(struct norman_rules *rules, uint32_t bank, uint32_t tree, uint16_t number)
{
	struct rules_tree *t = &rules->tree[tree];
	struct descent at;
	uint32_t slot, stale = NORMAN_RULE_LEAF_SLOTS;

	if (!rules_may_lie_in(&rules->entry[number].rule, tree) || !descend(t, bank, &rules->entry[number].rule, &at))
		return -ENOSPC;
	if (at.leaf == 0) { // the empty leaf: give it one of its own
		uint16_t leaf = rules_take_leaf(rules, bank, tree);

		if (leaf == RULES_NONE)
			return -ENOSPC;
		rules_fill_leaf(rules, bank, tree, leaf, &number, 1);
		set_pointer(rules, bank, tree, &at, (uint16_t)(leaf | RULES_IS_LEAF));
		return 0;
	}
	for (slot = 0; slot < NORMAN_RULE_LEAF_SLOTS; slot++) {
		if (t->leaf[at.leaf][slot] == RULES_NONE) {
			put(rules, bank, tree, at.leaf, slot, number);
			return 0;
		}
		if (t->leaf[at.leaf][slot] == RULES_STALE)
			stale = slot;
	}
	if (stale == NORMAN_RULE_LEAF_SLOTS)
		return split(rules, bank, tree, &at, number);
	if (rules->unfenced)
		rules_fence(rules);
	put(rules, bank, tree, at.leaf, stale, number);
	return 0;
}

// --- Overflow -----------------------------------------------------------------------------------------------------

// Which entries of its sixteen, from `first` on, come after this one.
static uint64_t order_of(const struct norman_rules *rules, uint32_t first, uint16_t number)
{
	const uint16_t *other = &rules->overflow[first];
	uint64_t after = 0;
	uint32_t i;

	for (i = 0; i < NORMAN_RULE_OVERFLOW_ORDERED; i++)
		if (other[i] != RULES_NONE && rules->entry[other[i]].label > rules->entry[number].label)
			after |= UINT64_C(1) << i;
	return after;
}

// What the order says of an entry that no lookup sees does not matter: so it need not change at once.
static void write_order(struct norman_rules *rules, uint32_t place)
{
	struct rules_place at = { .tree = NORMAN_RULE_TREE_OVERFLOW, .row = (uint16_t)place };

	stage_word(rules, 0, order_of(rules, place - place % NORMAN_RULE_OVERFLOW_ORDERED, rules->overflow[place]));
	command(rules, NORMAN_RULE_OP_ORDER, &at, 0);
}

int rules_place_in_overflow(struct norman_rules *rules, uint16_t number, uint32_t visible)
{
	struct rules_entry *entry = &rules->entry[number];
	bool terminal = entry->rule.flags & NORMAN_RULE_IS_TERMINAL;
	uint32_t found = rules->size.overflow, first, i, bank;
	struct rules_place at = { .tree = NORMAN_RULE_TREE_OVERFLOW };

	// Terminal rules leave the first places, which take every rule, to others while they can.
	for (i = 0; i < rules->size.overflow; i++) {
		if (rules->overflow[i] != RULES_NONE || (!terminal && i >= NORMAN_RULE_OVERFLOW_CONTINUING))
			continue;
		if (found == rules->size.overflow || terminal)
			found = i;
	}
	if (found == rules->size.overflow)
		return -ENOSPC;
	if (rules->unfenced) // some lookup may still put the place's last entry in order
		rules_fence(rules);
	at.row = (uint16_t)found;
	rules_write_entry(rules, entry, &at, 0);
	rules->overflow[found] = number;
	first = found - found % NORMAN_RULE_OVERFLOW_ORDERED;
	for (i = first; i < first + NORMAN_RULE_OVERFLOW_ORDERED; i++)
		if (rules->overflow[i] != RULES_NONE)
			write_order(rules, i);
	rules_fence(rules);
	rules_write_visible(rules, &at, visible);
	for (bank = 0; bank < 2; bank++)
		if (visible >> bank & 1)
			entry->at[bank] = at;
	rules->figures.overflow++;
	if (rules->figures.overflow > rules->figures.peak_overflow)
		rules->figures.peak_overflow = rules->figures.overflow;
	return 0;
}

void rules_displace(struct norman_rules *rules, uint16_t number, uint32_t bank)
{
	struct rules_entry *entry = &rules->entry[number];
	struct rules_place at = entry->at[bank];
	bool kept = entry->at[1 - bank].tree == NORMAN_RULE_TREE_OVERFLOW;

	entry->at[bank].tree = RULES_NOWHERE;
	if (at.tree == RULES_NOWHERE)
		return;
	if (at.tree != NORMAN_RULE_TREE_OVERFLOW) {
		rules_write_visible(rules, &at, 0);
		rules->tree[at.tree].leaf[at.row][at.slot] = RULES_NONE;
		return;
	}
	rules_write_visible(rules, &at, kept ? 1u << (1 - bank) : 0);
	if (kept)
		return;
	rules->overflow[at.row] = RULES_NONE;
	rules->figures.overflow--;
	rules->unfenced = true;
}
