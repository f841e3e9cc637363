// Laying out the whole forest anew, in slices, in the bank that lookups do not use.
#include "runtime/core/core_rules_forest.h"

#ifndef __KERNEL__
#include <string.h>
#endif

// A slice ends when it has looked at so many entries or written that many: well below half a millisecond.
#define SLICE_WORK 1200u
#define WORK_OF_WRITE 8u

static uint32_t free_leaves(const struct norman_rules *rules, uint32_t tree)
{
	const struct rules_tree *t = &rules->tree[tree];
	uint32_t i, count = 0;

	for (i = 0; i < rules->size.rows; i++)
		count += !((t->leaves_used[0][i / 32] | t->leaves_used[1][i / 32]) >> i % 32 & 1);
	return count;
}

// The first logical tree is the largest by far: each takes the emptiest tree that is left.
static uint8_t emptiest_tree(const struct norman_rules *rules)
{
	uint32_t tree, best = 0, best_leaves = 0;

	for (tree = 0; tree < rules->size.trees; tree++) {
		uint32_t leaves = free_leaves(rules, tree);

		if (rules->job.built >> tree & 1 || leaves < best_leaves)
			continue;
		best = tree;
		best_leaves = leaves;
	}
	return (uint8_t)best;
}

static void begin_tree(struct norman_rules *rules)
{
	struct rules_job *job = &rules->job;
	uint32_t bank = 1u - rules->bank, i;

	job->tree = emptiest_tree(rules);
	job->built |= (uint8_t)(1u << job->tree);
	rules->tree[job->tree].root[bank] = RULES_IS_LEAF;
	job->pushed = 0;
	job->depth = 0;
	for (i = 0; i < job->count;)
		if (rules_may_lie_in(&rules->entry[job->entry[i]].rule, job->tree)) {
			i++;
		} else {
			job->next[job->pushed++] = job->entry[i];
			job->entry[i] = job->entry[--job->count];
		}
	if (job->count)
		job->stack[job->depth++] = (struct rules_segment){ .begin = 0, .end = job->count, .parent = RULES_NONE };
}

void rules_forget_bank(struct norman_rules *rules, uint32_t bank)
{
	uint32_t tree;

	for (tree = 0; tree < rules->size.trees; tree++) {
		struct rules_tree *t = &rules->tree[tree];

		memset(t->nodes_used[bank], 0, sizeof(t->nodes_used[bank]));
		memset(t->leaves_used[bank], 0, sizeof(t->leaves_used[bank]));
		t->leaves_used[bank][0] = 1; // leaf 0 stays empty
		t->root[bank] = RULES_IS_LEAF;
	}
}

void rules_job_begin(struct norman_rules *rules)
{
	struct rules_job *job = &rules->job;
	uint32_t bank = 1u - rules->bank, i;

	rules_forget_bank(rules, bank);
	job->phase = RULES_BUILD;
	job->built = 0;
	job->count = 0;
	job->homeless = 0;
	job->buried = RULES_NONE;
	for (i = 0; i < RULES_MAX + RULES_OVERFLOW_MAX; i++)
		if (rules->entry[i].live)
			job->entry[job->count++] = (uint16_t)i;
	begin_tree(rules);
}

void rules_bury(struct norman_rules *rules, uint16_t entry)
{
	rules->entry[entry].next = rules->job.buried;
	rules->job.buried = entry;
}

static void end_job(struct norman_rules *rules)
{
	struct rules_job *job = &rules->job;

	job->phase = RULES_IDLE;
	while (job->buried != RULES_NONE) {
		uint16_t entry = job->buried;

		job->buried = rules->entry[entry].next;
		rules->entry[entry].next = rules->unused;
		rules->unused = entry;
	}
}

void rules_job_abort(struct norman_rules *rules)
{
	uint32_t bank = 1u - rules->bank, i;

	rules->job.homeless = 0;
	for (i = 0; i < RULES_MAX + RULES_OVERFLOW_MAX; i++) {
		struct rules_entry *entry = &rules->entry[i];

		rules->job.homeless = (uint16_t)(rules->job.homeless + (entry->live && entry->at[bank].tree == RULES_NOWHERE));
		if (entry->live && entry->at[bank].tree == NORMAN_RULE_TREE_OVERFLOW)
			rules_displace(rules, (uint16_t)i, bank);
		else
			entry->at[bank].tree = RULES_NOWHERE;
	}
	rules_forget_bank(rules, bank);
	end_job(rules);
}

