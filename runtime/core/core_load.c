// Turns a verified image into register writes.
#include "runtime/core/core_load.h"

#include "runtime/core/core_learned.h"

#ifndef __KERNEL__
#include <string.h>
#endif

#define CORE_MAGIC UINT64_C(0x4e4f524d414e0001)

static void core_write(struct norman_core *core, uint32_t address, uint64_t value)
{
	core->mmio.write(core->mmio.context, address, value);
}

static uint64_t core_read(struct norman_core *core, uint32_t address)
{
	return core->mmio.read(core->mmio.context, address);
}

static void stage_entry(struct norman_core *core, const struct norman_exact_entry *entry)
{
	core_write(core, NORMAN_REG_EXACT_DATA(0), entry->key[0] | (uint64_t)entry->key[1] << 32);
	core_write(core, NORMAN_REG_EXACT_DATA(1), entry->key[2] | (uint64_t)entry->key[3] << 32);
	core_write(core, NORMAN_REG_EXACT_DATA(2),
		   entry->value | (uint64_t)entry->action << 32 | (uint64_t)entry->table << 40 | (uint64_t)entry->valid << 48);
}

static void write_prefix(void *context, uint32_t memory, uint32_t address, const struct norman_exact_entry *word)
{
	struct norman_prefix_stage *stage = context;

	stage_entry(stage->core, word);
	core_write(stage->core, NORMAN_REG_PREFIX_WRITE, stage->stage | (uint64_t)memory << 8 | (uint64_t)address << 16);
}

static void fence_prefix(void *context)
{
	struct norman_prefix_stage *stage = context;

	core_read(stage->core, NORMAN_REG_RULE_FENCE);
}

static void write_exact(void *context, uint32_t way, uint32_t row, const struct norman_exact_entry *entry)
{
	struct norman_exact_stage *stage = context;

	stage_entry(stage->core, entry);
	core_write(stage->core, NORMAN_REG_EXACT_WRITE, stage->stage | (uint64_t)way << 8 | (uint64_t)row << 16);
}

static void stage_rule(void *context, uint32_t word, uint64_t data)
{
	struct norman_rule_stage *stage = context;

	core_write(stage->core, NORMAN_REG_RULE_DATA(word), data);
}

static void command_rule(void *context, uint64_t command)
{
	struct norman_rule_stage *stage = context;

	core_write(stage->core, NORMAN_REG_RULE_COMMAND, command | (uint64_t)stage->stage << NORMAN_RULE_COMMAND_STAGE_LSB);
}

static void fence_rule(void *context)
{
	struct norman_rule_stage *stage = context;

	core_read(stage->core, NORMAN_REG_RULE_FENCE);
}

static bool same_config(struct norman_core *core, const struct norman_config *config)
{
	uint32_t i;

	for (i = 0; i < 64; i++) {
		unsigned char kind = (unsigned char)(core_read(core, NORMAN_REG_CAP_STRING(i / 8)) >> (8 * (i % 8)));

		if (kind != (i < config->stage_count ? (unsigned char)config->stages[i] : 0))
			return false;
	}
	return core_read(core, NORMAN_REG_CAP_CONFIG) == config->number && core_read(core, NORMAN_REG_CAP_LEARN) == config->learning && core_read(core, NORMAN_REG_CAP_STAGES) == config->stage_count &&
	       core_read(core, NORMAN_REG_CAP_REGISTERS) == config->registers && core_read(core, NORMAN_REG_CAP_ROWS) == NORMAN_ROWS_PER_STAGE &&
	       core_read(core, NORMAN_REG_CAP_TAP_STAGE) == config->tap_stage && core_read(core, NORMAN_REG_CAP_EXACT_ROWS) == config->exact_rows &&
	       core_read(core, NORMAN_REG_CAP_STATE_WORDS) == config->state_words && core_read(core, NORMAN_REG_CAP_EVENT_IDS) == config->event_ids &&
	       core_read(core, NORMAN_REG_CAP_RULES) ==
		       (config->rule_trees | (uint64_t)config->rule_rows << 16 | (uint64_t)config->rule_overflow << 32) &&
	       core_read(core, NORMAN_REG_CAP_PREFIX) ==
		       (config->prefix_levels | (uint64_t)config->prefix_blocks << 16 | (uint64_t)config->prefix_entries << 32);
}

