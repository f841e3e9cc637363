// Turns a verified image into register writes.
#include "runtime/core/core_load.h"

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

static void write_exact(void *context, uint32_t way, uint32_t row, const struct norman_exact_entry *entry)
{
	struct norman_exact_stage *stage = context;

	core_write(stage->core, NORMAN_REG_EXACT_DATA(0), entry->key[0] | (uint64_t)entry->key[1] << 32);
	core_write(stage->core, NORMAN_REG_EXACT_DATA(1), entry->key[2] | (uint64_t)entry->key[3] << 32);
	core_write(stage->core, NORMAN_REG_EXACT_DATA(2),
		   entry->value | (uint64_t)entry->action << 32 | (uint64_t)entry->table << 40 | (uint64_t)entry->valid << 48);
	core_write(stage->core, NORMAN_REG_EXACT_WRITE, stage->stage | (uint64_t)way << 8 | (uint64_t)row << 16);
}

static bool same_config(struct norman_core *core, const struct norman_config *config)
{
	uint32_t i;

	for (i = 0; i < 64; i++) {
		unsigned char kind = (unsigned char)(core_read(core, NORMAN_REG_CAP_STRING(i / 8)) >> (8 * (i % 8)));

		if (kind != (i < config->stage_count ? (unsigned char)config->stages[i] : 0))
			return false;
	}
	return core_read(core, NORMAN_REG_CAP_CONFIG) == config->number && core_read(core, NORMAN_REG_CAP_STAGES) == config->stage_count &&
	       core_read(core, NORMAN_REG_CAP_REGISTERS) == config->registers && core_read(core, NORMAN_REG_CAP_ROWS) == NORMAN_ROWS_PER_STAGE &&
	       core_read(core, NORMAN_REG_CAP_TAP_STAGE) == config->tap_stage && core_read(core, NORMAN_REG_CAP_EXACT_ROWS) == config->exact_rows &&
	       core_read(core, NORMAN_REG_CAP_STATE_WORDS) == config->state_words && core_read(core, NORMAN_REG_CAP_EVENT_IDS) == config->event_ids;
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
}

static struct norman_exact *exact_of(struct norman_core *core, uint32_t stage)
{
	uint32_t i;

	for (i = 0; i < core->exact_count; i++)
		if (core->exact[i].stage == stage)
			return &core->exact[i].table;
	return NULL; // verified images name exact stages only
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

static bool is_set(const struct norman_image_object *object)
{
	return object->kind == NORMAN_OBJECT_KIND_SET;
}

// Whether two objects of one program use the same memory.
static bool overlap(const struct norman_image_object *a, const struct norman_image_object *b)
{
	if (is_counter(a) != is_counter(b) || is_set(a) != is_set(b) || a->stage != b->stage)
		return false;
	if (is_set(a))
		return a->base == b->base;
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

static bool same_object(const struct norman_image *image_a, const struct norman_image_object *a, const struct norman_image *image_b,
			const struct norman_image_object *b)
{
	return a->kind == b->kind && a->stage == b->stage && a->base == b->base && a->size == b->size && a->type == b->type &&
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
		if (old.program != object->program || !overlap(object, &old))
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

// Whether each object is new and must begin anew is found once and remembered in `begins`.
static int begin_objects(struct norman_core *core, const struct norman_image *image, const struct norman_image *previous, uint32_t program,
			 uint8_t *begins, struct norman_problem *problem)
{
	uint32_t i;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_OBJECTS); i++) {
		struct norman_image_object object;

		norman_image_get(image, NORMAN_SECTION_OBJECTS, i, &object);
		if (object.program != program || is_unused(&object))
			continue;
		if (previous) {
			int keep = kept(image, i, &object, previous, problem);

			if (keep < 0)
				return keep;
			if (keep)
				continue;
		}
		begins[i] = 1;
		if (is_counter(&object))
			begin_counter(core, object.base, object.size);
		else if (is_set(&object))
			norman_exact_remove_table(exact_of(core, object.stage), (uint8_t)object.base);
		else
			begin_state(core, &object);
	}
	return 0;
}

static int fill_tables(struct norman_core *core, const struct norman_image *image, uint32_t program, const uint8_t *begins,
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
		error = norman_exact_insert(exact_of(core, object.stage), (uint8_t)object.base, entry.key, entry.value, entry.action);
		if (error == -EEXIST)
			return norman_refuse(problem, -EINVAL, section, i, "an entry of '%s' is there twice", norman_image_string(image, object.name));
		if (error)
			return norman_refuse(problem, error, section, i, "stage %u is full: no room for an entry of '%s'", object.stage,
					     norman_image_string(image, object.name));
	}
	return 0;
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
		begin_counter(core, NORMAN_EVENT_INCOMPLETE, 1);
	}
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

// --- Program ------------------------------------------------------------------------------------------------------

static void load_rows(struct norman_core *core, const struct norman_image *image, uint32_t program, uint32_t epoch)
{
	uint32_t i, word;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_ROWS); i++) {
		struct norman_image_row row;

		norman_image_get(image, NORMAN_SECTION_ROWS, i, &row);
		if (row.program != program)
			continue;
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
	if (error)
		return error;
	load_rows(core, image, program, epoch);
	load_maps(core, image, program, epoch);
	load_start(core, image, program, epoch);
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