// --- Building a tree ----------------------------------------------------------------------------------------------

static void set_child(struct norman_rules *rules, const struct rules_segment *segment, uint16_t pointer)
{
	struct rules_tree *tree = &rules->tree[rules->job.tree];

	if (segment->parent == RULES_NONE)
		tree->root[1 - rules->bank] = pointer;
	else
		tree->node[segment->level - 1][segment->parent].child[segment->side] = pointer;
}

static void push_on(struct rules_job *job, const uint16_t *entry, uint32_t count)
{
	memcpy(job->next + job->pushed, entry, count * sizeof(*entry));
	job->pushed = (uint16_t)(job->pushed + count);
}

static void make_leaf(struct norman_rules *rules, const struct rules_segment *segment, uint32_t count)
{
	struct rules_job *job = &rules->job;
	uint16_t *entry = job->entry + segment->begin, leaf = RULES_NONE;
	uint32_t taken = count < NORMAN_RULE_LEAF_SLOTS ? count : NORMAN_RULE_LEAF_SLOTS;

	if (count)
		leaf = rules_take_leaf(rules, 1u - rules->bank, job->tree);
	if (leaf == RULES_NONE) {
		set_child(rules, segment, RULES_IS_LEAF);
		push_on(job, entry, count);
		return;
	}
	rules_fill_leaf(rules, 1u - rules->bank, job->tree, leaf, entry, taken);
	set_child(rules, segment, (uint16_t)(leaf | RULES_IS_LEAF));
	push_on(job, entry + taken, count - taken);
}

// Those below the cut come first, then those above it; those on it go to the next tree.
static uint32_t divide(struct norman_rules *rules, const struct rules_segment *segment, uint32_t count, const struct rules_cut *cut)
{
	struct rules_job *job = &rules->job;
	uint16_t *entry = job->entry + segment->begin;
	uint32_t left = 0, right = 0, i = 0, end = count;

	while (i < end) {
		uint32_t side = rules_side(&rules->entry[entry[i]].rule, cut->dimension, cut->threshold);
		uint16_t this = entry[i];

		if (side == 0) {
			left++;
			i++;
			continue;
		}
		entry[i] = entry[--end];
		if (side == 1) {
			// The right side grows down from the end of the segment.
			entry[end] = this;
			right++;
		} else {
			push_on(job, &this, 1);
			// Keep the right side together: its last one fills the hole.
			entry[end] = entry[end + right];
		}
	}
	return left; // which is where the right side begins
}

static uint32_t drop_dead(struct norman_rules *rules, const struct rules_segment *segment)
{
	uint16_t *entry = rules->job.entry + segment->begin;
	uint32_t count = segment->end - segment->begin, i = 0;

	while (i < count) {
		if (rules->entry[entry[i]].live)
			i++;
		else
			entry[i] = entry[--count];
	}
	return count;
}

// Lays out one segment. Returns the work that it took.
static uint32_t build_segment(struct norman_rules *rules)
{
	struct rules_job *job = &rules->job;
	struct rules_segment segment = job->stack[--job->depth];
	uint32_t count = drop_dead(rules, &segment), left, right;
	uint16_t node = RULES_NONE;
	struct rules_cut cut;

	if (count > NORMAN_RULE_LEAF_SLOTS && segment.level < NORMAN_RULE_LEVELS &&
	    rules_choose_cut(rules, job->entry + segment.begin, count, segment.level, false, &cut) &&
	    (cut.left + cut.right > NORMAN_RULE_LEAF_SLOTS || cut.crossing == 0))
		node = rules_take_node(rules, 1u - rules->bank, job->tree, segment.level);
	if (node == RULES_NONE) {
		make_leaf(rules, &segment, count);
		return count + NORMAN_RULE_LEAF_SLOTS * WORK_OF_WRITE;
	}
	rules->tree[job->tree].node[segment.level][node].threshold = cut.threshold;
	rules->tree[job->tree].node[segment.level][node].dimension = cut.dimension;
	set_child(rules, &segment, node);
	left = divide(rules, &segment, count, &cut);
	right = cut.right;
	job->stack[job->depth++] = (struct rules_segment){ .begin = (uint16_t)(segment.begin + left),
							    .end = (uint16_t)(segment.begin + left + right),
							    .parent = node,
							    .level = (uint8_t)(segment.level + 1),
							    .side = 1 };
	job->stack[job->depth++] = (struct rules_segment){ .begin = segment.begin,
							    .end = (uint16_t)(segment.begin + left),
							    .parent = node,
							    .level = (uint8_t)(segment.level + 1),
							    .side = 0 };
	return count;
}