int norman_core_attach(struct norman_core *core, const struct norman_mmio *mmio, const struct norman_allocator *allocator,
		       struct norman_problem *problem)
{
	static const struct norman_config configs[] = NORMAN_CONFIGS;
	uint32_t i;

	memset(core, 0, sizeof(*core));
	core->mmio = *mmio;
	core->allocator = *allocator;
	if (core_read(core, NORMAN_REG_CAP_MAGIC) != CORE_MAGIC || core_read(core, NORMAN_REG_CAP_ISA) != NORMAN_ISA_VERSION)
		return norman_refuse(problem, -ENODEV, "", 0, "no overlay core of version %u answers", NORMAN_ISA_VERSION);
	for (i = 0; i < NORMAN_CONFIG_COUNT; i++)
		if (same_config(core, &configs[i]))
			core->config = configs[i];
	if (!core->config.name)
		return norman_refuse(problem, -ENODEV, "", 0, "the core's capability registers name a build that this software does not know");
	for (i = 0; i < core->config.stage_count; i++) {
		if (core->config.stages[i] != 'R')
			continue;
		if (core->rule_count == NORMAN_RULE_STAGES_MAX)
			return norman_refuse(problem, -ENODEV, "", 0, "more than %u rule stages", NORMAN_RULE_STAGES_MAX);
		core->rule[core->rule_count].core = core;
		core->rule[core->rule_count++].stage = i;
	}
	for (i = 0; i < core->config.stage_count; i++) {
		if (core->config.stages[i] != 'L')
			continue;
		if (core->prefix_count == NORMAN_PREFIX_STAGES_MAX)
			return norman_refuse(problem, -ENODEV, "", 0, "more than %u prefix stages", NORMAN_PREFIX_STAGES_MAX);
		core->prefix[core->prefix_count].core = core;
		core->prefix[core->prefix_count++].stage = i;
	}
	for (i = 0; i < core->config.stage_count; i++) {
		struct norman_exact_stage *stage = &core->exact[core->exact_count];
		int error;

		if (core->config.stages[i] != 'E')
			continue;
		if (core->exact_count == NORMAN_EXACT_STAGES_MAX) {
			norman_core_detach(core);
			return norman_refuse(problem, -ENODEV, "", 0, "more than %u exact stages", NORMAN_EXACT_STAGES_MAX);
		}
		stage->core = core;
		stage->stage = i;
		error = norman_exact_open(&stage->table, core->config.exact_rows, &core->allocator, write_exact, stage);
		if (error) {
			norman_core_detach(core);
			return norman_refuse(problem, error, "", 0, "no memory for the tables of stage %u", i);
		}
		core->exact_count++;
	}
	return 0;
}

void norman_core_detach(struct norman_core *core)
{
	while (core->exact_count)
		norman_exact_close(&core->exact[--core->exact_count].table);
	while (core->rule_count)
		norman_rules_close(core->rule[--core->rule_count].rules);
	while (core->prefix_count)
		norman_prefixes_close(core->prefix[--core->prefix_count].prefixes);
}

static struct norman_exact *exact_of(struct norman_core *core, uint32_t stage)
{
	uint32_t i;

	for (i = 0; i < core->exact_count; i++)
		if (core->exact[i].stage == stage)
			return &core->exact[i].table;
	return NULL; // verified images name exact stages only
}

static struct norman_rule_stage *rule_stage_of(struct norman_core *core, uint32_t stage)
{
	uint32_t i;

	for (i = 0; i < core->rule_count; i++)
		if (core->rule[i].stage == stage)
			return &core->rule[i];
	return NULL;
}

static struct norman_prefix_stage *prefix_stage_of(struct norman_core *core, uint32_t stage)
{
	uint32_t i;

	for (i = 0; i < core->prefix_count; i++)
		if (core->prefix[i].stage == stage)
			return &core->prefix[i];
	return NULL;
}

struct norman_prefixes *norman_core_prefixes(struct norman_core *core, uint32_t stage)
{
	struct norman_prefix_stage *of = prefix_stage_of(core, stage);

	return of ? of->prefixes : NULL;
}

struct norman_rules *norman_core_rules(struct norman_core *core, uint32_t stage)
{
	struct norman_rule_stage *of = rule_stage_of(core, stage);

	return of ? of->rules : NULL;
}

// --- Objects ------------------------------------------------------------------------------------------------------

