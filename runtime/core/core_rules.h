// The contents of one rule stage: ordered lists of rules, laid out as a forest of search trees that changes while packets
// look rules up (spec/device/Rules.td says what the hardware does with it).
//
// Trees are built so that no rule lies in two leaves: a rule that a node's threshold would cut goes to the next tree, and
// what no tree takes to the overflow entries. Every change prepares what no packet sees yet and then becomes visible by
// one write, so a lookup finds the rules before the change or after it. A rebuild lays out a second forest beside the first,
// slice by slice, and then switches banks.
//
//   legal:    open -> insert, remove, work ... in any order -> close
//   illegal:  anything else that writes the stage's memory meanwhile
#ifndef NORMAN_CORE_RULES_H
#define NORMAN_CORE_RULES_H

#include "runtime/core/core_base.h"

#ifdef __cplusplus
extern "C" {
#endif

// What one entry matches and does. In ternary words `value` are the bits and `mask` which of them count; in the range
// words (NORMAN_RULE_RANGE_WORD and the next) `value` holds the lowest values of both halves, `mask` the highest.
struct norman_rule {
	uint32_t value[NORMAN_RULE_KEY_WORDS];
	uint32_t mask[NORMAN_RULE_KEY_WORDS];
	uint32_t argument;
	uint16_t event;
	uint16_t invert; // bit g: group g (enum RuleGroup) must not match
	uint8_t list;
	uint8_t action;
	uint8_t flags; // NORMAN_RULE_IS_...
	uint8_t zero;
};
#define NORMAN_RULE_IS_TERMINAL 1u
#define NORMAN_RULE_IS_COUNTED 2u
#define NORMAN_RULE_IS_LOGGED 4u
#define NORMAN_RULE_IS_CAPTURED 8u
#define NORMAN_RULE_IS_CARRIED 16u

// The hardware: RULE_DATA(word), RULE_COMMAND (the stage's number is added), and a read of RULE_FENCE.
struct norman_rules_hardware {
	void (*stage)(void *context, uint32_t word, uint64_t data);
	void (*command)(void *context, uint64_t command);
	void (*fence)(void *context);
	void *context;
};

struct norman_rules_size {
	uint32_t trees, rows, overflow; // as the capability registers say
};

// What happened so far, for people and for tests.
struct norman_rules_figures {
	uint32_t rules;          // there now
	uint32_t overflow;       // of them in overflow entries
	uint32_t peak_overflow;
	uint64_t relabelled;     // entries whose label was changed to make room
	uint64_t rebuilds;       // forests laid out anew
	uint64_t refused;        // rules that found no place
};

struct norman_rules;

// No rule: where a handle is asked for, the list's end.
#define NORMAN_RULES_END 0u

// Takes over a stage that comes from reset. Returns 0, -EINVAL (sizes that no build has) or -ENOMEM.
int norman_rules_open(struct norman_rules **rules, const struct norman_rules_size *size, const struct norman_allocator *allocator,
		      const struct norman_rules_hardware *hardware);
void norman_rules_close(struct norman_rules *rules);

// Inserts a rule before another one of its list, or at the list's end; *handle names it until it is removed. Packets that
// enter afterwards see it. Returns 0; -EINVAL (`before` is no rule of this list, or the rule's fields do not fit);
// -ENOSPC (no place: nothing changed, counted in figures.refused; the background work may make room).
int norman_rules_insert(struct norman_rules *rules, const struct norman_rule *rule, uint32_t before, uint32_t *handle);

// Appends many rules and lays out the forest for all of them at once: for images. Returns 0, -EINVAL or -ENOSPC, and then
// nothing changed; *left, which may be NULL, says how many rules found no place.
int norman_rules_load(struct norman_rules *rules, const struct norman_rule *list, uint32_t count, uint32_t *handles, uint32_t *left);

// Returns 0 or -ENOENT.
int norman_rules_remove(struct norman_rules *rules, uint32_t handle);

// Removes every rule of a list.
void norman_rules_remove_list(struct norman_rules *rules, uint8_t list);

// One slice of the work that is not urgent: laying out the forest anew when overflow entries fill up. Returns whether there
// is more to do.
bool norman_rules_work(struct norman_rules *rules);

// The rule of a handle, or NULL. The next rule of its list, or NORMAN_RULES_END; the first one for NORMAN_RULES_END.
const struct norman_rule *norman_rules_get(const struct norman_rules *rules, uint32_t handle);
uint32_t norman_rules_next(const struct norman_rules *rules, uint8_t list, uint32_t handle);

const struct norman_rules_figures *norman_rules_get_figures(const struct norman_rules *rules);

#ifdef __cplusplus
}
#endif

#endif
