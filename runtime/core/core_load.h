// One overlay core under software's control: loads programs of verified images through its registers.
//
//   legal:    attach -> load -> flip -> (drained) -> load the other epoch -> flip ... -> detach
//   illegal:  load into the epoch that entering packets get, or into one that has not drained (returns -EBUSY)
#ifndef NORMAN_CORE_LOAD_H
#define NORMAN_CORE_LOAD_H

#include "runtime/core/core_exact.h"
#include "runtime/core/core_image.h"
#include "runtime/core/core_prefix.h"
#include "runtime/core/core_rules.h"

#ifdef __cplusplus
extern "C" {
#endif

// 64-bit accesses of one core's register map.
struct norman_mmio {
	void (*write)(void *context, uint32_t address, uint64_t value);
	uint64_t (*read)(void *context, uint32_t address);
	void *context;
};

#define NORMAN_EXACT_STAGES_MAX 8u

struct norman_exact_stage {
	struct norman_core *core;
	uint32_t stage;
	struct norman_exact table;
	uint32_t learned[NORMAN_TABLES_MAX / 32]; // units of rows where learned entries may lie, as bits
};

#define NORMAN_RULE_STAGES_MAX 4u

// A rule stage holds the lists of both epochs' programs side by side, under ids of their own.
struct norman_rule_stage {
	struct norman_core *core;
	uint32_t stage;
	struct norman_rules *rules;                          // NULL until a program needs the stage
	uint32_t lists[NORMAN_EPOCHS][NORMAN_TABLES_MAX / 32]; // ids in use, as bits
};

#define NORMAN_PREFIX_STAGES_MAX 4u

struct norman_prefix_stage {
	struct norman_core *core;
	uint32_t stage;
	struct norman_prefixes *prefixes; // NULL until a program needs the stage
};

struct norman_core {
	struct norman_mmio mmio;
	struct norman_allocator allocator;
	struct norman_config config; // that the hardware said it is
	unsigned int exact_count;
	struct norman_exact_stage exact[NORMAN_EXACT_STAGES_MAX];
	unsigned int rule_count;
	struct norman_rule_stage rule[NORMAN_RULE_STAGES_MAX];
	unsigned int prefix_count;
	struct norman_prefix_stage prefix[NORMAN_PREFIX_STAGES_MAX];
};

// Takes over a core that comes from reset, and reads from it what it is. Returns 0, -ENODEV (no overlay core, or a build
// that this software does not know) or -ENOMEM.
int norman_core_attach(struct norman_core *core, const struct norman_mmio *mmio, const struct norman_allocator *allocator,
		       struct norman_problem *problem);
void norman_core_detach(struct norman_core *core);

// Writes one program (enum Program) of an image into an epoch: rows, maps, dispatch, start; an image without that
// program makes the epoch pass everything. Packets do not get it before norman_core_flip.
//
// Objects: where `previous` is NULL all tables are emptied and the image's objects begin anew. Otherwise `previous` is the
// image whose program is running: objects of the same name, kind and type in the same place keep their contents; others
// must not lie on one of its objects.
//
// Learned tables are objects like the others: kept, their keys stay; what no running program has any more is emptied.
//
// Rule lists always begin with the image's entries: those of the epoch's last program are removed, and the new ones are
// laid out beside those of the program that is running, under list ids that this does not use.
//
// Returns 0; -EBUSY (the epoch is in use); -EINVAL (compiled for another build, or objects collide); -ENOSPC (a table is
// full). After an error the epoch must not be flipped to; what runs is untouched, but tables emptied stay empty.
int norman_core_load(struct norman_core *core, const struct norman_image *image, const struct norman_image *previous, uint32_t program,
		     uint32_t epoch, struct norman_problem *problem);

// The rules of a stage, for changes beside packets; NULL if no program has needed the stage.
struct norman_rules *norman_core_rules(struct norman_core *core, uint32_t stage);

// The prefixes of a stage, for changes beside packets; NULL if no program has needed the stage.
struct norman_prefixes *norman_core_prefixes(struct norman_core *core, uint32_t stage);

// The list id under which an epoch's program finds the list that is object `object` of its image: ids are given in the
// order of the objects. The image must be the one that was loaded there.
uint8_t norman_core_list(const struct norman_core *core, const struct norman_image *image, uint32_t object, uint32_t epoch);

// Entering packets get this epoch from now on.
void norman_core_flip(struct norman_core *core, uint32_t epoch);

// Whether no packet of this epoch is in the core any more.
bool norman_core_drained(struct norman_core *core, uint32_t epoch);

// A counter: the sum over the event slots of one event id.
void norman_core_count(struct norman_core *core, uint32_t id, uint64_t *packets, uint64_t *bytes);

// What an object of a loaded image has refused because it, or what it lies in, was full:
//
//   sets, maps            entries, since the table began; of prefixes too
//   rule lists            rules, over all lists of the stage since it came into use
//   keys that packets learn   keys, over all tables of the core since its reset
//
// Other objects refuse nothing: 0.
uint64_t norman_core_refused(struct norman_core *core, const struct norman_image_object *object);

// Lookups since the core's reset that matched more rules which act and go on than a lookup carries out. The compiler makes no such lists.
uint64_t norman_core_lost(struct norman_core *core);

#ifdef __cplusplus
}
#endif

#endif