static bool is_counter(const struct norman_image_object *object)
{
	return object->kind == NORMAN_OBJECT_KIND_COUNTER || object->kind == NORMAN_OBJECT_KIND_LOG;
}

// No row uses it, so it has no place: nothing is loaded for it.
static bool is_unused(const struct norman_image_object *object)
{
	return !is_counter(object) && object->stage == NORMAN_STAGE_EXIT;
}

static bool is_list(const struct norman_image_object *object)
{
	return object->kind == NORMAN_OBJECT_KIND_RULES;
}

static bool is_set(const struct norman_image_object *object)
{
	return object->kind == NORMAN_OBJECT_KIND_SET;
}

static bool is_prefixes(const struct norman_image_object *object)
{
	return object->kind == NORMAN_OBJECT_KIND_PREFIXES;
}

static bool is_learned(const struct norman_image_object *object)
{
	return object->kind == NORMAN_OBJECT_KIND_LEARNED;
}

// Of a learned table, how many units of rows it takes from its id on.
static uint32_t units_of(const struct norman_image_object *object)
{
	return object->size / (NORMAN_LEARN_UNIT * NORMAN_EXACT_WAYS);
}

// Whether two objects of one program use the same memory. Sets use what they find in their stage, so no learned table can
// lie beside them.
static bool overlap(const struct norman_image_object *a, const struct norman_image_object *b)
{
	if (is_counter(a) != is_counter(b) || a->stage != b->stage)
		return false;
	if (is_learned(a) && is_learned(b))
		return a->base < b->base + units_of(b) && b->base < a->base + units_of(a);
	if (is_learned(a) || is_learned(b))
		return is_set(a) || is_set(b);
	if (is_set(a) != is_set(b))
		return false;
	if (is_set(a) || is_prefixes(a))
		return a->base == b->base;
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

// Whether `a` goes on with what `b` holds. A set or prefix table may grow: its entries lie where there is room.
static bool same_object(const struct norman_image *image_a, const struct norman_image_object *a, const struct norman_image *image_b,
			const struct norman_image_object *b)
{
	return a->kind == b->kind && a->stage == b->stage && a->base == b->base && (a->size == b->size || ((is_set(a) || is_prefixes(a)) && a->size > b->size)) && a->type == b->type && a->shift == b->shift &&
	       strcmp(norman_image_string(image_a, a->name), norman_image_string(image_b, b->name)) == 0;
}

// Whether the running image holds this object already. -EINVAL if it lies on another object.
static int kept(const struct norman_image *image, uint32_t index, const struct norman_image_object *object, const struct norman_image *previous,
		struct norman_problem *problem)
{
	uint32_t i;

	for (i = 0; i < norman_image_count(previous, NORMAN_SECTION_OBJECTS); i++) {
		struct norman_image_object old;

		norman_image_get(previous, NORMAN_SECTION_OBJECTS, i, &old);
		if (old.program != object->program || is_list(&old) || !overlap(object, &old))
			continue;
		if (same_object(image, object, previous, &old))
			return 1;
		return norman_refuse(problem, -EINVAL, norman_section_name(NORMAN_SECTION_OBJECTS), index,
				     "'%s' would lie on '%s' of the running program", norman_image_string(image, object->name),
				     norman_image_string(previous, old.name));
	}
	return 0;
}

static void begin_counter(struct norman_core *core, uint32_t base, uint32_t size)
{
	uint32_t id, slot;

	for (id = base; id < base + size; id++)
		for (slot = 0; slot < NORMAN_EVENT_SLOTS; slot++) {
			core_write(core, NORMAN_REG_EVENTS(slot, id, 0), 0);
			core_write(core, NORMAN_REG_EVENTS(slot, id, 1), 0);
		}
}

static void begin_state(struct norman_core *core, const struct norman_image_object *object)
{
	uint32_t i;

	for (i = 0; i < object->size; i++)
		core_write(core, NORMAN_REG_STATE_WORDS(object->stage, object->base + i), 0);
}

// Whether a running program has a learned table in this unit of rows.
static bool learns_in(const struct norman_image *running, uint32_t program, uint32_t stage, uint32_t unit)
{
	uint32_t i;

	for (i = 0; running && i < norman_image_count(running, NORMAN_SECTION_OBJECTS); i++) {
		struct norman_image_object object;

		norman_image_get(running, NORMAN_SECTION_OBJECTS, i, &object);
		if (is_learned(&object) && object.program == program && object.stage == stage && unit - object.base < units_of(&object))
			return true;
	}
	return false;
}

// Empties what programs that no longer run have learned.
static void forget_learned(struct norman_core *core, const struct norman_image *previous, uint32_t program)
{
	uint32_t i, unit;

	for (i = 0; i < core->exact_count; i++) {
		struct norman_exact_stage *stage = &core->exact[i];

		for (unit = 0; unit < core->config.exact_rows / NORMAN_LEARN_UNIT; unit++) {
			if (!(stage->learned[unit / 32] >> unit % 32 & 1) || learns_in(previous, program, stage->stage, unit))
				continue;
			norman_learned_clear_rows(core, stage->stage, unit * NORMAN_LEARN_UNIT, NORMAN_LEARN_UNIT);
			stage->learned[unit / 32] &= ~(UINT32_C(1) << unit % 32);
		}
	}
}

// Its rows are empty: forget_learned saw to it.
static void begin_learned(struct norman_core *core, const struct norman_image_object *object)
{
	uint32_t i, unit;

	for (i = 0; i < core->exact_count; i++)
		for (unit = object->base; core->exact[i].stage == object->stage && unit < object->base + units_of(object); unit++)
			core->exact[i].learned[unit / 32] |= UINT32_C(1) << unit % 32;
}

// Empties a prefix table; its stage's software comes with the first one.
static int begin_prefixes(struct norman_core *core, const struct norman_image_object *object, struct norman_problem *problem)
{
	struct norman_prefixes_size size = { core->config.prefix_entries, core->config.prefix_levels, core->config.prefix_blocks };
	struct norman_prefix_stage *stage = prefix_stage_of(core, object->stage);
	struct norman_prefixes_hardware hardware = { write_prefix, fence_prefix, stage };
	int error;

	error = stage->prefixes ? 0 : norman_prefixes_open(&stage->prefixes, &size, &core->allocator, &hardware);
	if (error)
		return norman_refuse(problem, error, "", 0, "no memory for the prefixes of stage %u", object->stage);
	norman_prefixes_begin_table(stage->prefixes, (uint8_t)object->base, object->size);
	return 0;
}

// A table that is kept may have grown.
static void resize_table(struct norman_core *core, const struct norman_image_object *object)
{
	if (is_set(object))
		norman_exact_resize_table(exact_of(core, object->stage), (uint8_t)object->base, object->size);
	else if (is_prefixes(object))
		norman_prefixes_resize_table(norman_core_prefixes(core, object->stage), (uint8_t)object->base, object->size);
}

// Whether each object is new and must begin anew is found once and remembered in `begins`.
static int begin_objects(struct norman_core *core, const struct norman_image *image, const struct norman_image *previous, uint32_t program,
			 uint8_t *begins, struct norman_problem *problem)
{
	uint32_t i;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_OBJECTS); i++) {
		struct norman_image_object object;

		norman_image_get(image, NORMAN_SECTION_OBJECTS, i, &object);
		if (object.program != program || is_unused(&object) || is_list(&object))
			continue;
		if (previous) {
			int keep = kept(image, i, &object, previous, problem);

			if (keep < 0)
				return keep;
			if (keep) {
				resize_table(core, &object);
				continue;
			}
		}
		begins[i] = 1;
		if (is_counter(&object))
			begin_counter(core, object.base, object.size);
		else if (is_set(&object))
			norman_exact_begin_table(exact_of(core, object.stage), (uint8_t)object.base, object.size);
		else if (is_prefixes(&object)) {
			int error = begin_prefixes(core, &object, problem);

			if (error)
				return error;
		} else if (is_learned(&object))
			begin_learned(core, &object);
		else
			begin_state(core, &object);
	}
	return 0;
}

