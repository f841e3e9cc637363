// Accesses to the entries that an exact stage has learned.
#include "runtime/core/core_learned.h"

static void write_register(struct norman_core *core, uint32_t address, uint64_t value)
{
	core->mmio.write(core->mmio.context, address, value);
}

static uint64_t read_register(struct norman_core *core, uint32_t address)
{
	return core->mmio.read(core->mmio.context, address);
}

static uint64_t target_of(uint32_t stage, uint32_t way, uint32_t row)
{
	return stage | (uint64_t)way << 8 | (uint64_t)row << 16;
}

// Stages an entry that is not valid: what is written with it is deleted.
static void stage_nothing(struct norman_core *core, uint8_t table, const uint32_t key[NORMAN_EXACT_KEY_WORDS])
{
	write_register(core, NORMAN_REG_EXACT_DATA(0), key[0] | (uint64_t)key[1] << 32);
	write_register(core, NORMAN_REG_EXACT_DATA(1), key[2] | (uint64_t)key[3] << 32);
	write_register(core, NORMAN_REG_EXACT_DATA(2), (uint64_t)table << 40);
}

struct norman_learned norman_learned_of(struct norman_core *core, const struct norman_image_object *object)
{
	struct norman_learned learned = { core, object->stage, (uint8_t)object->base, object->size / NORMAN_EXACT_WAYS };

	return learned;
}

bool norman_learned_read(const struct norman_learned *learned, uint32_t slot, struct norman_exact_entry *entry)
{
	uint32_t way = slot % NORMAN_EXACT_WAYS, row = learned->table * NORMAN_LEARN_UNIT + slot / NORMAN_EXACT_WAYS, i;
	uint64_t words[3];

	write_register(learned->core, NORMAN_REG_EXACT_READ, target_of(learned->stage, way, row));
	for (i = 0; i < 3; i++)
		words[i] = read_register(learned->core, NORMAN_REG_EXACT_DATA(i));
	for (i = 0; i < NORMAN_EXACT_KEY_WORDS; i++)
		entry->key[i] = (uint32_t)(words[i / 2] >> (32 * (i % 2)));
	entry->value = (uint32_t)words[2];
	entry->action = (uint8_t)(words[2] >> 32);
	entry->table = (uint8_t)(words[2] >> 40);
	entry->valid = words[2] >> 48 & 1;
	entry->zero = 0;
	return entry->valid && entry->table == learned->table;
}

bool norman_learned_alive(const struct norman_exact_entry *entry, uint32_t now)
{
	return (now - entry->value) >> 31;
}

void norman_learned_remove(const struct norman_learned *learned, const uint32_t key[NORMAN_EXACT_KEY_WORDS])
{
	uint64_t hash = norman_exact_hash(0, key);
	uint32_t way;

	stage_nothing(learned->core, learned->table, key);
	for (way = 0; way < NORMAN_EXACT_WAYS; way++) {
		uint32_t row = (uint32_t)(hash >> (NORMAN_HASH_SHIFT * way)) & (learned->rows - 1);

		write_register(learned->core, NORMAN_REG_EXACT_CHANGE, target_of(learned->stage, way, learned->table * NORMAN_LEARN_UNIT + row));
	}
}

void norman_learned_clear(const struct norman_learned *learned)
{
	norman_learned_clear_rows(learned->core, learned->stage, learned->table * NORMAN_LEARN_UNIT, learned->rows);
}

uint32_t norman_learned_sweep(const struct norman_learned *learned, uint32_t now)
{
	uint32_t slot, removed = 0;

	for (slot = 0; slot < learned->rows * NORMAN_EXACT_WAYS; slot++) {
		struct norman_exact_entry entry;

		if (!norman_learned_read(learned, slot, &entry) || norman_learned_alive(&entry, now))
			continue;
		stage_nothing(learned->core, learned->table, entry.key);
		write_register(learned->core, NORMAN_REG_EXACT_CHANGE,
			       target_of(learned->stage, slot % NORMAN_EXACT_WAYS, learned->table * NORMAN_LEARN_UNIT + slot / NORMAN_EXACT_WAYS));
		removed++;
	}
	return removed;
}

uint64_t norman_learned_refused(struct norman_core *core)
{
	return read_register(core, NORMAN_REG_LEARN_FULL);
}

void norman_learned_clear_rows(struct norman_core *core, uint32_t stage, uint32_t first, uint32_t count)
{
	static const uint32_t no_key[NORMAN_EXACT_KEY_WORDS];
	uint32_t row, way;

	stage_nothing(core, 0, no_key);
	for (row = first; row < first + count; row++)
		for (way = 0; way < NORMAN_EXACT_WAYS; way++)
			write_register(core, NORMAN_REG_EXACT_WRITE, target_of(stage, way, row));
}
