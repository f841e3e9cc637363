// Ordered lists of rules in one rule stage: labels, handles, and what is done when.
#include "runtime/core/core_rules.h"

#include "runtime/core/core_rules_forest.h"

#ifndef __KERNEL__
#include <string.h>
#endif

#define ENTRIES (RULES_MAX + RULES_OVERFLOW_MAX)
// Distance of labels where there is room: all entries appended one after the other use a quarter of the labels.
#define LABEL_STEP (NORMAN_RULE_LABELS / 4 / ENTRIES)
#define LABEL_FIRST (NORMAN_RULE_LABELS / 2)
// Labels are spread until each has this many for itself, so that the next ones find room.
#define LABEL_ROOM 64u

// --- Handles ------------------------------------------------------------------------------------------------------

static uint32_t handle_of(const struct norman_rules *rules, uint16_t number)
{
	return number == RULES_NONE ? NORMAN_RULES_END : (uint32_t)rules->entry[number].generation << 16 | (number + 1u);
}

// The live entry of a handle, or RULES_NONE.
static uint16_t entry_of(const struct norman_rules *rules, uint32_t handle)
{
	uint32_t number = (handle & 0xffff) - 1;

	if (number >= ENTRIES || !rules->entry[number].live || rules->entry[number].generation != handle >> 16)
		return RULES_NONE;
	return (uint16_t)number;
}

// --- Opening ------------------------------------------------------------------------------------------------------

// All entries, none of them live, in the order of their numbers.
static void chain_unused(struct norman_rules *rules)
{
	uint32_t i;

	for (i = 0; i < ENTRIES; i++)
		rules->entry[i].next = i + 1 < ENTRIES ? (uint16_t)(i + 1) : (uint16_t)RULES_NONE;
	rules->unused = 0;
}