static int insert_entry(struct norman_core *core, const struct norman_image_object *object, const struct norman_image_table_entry *entry)
{
	struct norman_prefix prefix = { .value = entry->value, .action = entry->action, .table = (uint8_t)object->base, .length = entry->length };

	if (is_set(object))
		return norman_exact_insert(exact_of(core, object->stage), prefix.table, entry->key, entry->value, entry->action);
	memcpy(prefix.key, entry->key, sizeof(prefix.key));
	return norman_prefixes_insert(norman_core_prefixes(core, object->stage), &prefix);
}

// Says what is full: the table, or the stage that it shares with others.
static int refuse_entry(struct norman_core *core, const struct norman_image *image, uint32_t index, const struct norman_image_object *object,
			struct norman_problem *problem)
{
	const char *section = norman_section_name(NORMAN_SECTION_ENTRIES), *name = norman_image_string(image, object->name);
	uint32_t used = is_set(object) ? exact_of(core, object->stage)->tables[(uint8_t)object->base].used
				       : norman_prefixes_table(norman_core_prefixes(core, object->stage), (uint8_t)object->base)->used;

	if (used >= object->size)
		return norman_refuse(problem, -ENOSPC, section, index, "'%s' is full: its size is %u", name, object->size);
	return norman_refuse(problem, -ENOSPC, section, index, "stage %u is full: no room for an entry of '%s'", object->stage, name);
}