static void next_tree(struct norman_rules *rules)
{
	struct rules_job *job = &rules->job;

	memcpy(job->entry, job->next, job->pushed * sizeof(*job->next));
	job->count = job->pushed;
	if (job->built == (1u << rules->size.trees) - 1) {
		job->phase = RULES_PLACE;
		job->cursor = 0;
	} else {
		begin_tree(rules);
	}
}

// --- The rest -----------------------------------------------------------------------------------------------------

// Whoever has no place in the new forest yet: came meanwhile, or no tree took it.
static int place_entry(struct norman_rules *rules, uint16_t number)
{
	struct rules_entry *entry = &rules->entry[number];
	uint32_t bank = 1u - rules->bank, tree;

	if (!entry->live || entry->at[bank].tree != RULES_NOWHERE)
		return 0;
	for (tree = 0; tree < rules->size.trees; tree++)
		if (rules_place_in_tree(rules, bank, tree, number) == 0)
			return 0;
	if (entry->at[rules->bank].tree != NORMAN_RULE_TREE_OVERFLOW)
		return rules_place_in_overflow(rules, number, 1u << bank);
	entry->at[bank] = entry->at[rules->bank];
	rules_write_visible(rules, &entry->at[bank], 3);
	return 0;
}

static void write_nodes(struct norman_rules *rules, uint32_t tree, uint32_t level)
{
	const uint32_t *used = rules->tree[tree].nodes_used[1 - rules->bank][level];
	uint32_t i;

	for (i = 0; i < rules->size.rows; i++)
		if (used[i / 32] >> i % 32 & 1)
			rules_write_node(rules, tree, level, i);
}

static void switch_banks(struct norman_rules *rules)
{
	uint32_t old = rules->bank, tree, i;

	for (tree = 0; tree < rules->size.trees; tree++)
		rules_write_root(rules, 1 - old, tree);
	rules->bank = (uint8_t)(1 - old);
	rules_write_bank(rules);
	rules_fence(rules);
	for (i = 0; i < RULES_MAX + RULES_OVERFLOW_MAX; i++) {
		struct rules_entry *entry = &rules->entry[i];

		if (entry->live && entry->at[old].tree == NORMAN_RULE_TREE_OVERFLOW)
			rules_displace(rules, (uint16_t)i, old);
		entry->at[old].tree = RULES_NOWHERE;
	}
	rules_forget_bank(rules, old);
	rules->figures.rebuilds++;
	end_job(rules);
}

// Entries that came since their turn was over find their place now.
static void finish(struct norman_rules *rules)
{
	uint32_t i;

	for (i = 0; i < RULES_MAX + RULES_OVERFLOW_MAX; i++)
		if (place_entry(rules, (uint16_t)i)) {
			rules_job_abort(rules);
			return;
		}
	switch_banks(rules);
}

bool rules_job_step(struct norman_rules *rules)
{
	struct rules_job *job = &rules->job;
	uint32_t work = 0;

	while (work < SLICE_WORK && job->phase != RULES_IDLE) {
		switch (job->phase) {
		case RULES_BUILD:
			if (job->depth)
				work += build_segment(rules);
			else
				next_tree(rules);
			break;
		case RULES_PLACE:
			if (job->cursor == RULES_MAX + RULES_OVERFLOW_MAX) {
				job->phase = RULES_NODES;
				job->cursor = 0;
				break;
			}
			if (place_entry(rules, job->cursor++)) {
				rules_job_abort(rules);
				return false;
			}
			work++;
			break;
		case RULES_NODES:
			if (job->cursor == rules->size.trees * NORMAN_RULE_LEVELS) {
				finish(rules);
				return false;
			}
			write_nodes(rules, job->cursor / NORMAN_RULE_LEVELS, job->cursor % NORMAN_RULE_LEVELS);
			job->cursor++;
			work += SLICE_WORK / 4;
			break;
		case RULES_IDLE: break;
		}
	}
	return job->phase != RULES_IDLE;
}
