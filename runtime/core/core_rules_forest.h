// What the parts of the rule table share: entries, trees, and the writes that lay them out. Not for others.
#ifndef NORMAN_CORE_RULES_FOREST_H
#define NORMAN_CORE_RULES_FOREST_H

#include "runtime/core/core_rules.h"

#define RULES_TREES_MAX 4u
#define RULES_ROWS_MAX 512u
#define RULES_OVERFLOW_MAX 64u
#define RULES_MAX 4096u // entries in trees; a handle's low half numbers them and those in overflow
#define RULES_DIMENSIONS 13u

#define RULES_NOWHERE 0xffu // in place of a tree
#define RULES_NONE 0xffffu  // no entry
#define RULES_STALE 0xfffeu // a copy that no key can reach any more, of an entry that moved to another leaf
#define RULES_IS_LEAF 0x8000u

struct rules_place {
	uint8_t tree; // or NORMAN_RULE_TREE_OVERFLOW, or RULES_NOWHERE
	uint8_t slot;
	uint16_t row;
};

struct rules_entry {
	struct norman_rule rule;
	uint32_t label;
	uint16_t prev, next; // within the list, or the next unused entry
	uint16_t generation;
	bool live;
	struct rules_place at[2]; // by bank
};

struct rules_node {
	uint32_t threshold;
	uint16_t child[2]; // number of the leaf or of the node of the next level, with RULES_IS_LEAF
	uint8_t dimension;
};

struct rules_tree {
	struct rules_node node[NORMAN_RULE_LEVELS][RULES_ROWS_MAX];
	uint16_t leaf[RULES_ROWS_MAX][NORMAN_RULE_LEAF_SLOTS]; // entries; leaf 0 stays empty
	uint32_t nodes_used[2][NORMAN_RULE_LEVELS][RULES_ROWS_MAX / 32];
	uint32_t leaves_used[2][RULES_ROWS_MAX / 32];
	uint16_t root[2];
};

// A part of a tree that is still to be laid out: entries `begin` to `end` of the job, below one side of a node.
struct rules_segment {
	uint16_t begin, end;
	uint16_t parent; // node of the level above; RULES_NONE for the root
	uint8_t level, side;
};

enum rules_phase { RULES_IDLE, RULES_BUILD, RULES_PLACE, RULES_NODES };

// The forest that is being laid out in the bank that lookups do not use.
struct rules_job {
	enum rules_phase phase;
	uint8_t built;     // trees, as bits
	uint8_t tree;      // being built
	uint16_t count;    // entries in `entry`
	uint16_t pushed;   // entries in `next`: those that this tree does not take
	uint16_t cursor;   // where RULES_PLACE and RULES_NODES are
	uint16_t homeless; // entries that found no place when it was given up
	uint16_t buried;   // entries removed meanwhile: free when the job is done
	uint8_t depth;     // of the stack
	struct rules_segment stack[2 * NORMAN_RULE_LEVELS + 2];
	uint16_t entry[RULES_MAX + RULES_OVERFLOW_MAX];
	uint16_t next[RULES_MAX + RULES_OVERFLOW_MAX];
};

struct norman_rules {
	const struct norman_allocator *allocator;
	struct norman_rules_hardware hardware;
	struct norman_rules_size size;
	struct norman_rules_figures figures;
	uint32_t overflow_trigger; // overflow entries in use from which on a rebuild is worth it
	uint8_t bank;
	bool unfenced;          // some lookup may still use what was given free
	bool overflow_unfenced; // an overflow entry may still be on its way
	uint16_t unused;        // first unused entry
	uint16_t first[256], last[256]; // by list
	uint16_t overflow[RULES_OVERFLOW_MAX];
	struct rules_entry entry[RULES_MAX + RULES_OVERFLOW_MAX];
	struct rules_job job;
	struct rules_tree tree[RULES_TREES_MAX];
};

struct rules_cut {
	uint32_t threshold;
	uint8_t dimension;
	uint16_t crossing, left, right; // entries on it and on either side
};

// The smallest interval of a dimension that holds every key that the rule can match.
void rules_hull(const struct norman_rule *rule, uint32_t dimension, uint32_t *low, uint32_t *high);

// Where to divide `count` entries above the leaf of `level`: few on the cut, sides alike. `clean` accepts only cuts that no
// entry lies on. False if there is none that leaves entries on both sides.
bool rules_choose_cut(const struct norman_rules *rules, const uint16_t *entry, uint32_t count, uint32_t level, bool clean, struct rules_cut *cut);

// Side 0 or 1 of a cut, or 2: on it.
uint32_t rules_side(const struct norman_rule *rule, uint32_t dimension, uint32_t threshold);

// Whether the hardware looks for such a rule in a tree.
bool rules_may_lie_in(const struct norman_rule *rule, uint32_t tree);

// Puts an entry into a tree of a bank's forest. Returns 0 or -ENOSPC (it does not fit without being cut, or no leaf is free).
int rules_place_in_tree(struct norman_rules *rules, uint32_t bank, uint32_t tree, uint16_t entry);

// Puts an entry into overflow, seen by lookups of the banks in `visible`. Returns 0 or -ENOSPC.
int rules_place_in_overflow(struct norman_rules *rules, uint16_t entry, uint32_t visible);

// An unused leaf or node of a tree, marked as used by the bank's forest, or RULES_NONE.
uint16_t rules_take_leaf(struct norman_rules *rules, uint32_t bank, uint32_t tree);
uint16_t rules_take_node(struct norman_rules *rules, uint32_t bank, uint32_t tree, uint32_t level);

// Writes entries, at most a leaf's worth, into a leaf that no lookup reaches yet.
void rules_fill_leaf(struct norman_rules *rules, uint32_t bank, uint32_t tree, uint32_t leaf, const uint16_t *entry, uint32_t count);

// Writes of one thing each.
void rules_write_entry(struct norman_rules *rules, const struct rules_entry *entry, const struct rules_place *at, uint32_t visible);
void rules_write_visible(struct norman_rules *rules, const struct rules_place *at, uint32_t visible);
void rules_write_node(struct norman_rules *rules, uint32_t tree, uint32_t level, uint32_t node);
void rules_write_root(struct norman_rules *rules, uint32_t bank, uint32_t tree);
void rules_write_bank(struct norman_rules *rules);
void rules_fence(struct norman_rules *rules);

// Takes an entry out of the places that it has in a bank's forest.
void rules_displace(struct norman_rules *rules, uint16_t entry, uint32_t bank);

// Gives nodes and leaves of a bank's forest free.
void rules_forget_bank(struct norman_rules *rules, uint32_t bank);

// Begins to lay out the forest anew with every live entry; steps of it; its end without effect.
void rules_job_begin(struct norman_rules *rules);
bool rules_job_step(struct norman_rules *rules); // whether there is more to do
void rules_job_abort(struct norman_rules *rules);
void rules_bury(struct norman_rules *rules, uint16_t entry);

#endif