static int insert_entries(struct norman_core *core, const struct norman_image *image, uint32_t program, const uint8_t *begins,
		       struct norman_problem *problem)
{
	const char *section = norman_section_name(NORMAN_SECTION_ENTRIES);
	uint32_t i;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_ENTRIES); i++) {
		struct norman_image_table_entry entry;
		struct norman_image_object object;
		int error;

		norman_image_get(image, NORMAN_SECTION_ENTRIES, i, &entry);
		norman_image_get(image, NORMAN_SECTION_OBJECTS, entry.object, &object);
		if (object.program != program || !begins[entry.object])
			continue;
		error = insert_entry(core, &object, &entry);
		if (error == -EEXIST)
			return norman_refuse(problem, -EINVAL, section, i, "an entry of '%s' is there twice", norman_image_string(image, object.name));
		if (error)
			return refuse_entry(core, image, i, &object, problem);
	}
	return 0;
}

// Prefixes are shown all at once: one by one each would be a change of its own.
static int fill_tables(struct norman_core *core, const struct norman_image *image, uint32_t program, const uint8_t *begins,
		       struct norman_problem *problem)
{
	uint32_t i;
	int error;

	for (i = 0; i < core->prefix_count; i++)
		if (core->prefix[i].prefixes)
			norman_prefixes_hold(core->prefix[i].prefixes);
	error = insert_entries(core, image, program, begins, problem);
	for (i = 0; i < core->prefix_count; i++)
		if (core->prefix[i].prefixes)
			norman_prefixes_show(core->prefix[i].prefixes);
	return error;
}

static int load_objects(struct norman_core *core, const struct norman_image *image, const struct norman_image *previous, uint32_t program,
			struct norman_problem *problem)
{
	uint32_t count = norman_image_count(image, NORMAN_SECTION_OBJECTS), i;
	uint8_t *begins;
	int error;

	if (!previous) {
		for (i = 0; i < core->exact_count; i++) {
			uint32_t table;

			for (table = 0; core->exact[i].table.used && table < NORMAN_TABLES_MAX; table++)
				norman_exact_remove_table(&core->exact[i].table, (uint8_t)table);
		}
		for (i = 0; i < core->prefix_count; i++) {
			uint32_t table;

			for (table = 0; core->prefix[i].prefixes && norman_prefixes_used(core->prefix[i].prefixes) && table < NORMAN_TABLES_MAX; table++)
				norman_prefixes_remove_table(core->prefix[i].prefixes, (uint8_t)table);
		}
		begin_counter(core, NORMAN_EVENT_INCOMPLETE, 1);
	}
	forget_learned(core, previous, program);
	if (!count)
		return 0;
	begins = core->allocator.alloc(core->allocator.context, count);
	if (!begins)
		return norman_refuse(problem, -ENOMEM, "", 0, "no memory to load the image");
	error = begin_objects(core, image, previous, program, begins, problem);
	if (!error)
		error = fill_tables(core, image, program, begins, problem);
	core->allocator.free(core->allocator.context, begins);
	return error;
}

// --- Rule lists ---------------------------------------------------------------------------------------------------

static bool in_use(const struct norman_rule_stage *stage, uint32_t epoch, uint32_t id)
{
	return stage->lists[epoch][id / 32] >> id % 32 & 1;
}