int norman_rules_open(struct norman_rules **opened, const struct norman_rules_size *size, const struct norman_allocator *allocator,
		      const struct norman_rules_hardware *hardware)
{
	struct norman_rules *rules;
	uint32_t i, bank, tree;

	if (!size->trees || size->trees > RULES_TREES_MAX || size->rows < 32 || size->rows > RULES_ROWS_MAX || size->rows % 32 || !size->overflow ||
	    size->overflow > RULES_OVERFLOW_MAX || size->overflow % NORMAN_RULE_OVERFLOW_ORDERED)
		return -EINVAL;
	rules = allocator->alloc(allocator->context, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	rules->allocator = allocator;
	rules->hardware = *hardware;
	rules->size = *size;
	rules->overflow_trigger = size->overflow / 4;
	rules->job.buried = RULES_NONE;
	memset(rules->first, 0xff, sizeof(rules->first));
	memset(rules->last, 0xff, sizeof(rules->last));
	memset(rules->overflow, 0xff, sizeof(rules->overflow));
	for (i = 0; i < ENTRIES; i++)
		rules->entry[i].at[0].tree = rules->entry[i].at[1].tree = RULES_NOWHERE;
	chain_unused(rules);
	for (tree = 0; tree < size->trees; tree++) {
		memset(rules->tree[tree].leaf[0], 0xff, sizeof(rules->tree[tree].leaf[0]));
		for (bank = 0; bank < 2; bank++) {
			rules->tree[tree].leaves_used[bank][0] = 1; // leaf 0 stays empty
			rules->tree[tree].root[bank] = RULES_IS_LEAF;
			rules_write_root(rules, bank, tree);
		}
	}
	rules_write_bank(rules);
	*opened = rules;
	return 0;
}

void norman_rules_close(struct norman_rules *rules)
{
	if (rules)
		rules->allocator->free(rules->allocator->context, rules);
}

// --- Order --------------------------------------------------------------------------------------------------------

static void link_before(struct norman_rules *rules, uint16_t number, uint16_t next)
{
	struct rules_entry *entry = &rules->entry[number];
	uint8_t list = entry->rule.list;

	entry->next = next;
	entry->prev = next == RULES_NONE ? rules->last[list] : rules->entry[next].prev;
	if (entry->prev == RULES_NONE)
		rules->first[list] = number;
	else
		rules->entry[entry->prev].next = number;
	if (next == RULES_NONE)
		rules->last[list] = number;
	else
		rules->entry[next].prev = number;
}

static void unlink_entry(struct norman_rules *rules, uint16_t number)
{
	const struct rules_entry *entry = &rules->entry[number];
	uint8_t list = entry->rule.list;

	if (entry->prev == RULES_NONE)
		rules->first[list] = entry->next;
	else
		rules->entry[entry->prev].next = entry->next;
	if (entry->next == RULES_NONE)
		rules->last[list] = entry->prev;
	else
		rules->entry[entry->next].prev = entry->prev;
}

static void set_label(struct norman_rules *rules, uint16_t number, uint32_t label)
{
	struct rules_entry *entry = &rules->entry[number];
	uint32_t bank;

	if (entry->label == label)
		return;
	entry->label = label;
	for (bank = 0; bank < 2; bank++) {
		const struct rules_place *at = &entry->at[bank];

		if (at->tree == RULES_NOWHERE)
			continue;
		if (at->tree != NORMAN_RULE_TREE_OVERFLOW) {
			rules_write_entry(rules, entry, at, 3);
		} else if (bank == 0 || entry->at[0].tree != NORMAN_RULE_TREE_OVERFLOW) {
			uint32_t visible = 1u << bank | (entry->at[1].tree == NORMAN_RULE_TREE_OVERFLOW ? 2u : 0);

			rules_write_entry(rules, entry, at, visible);
		}
	}
	rules->figures.relabelled++;
}

// The labels between which the entries from `from` to `to` lie.
static void bounds_of(const struct norman_rules *rules, uint16_t from, uint16_t to, int64_t *low, int64_t *high)
{
	uint16_t prev = rules->entry[from].prev, next = rules->entry[to].next;

	*low = prev == RULES_NONE ? -1 : (int64_t)rules->entry[prev].label;
	*high = next == RULES_NONE ? (int64_t)NORMAN_RULE_LABELS : (int64_t)rules->entry[next].label;
}

// Gives the new entry a label: spreads those of its neighbours, of as few as give room. Whoever moves up does so before
// whoever is below, and the other way round, so that every lookup finds them in order.
static void spread(struct norman_rules *rules, uint16_t number)
{
	uint16_t from = number, to = number, at;
	uint32_t count = 1, i;
	int64_t low, high;

	for (;;) {
		bounds_of(rules, from, to, &low, &high);
		if ((high - low) / (count + 1) >= LABEL_ROOM)
			break;
		// One more on each side; all of a list have room: there are fewer entries than labels by far.
		if (rules->entry[from].prev != RULES_NONE) {
			from = rules->entry[from].prev;
			count++;
		}
		if (rules->entry[to].next != RULES_NONE) {
			to = rules->entry[to].next;
			count++;
		}
	}
	for (i = count, at = to; i; at = rules->entry[at].prev, i--) {
		uint32_t label = (uint32_t)(low + (high - low) * (int64_t)i / (count + 1));

		if (at != number && label > rules->entry[at].label)
			set_label(rules, at, label);
	}
	for (i = 1, at = from; i <= count; at = rules->entry[at].next, i++) {
		uint32_t label = (uint32_t)(low + (high - low) * (int64_t)i / (count + 1));

		if (at == number)
			rules->entry[at].label = label;
		else
			set_label(rules, at, label);
	}
}

// An entry that is linked but in no place yet gets its label.
static void label_entry(struct norman_rules *rules, uint16_t number)
{
	struct rules_entry *entry = &rules->entry[number];
	int64_t low, high;

	bounds_of(rules, number, number, &low, &high);
	if (high - low < 2)
		spread(rules, number);
	else if (entry->prev == RULES_NONE && entry->next == RULES_NONE)
		entry->label = LABEL_FIRST;
	else if (entry->next == RULES_NONE && high - low > (int64_t)LABEL_STEP)
		entry->label = (uint32_t)low + LABEL_STEP;
	else if (entry->prev == RULES_NONE && high - low > (int64_t)LABEL_STEP)
		entry->label = (uint32_t)high - LABEL_STEP;
	else
		entry->label = (uint32_t)(low + (high - low) / 2);
}

// --- Changes ------------------------------------------------------------------------------------------------------

static bool well_formed(const struct norman_rule *rule)
{
	uint32_t half;

	for (half = 0; half < 4; half++) {
		uint32_t word = NORMAN_RULE_RANGE_WORD + half / 2, shift = 16 * (half % 2);

		if ((rule->value[word] >> shift & 0xffff) > (rule->mask[word] >> shift & 0xffff))
			return false;
	}
	return rule->invert >> NORMAN_RULE_ENTRY_INVERT_WIDTH == 0 && rule->flags < 2 * NORMAN_RULE_IS_CARRIED &&
	       !((rule->flags & NORMAN_RULE_IS_TERMINAL) && (rule->flags & NORMAN_RULE_IS_CARRIED));
}

// A linked and labelled entry that is in no place. RULES_NONE if all are in use.
static uint16_t add_entry(struct norman_rules *rules, const struct norman_rule *rule, uint16_t before)
{
	uint16_t number = rules->unused;
	struct rules_entry *entry;
	uint32_t i;

	if (number == RULES_NONE)
		return number;
	entry = &rules->entry[number];
	rules->unused = entry->next;
	entry->rule = *rule;
	for (i = 0; i < NORMAN_RULE_KEY_WORDS; i++)
		if (i / 2 != NORMAN_RULE_RANGE_WORD / 2)
			entry->rule.value[i] &= rule->mask[i];
	entry->generation++;
	entry->live = true;
	link_before(rules, number, before);
	label_entry(rules, number);
	rules->figures.rules++;
	return number;
}

static void drop_entry(struct norman_rules *rules, uint16_t number)
{
	unlink_entry(rules, number);
	rules->entry[number].live = false;
	rules->figures.rules--;
	if (rules->job.phase != RULES_IDLE) {
		rules_bury(rules, number);
	} else {
		rules->entry[number].next = rules->unused;
		rules->unused = number;
	}
}

static int place(struct norman_rules *rules, uint16_t number)
{
	uint32_t tree;

	for (tree = 0; tree < rules->size.trees; tree++)
		if (rules_place_in_tree(rules, rules->bank, tree, number) == 0)
			return 0;
	return rules_place_in_overflow(rules, number, 1u << rules->bank);
}

int norman_rules_insert(struct norman_rules *rules, const struct norman_rule *rule, uint32_t before, uint32_t *handle)
{
	uint16_t next = RULES_NONE, number;

	if (!well_formed(rule))
		return -EINVAL;
	if (before != NORMAN_RULES_END) {
		next = entry_of(rules, before);
		if (next == RULES_NONE || rules->entry[next].rule.list != rule->list)
			return -EINVAL;
	}
	number = add_entry(rules, rule, next);
	if (number == RULES_NONE || place(rules, number)) {
		if (number != RULES_NONE)
			drop_entry(rules, number);
		rules->figures.refused++;
		rules->overflow_trigger = 0; // whatever the last rebuild left over: try another
		return -ENOSPC;
	}
	*handle = handle_of(rules, number);
	return 0;
}

int norman_rules_remove(struct norman_rules *rules, uint32_t handle)
{
	uint16_t number = entry_of(rules, handle);

	if (number == RULES_NONE)
		return -ENOENT;
	rules_displace(rules, number, rules->bank);
	rules_displace(rules, number, 1u - rules->bank);
	drop_entry(rules, number);
	return 0;
}

void norman_rules_remove_list(struct norman_rules *rules, uint8_t list)
{
	while (rules->first[list] != RULES_NONE)
		norman_rules_remove(rules, handle_of(rules, rules->first[list]));
}

// --- Rebuilding ---------------------------------------------------------------------------------------------------

// The next rebuild waits until overflow has grown by an eighth beyond what this one could not place.
static void set_trigger(struct norman_rules *rules)
{
	uint32_t least = rules->size.overflow / 4, grown = rules->figures.overflow + rules->size.overflow / 8;

	rules->overflow_trigger = grown > least ? grown : least;
}

bool norman_rules_work(struct norman_rules *rules)
{
	if (rules->job.phase == RULES_IDLE) {
		if (!rules->figures.overflow || rules->figures.overflow < rules->overflow_trigger)
			return false;
		rules_job_begin(rules);
	}
	if (rules_job_step(rules))
		return true;
	set_trigger(rules);
	return false;
}

static void finish_job(struct norman_rules *rules)
{
	while (rules->job.phase != RULES_IDLE)
		rules_job_step(rules);
}

// A stage without rules becomes as a new one: what it takes then does not depend on what it held before.
static void begin_anew(struct norman_rules *rules)
{
	uint32_t tree;

	for (tree = 0; tree < rules->size.trees; tree++) {
		rules->tree[tree].root[rules->bank] = RULES_IS_LEAF;
		rules_write_root(rules, rules->bank, tree);
	}
	rules_fence(rules); // no lookup is on its way through nodes and leaves that are free from now on
	rules_forget_bank(rules, 0);
	rules_forget_bank(rules, 1);
	chain_unused(rules);
}

int norman_rules_load(struct norman_rules *rules, const struct norman_rule *list, uint32_t count, uint32_t *handles, uint32_t *left)
{
	uint32_t i, added = 0;

	for (i = 0; i < count; i++)
		if (!well_formed(&list[i]))
			return -EINVAL;
	finish_job(rules);
	if (!rules->figures.rules)
		begin_anew(rules);
	rules->job.homeless = 0;
	while (added < count) {
		uint16_t number = add_entry(rules, &list[added], RULES_NONE);

		if (number == RULES_NONE)
			break;
		handles[added++] = handle_of(rules, number);
	}
	if (added == count) {
		rules_job_begin(rules);
		finish_job(rules);
		set_trigger(rules);
	}
	if (left)
		*left = rules->job.homeless + (count - added);
	if (added == count && !rules->job.homeless)
		return 0;
	rules->figures.refused += rules->job.homeless + (count - added);
	while (added)
		norman_rules_remove(rules, handles[--added]);
	return -ENOSPC;
}

// --- Looking ------------------------------------------------------------------------------------------------------

const struct norman_rule *norman_rules_get(const struct norman_rules *rules, uint32_t handle)
{
	uint16_t number = entry_of(rules, handle);

	return number == RULES_NONE ? NULL : &rules->entry[number].rule;
}

uint32_t norman_rules_next(const struct norman_rules *rules, uint8_t list, uint32_t handle)
{
	uint16_t number;

	if (handle == NORMAN_RULES_END)
		return handle_of(rules, rules->first[list]);
	number = entry_of(rules, handle);
	return number == RULES_NONE ? NORMAN_RULES_END : handle_of(rules, rules->entry[number].next);
}

const struct norman_rules_figures *norman_rules_get_figures(const struct norman_rules *rules)
{
	return &rules->figures;
}