// The list of an object: the n-th list of its program and stage has the n-th id that the epoch uses.
uint8_t norman_core_list(const struct norman_core *core, const struct norman_image *image, uint32_t object, uint32_t epoch)
{
	struct norman_image_object of, other;
	uint32_t before = 0, id = 0, i;

	norman_image_get(image, NORMAN_SECTION_OBJECTS, object, &of);
	for (i = 0; i < object; i++) {
		norman_image_get(image, NORMAN_SECTION_OBJECTS, i, &other);
		before += is_list(&other) && other.program == of.program && other.stage == of.stage;
	}
	for (i = 0; i < core->rule_count; i++) {
		if (core->rule[i].stage != of.stage)
			continue;
		for (id = 0; id + 1 < NORMAN_TABLES_MAX; id++)
			if (in_use(&core->rule[i], epoch, id) && !before--)
				break;
	}
	return (uint8_t)id;
}

static void forget_lists(struct norman_rule_stage *stage, uint32_t epoch)
{
	uint32_t id;

	for (id = 0; id < NORMAN_TABLES_MAX; id++)
		if (in_use(stage, epoch, id))
			norman_rules_remove_list(stage->rules, (uint8_t)id);
	memset(stage->lists[epoch], 0, sizeof(stage->lists[epoch]));
}

static int open_stage(struct norman_core *core, struct norman_rule_stage *stage, struct norman_problem *problem)
{
	struct norman_rules_size size = { core->config.rule_trees, core->config.rule_rows, core->config.rule_overflow };
	struct norman_rules_hardware hardware = { stage_rule, command_rule, fence_rule, stage };
	int error;

	if (stage->rules)
		return 0;
	error = norman_rules_open(&stage->rules, &size, &core->allocator, &hardware);
	return error ? norman_refuse(problem, error, "", 0, "no memory for the rules of stage %u", stage->stage) : 0;
}

// Gives ids to the lists of a program in one stage.
static int name_lists(struct norman_core *core, struct norman_rule_stage *stage, const struct norman_image *image, uint32_t program, uint32_t epoch,
		      struct norman_problem *problem)
{
	uint32_t i, id = 0;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_OBJECTS); i++) {
		struct norman_image_object object;
		int error;

		norman_image_get(image, NORMAN_SECTION_OBJECTS, i, &object);
		if (!is_list(&object) || object.program != program || object.stage != stage->stage)
			continue;
		error = open_stage(core, stage, problem);
		if (error)
			return error;
		while (id < NORMAN_TABLES_MAX && in_use(stage, 1 - epoch, id))
			id++;
		if (id == NORMAN_TABLES_MAX)
			return norman_refuse(problem, -ENOSPC, norman_section_name(NORMAN_SECTION_OBJECTS), i,
					     "stage %u has no list id for '%s' beside those of the running program", stage->stage,
					     norman_image_string(image, object.name));
		stage->lists[epoch][id / 32] |= UINT32_C(1) << id % 32;
		id++;
	}
	return 0;
}

// Whether an entry is loaded into a stage for a program.
static bool is_entry_of(const struct norman_image *image, uint32_t index, uint32_t program, uint32_t stage, struct norman_image_list_entry *entry)
{
	struct norman_image_object object;

	norman_image_get(image, NORMAN_SECTION_LISTS, index, entry);
	if (entry->flags >> NORMAN_LIST_FLAG_COVERED & 1)
		return false;
	norman_image_get(image, NORMAN_SECTION_OBJECTS, entry->object, &object);
	return object.program == program && object.stage == stage;
}

static struct norman_rule rule_of(const struct norman_image_list_entry *entry, uint8_t list)
{
	struct norman_rule rule = { .argument = entry->argument,
				    .event = entry->event,
				    .invert = entry->invert,
				    .list = list,
				    .action = entry->action,
				    .flags = entry->flags };

	memcpy(rule.value, entry->value, sizeof(rule.value));
	memcpy(rule.mask, entry->mask, sizeof(rule.mask));
	return rule;
}

// Lays out all lists of a program in one stage at once.
static int fill_lists(struct norman_core *core, struct norman_rule_stage *stage, const struct norman_image *image, uint32_t program, uint32_t epoch,
		      struct norman_problem *problem)
{
	uint32_t records = norman_image_count(image, NORMAN_SECTION_LISTS), count = 0, left = 0, object = 0, i;
	struct norman_image_list_entry entry;
	struct norman_rule *list;
	uint32_t *handles;
	uint8_t id = 0;
	int error;

	for (i = 0; i < records; i++)
		count += is_entry_of(image, i, program, stage->stage, &entry);
	if (!count)
		return 0;
	list = core->allocator.alloc(core->allocator.context, (size_t)count * (sizeof(*list) + sizeof(*handles)));
	if (!list)
		return norman_refuse(problem, -ENOMEM, "", 0, "no memory to load the image");
	handles = (uint32_t *)(list + count);
	for (i = 0, count = 0; i < records; i++) {
		if (!is_entry_of(image, i, program, stage->stage, &entry))
			continue;
		if (!count || entry.object != object)
			id = norman_core_list(core, image, entry.object, epoch);
		object = entry.object;
		list[count++] = rule_of(&entry, id);
	}
	error = norman_rules_load(stage->rules, list, count, handles, &left);
	core->allocator.free(core->allocator.context, list);
	if (error)
		return norman_refuse(problem, error, norman_section_name(NORMAN_SECTION_LISTS), 0,
				     "stage %u is full: no room for %u of %u rules, %u are there", stage->stage, left, count,
				     norman_rules_get_figures(stage->rules)->rules);
	return 0;
}

static int load_lists(struct norman_core *core, const struct norman_image *image, const struct norman_image *previous, uint32_t program,
		      uint32_t epoch, struct norman_problem *problem)
{
	uint32_t i;
	int error = 0;

	for (i = 0; i < core->rule_count && !error; i++) {
		struct norman_rule_stage *stage = &core->rule[i];

		forget_lists(stage, epoch);
		if (!previous)
			forget_lists(stage, 1 - epoch);
		error = name_lists(core, stage, image, program, epoch, problem);
		if (!error)
			error = fill_lists(core, stage, image, program, epoch, problem);
		if (error)
			forget_lists(stage, epoch);
	}
	return error;
}

// A row with the list id that its list has now.
static void place_list(const struct norman_core *core, const struct norman_image *image, uint32_t epoch, struct norman_image_row *row)
{
	uint32_t table = norman_row_slot(row->word, NORMAN_RULE_ROW_TABLE_LSB, NORMAN_RULE_ROW_TABLE_WIDTH), i;
	uint64_t *word = &row->word[NORMAN_RULE_ROW_TABLE_LSB / 64];
	unsigned int lsb = NORMAN_RULE_ROW_TABLE_LSB % 64;

	if (core->config.stages[row->stage] != 'R' || !norman_row_slot(row->word, NORMAN_RULE_ROW_OP_LSB, NORMAN_RULE_ROW_OP_WIDTH))
		return;
	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_OBJECTS); i++) {
		struct norman_image_object object;

		norman_image_get(image, NORMAN_SECTION_OBJECTS, i, &object);
		if (is_list(&object) && object.program == row->program && object.stage == row->stage && object.base == table) {
			*word &= ~(((UINT64_C(1) << NORMAN_RULE_ROW_TABLE_WIDTH) - 1) << lsb);
			*word |= (uint64_t)norman_core_list(core, image, i, epoch) << lsb;
			return;
		}
	}
}

// --- Program ------------------------------------------------------------------------------------------------------

static void load_rows(struct norman_core *core, const struct norman_image *image, uint32_t program, uint32_t epoch)
{
	uint32_t i, word;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_ROWS); i++) {
		struct norman_image_row row;

		norman_image_get(image, NORMAN_SECTION_ROWS, i, &row);
		if (row.program != program)
			continue;
		place_list(core, image, epoch, &row);
		for (word = 0; word < NORMAN_ROW_WORDS; word++)
			core_write(core, NORMAN_REG_ROWS(epoch, row.stage, row.row, word), row.word[word]);
	}
	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_DISPATCH); i++) {
		struct norman_image_dispatch record;

		norman_image_get(image, NORMAN_SECTION_DISPATCH, i, &record);
		if (record.program == program)
			core_write(core, NORMAN_REG_DISPATCH(epoch, record.stage, record.index), record.to_row | (uint64_t)record.to_stage << 8);
	}
}

static void load_maps(struct norman_core *core, const struct norman_image *image, uint32_t program, uint32_t epoch)
{
	uint8_t taps[NORMAN_ENTRY_TAPS][NORMAN_REGISTERS_MAX] = { { 0 } };
	uint32_t i, tap;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_ENTRY); i++) {
		struct norman_image_entry entry;

		norman_image_get(image, NORMAN_SECTION_ENTRY, i, &entry);
		if (entry.program == program)
			taps[entry.tap][entry.reg] = (uint8_t)(16u | entry.word / NORMAN_ENTRY_BANKS);
	}
	for (tap = 0; tap < NORMAN_ENTRY_TAPS; tap++)
		for (i = 0; i < core->config.registers; i++)
			core_write(core, NORMAN_REG_ENTRY_MAP(epoch, tap, i), taps[tap][i]);
	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_EXIT); i++) {
		struct norman_image_exit record;

		norman_image_get(image, NORMAN_SECTION_EXIT, i, &record);
		if (record.program == program)
			core_write(core, NORMAN_REG_EXIT_MAP(epoch, record.target), record.reg | (uint64_t)record.sel << 5);
	}
}

static void load_start(struct norman_core *core, const struct norman_image *image, uint32_t program, uint32_t epoch)
{
	uint64_t start = (uint64_t)NORMAN_NO_RULE << 48 | (uint64_t)NORMAN_STAGE_EXIT << 8;
	uint32_t i;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_PROGRAMS); i++) {
		struct norman_image_program record;

		norman_image_get(image, NORMAN_SECTION_PROGRAMS, i, &record);
		if (record.program == program)
			start = (uint64_t)record.initial_verdict << 32 | (uint64_t)record.stage << 8 | (record.row & 0xffu);
	}
	core_write(core, NORMAN_REG_START(epoch), start);
}

int norman_core_load(struct norman_core *core, const struct norman_image *image, const struct norman_image *previous, uint32_t program,
		     uint32_t epoch, struct norman_problem *problem)
{
	int error;

	if (image->config.number != core->config.number)
		return norman_refuse(problem, -EINVAL, norman_section_name(NORMAN_SECTION_HEADER), 0,
				     "compiled for overlay '%s', this core is '%s': compile with --overlay %s", image->config.name, core->config.name,
				     core->config.name);
	if (previous && (core_read(core, NORMAN_REG_EPOCH) & 1) == epoch)
		return norman_refuse(problem, -EBUSY, "", 0, "epoch %u is the one that packets get", epoch);
	if (!norman_core_drained(core, epoch))
		return norman_refuse(problem, -EBUSY, "", 0, "epoch %u has packets in flight", epoch);
	error = load_objects(core, image, previous, program, problem);
	if (!error)
		error = load_lists(core, image, previous, program, epoch, problem);
	if (error)
		return error;
	load_rows(core, image, program, epoch);
	load_maps(core, image, program, epoch);
	load_start(core, image, program, epoch);
	// From here on, so that nothing is missing when packets get the program; what runs until then loses what it mirrored and
	// the new program does not: it finds such keys no more.
	core_write(core, NORMAN_REG_LEARN_MIRROR, norman_image_mirrors(image, program));
	return 0;
}

void norman_core_flip(struct norman_core *core, uint32_t epoch)
{
	core_write(core, NORMAN_REG_EPOCH, epoch);
}

bool norman_core_drained(struct norman_core *core, uint32_t epoch)
{
	return core_read(core, NORMAN_REG_INFLIGHT(epoch)) == 0;
}

void norman_core_count(struct norman_core *core, uint32_t id, uint64_t *packets, uint64_t *bytes)
{
	uint32_t slot;

	*packets = 0;
	*bytes = 0;
	for (slot = 0; slot < NORMAN_EVENT_SLOTS; slot++) {
		*packets += core_read(core, NORMAN_REG_EVENTS(slot, id, 0));
		*bytes += core_read(core, NORMAN_REG_EVENTS(slot, id, 1));
	}
}

uint64_t norman_core_refused(struct norman_core *core, const struct norman_image_object *object)
{
	if (is_unused(object))
		return 0;
	if (is_set(object))
		return exact_of(core, object->stage)->tables[(uint8_t)object->base].refused;
	if (is_prefixes(object) && norman_core_prefixes(core, object->stage))
		return norman_prefixes_table(norman_core_prefixes(core, object->stage), (uint8_t)object->base)->refused;
	if (is_list(object) && norman_core_rules(core, object->stage))
		return norman_rules_get_figures(norman_core_rules(core, object->stage))->refused;
	return is_learned(object) ? norman_learned_refused(core) : 0;
}

uint64_t norman_core_lost(struct norman_core *core)
{
	return core_read(core, NORMAN_REG_RULE_LOST);
}
