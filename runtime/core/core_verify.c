// Verifies an image: every record against the configuration, against the contract, and against the other records.
//
// The order matters: objects before what refers to them, the set of rows before successors.
#include "runtime/core/core_verify.h"

#ifndef __KERNEL__
#include <string.h>
#endif

#define PROGRAMS 2u
#define STAGES 64u
#define BITS(n) (((n) + 31u) / 32u)
#define WORDS_MAX 8192u // of a state stage, and event ids: what the register map has room for

#define LEARNED_EVER 0x80u // entries do not expire

// Of all names, each counted as often as records have it: whoever lists an image copies them. The largest policy, 65 535 rules in a
// file with a long path, has a tenth of that.
#define NAME_BYTES_MAX (UINT32_C(1) << 28)

struct ownership {
	uint32_t owned[BITS(WORDS_MAX)]; // belongs to some object
	uint32_t starts[BITS(WORDS_MAX)]; // is the first of its object
};

// What is known of the whole image while its records are looked at one by one.
struct verify {
	struct norman_image *image;
	struct norman_problem *problem;
	unsigned int stages;
	uint32_t name_bytes;
	uint32_t row[PROGRAMS][STAGES][BITS(NORMAN_ROWS_PER_STAGE)];
	uint32_t dispatch[PROGRAMS][STAGES][BITS(NORMAN_DISPATCH_ENTRIES)];
	uint32_t table[PROGRAMS][STAGES][BITS(NORMAN_TABLES_MAX)];
	uint32_t entries[PROGRAMS][STAGES]; // table entries of a stage
	uint8_t learned[PROGRAMS][STAGES][NORMAN_TABLES_MAX]; // learned tables by id: one more than the size of their rows, and LEARNED_EVER
	uint64_t mirrors[PROGRAMS], learns[PROGRAMS]; // stages that look at the other core's keys, that take keys in
	uint32_t learned_rows[PROGRAMS][STAGES][BITS(NORMAN_TABLES_MAX)]; // that belong to a learned table, in units of LearnUnit
	uint32_t entry_map[PROGRAMS][NORMAN_ENTRY_TAPS];
	uint32_t exit_map[PROGRAMS];
	uint32_t program;
	uint32_t interface[BITS(65536u)];
	struct ownership events[PROGRAMS];
	struct ownership state[PROGRAMS][STAGES];
	// Actions that entries of a table or list name, [program][stage][table]; large, and only lookup stages have any.
	uint32_t action[PROGRAMS][STAGES][NORMAN_TABLES_MAX][BITS(256u)];
};

#define REFUSE(v, kind, index, ...) norman_refuse((v)->problem, -EINVAL, norman_section_name(kind), index, __VA_ARGS__)

static bool test(const uint32_t *bits, uint32_t n)
{
	return bits[n / 32] >> (n % 32) & 1u;
}

static void mark(uint32_t *bits, uint32_t n)
{
	bits[n / 32] |= UINT32_C(1) << (n % 32);
}

// The number of a thing of which there are `limit`; -EINVAL and a message for one beyond them.
static int check_below(struct verify *v, enum norman_section kind, uint32_t index, const char *what, uint32_t n, uint32_t limit)
{
	if (n >= limit)
		return REFUSE(v, kind, index, "%s %u, there are %u", what, n, limit);
	return 0;
}

// The same for a thing that an image may have once; `taken` holds a bit for each.
static int check_once(struct verify *v, enum norman_section kind, uint32_t index, const char *what, uint32_t n, uint32_t limit, uint32_t *taken)
{
	if (check_below(v, kind, index, what, n, limit))
		return -EINVAL;
	if (test(taken, n))
		return REFUSE(v, kind, index, "%s %u is there twice", what, n);
	mark(taken, n);
	return 0;
}

static int check_reserved(struct verify *v, enum norman_section kind, uint32_t index, uint32_t bits)
{
	if (bits)
		return REFUSE(v, kind, index, "reserved bytes are not zero");
	return 0;
}

static char stage_kind(const struct verify *v, unsigned int stage)
{
	return stage < v->stages ? v->image->config.stages[stage] : '\0';
}

static int check_header(struct verify *v)
{
	static const struct norman_config configs[] = NORMAN_CONFIGS;
	const enum norman_section kind = NORMAN_SECTION_HEADER;
	struct norman_image_header header;
	size_t length;

	if (norman_image_count(v->image, kind) != 1)
		return REFUSE(v, kind, 0, "not an image: %u header records, expected 1", norman_image_count(v->image, kind));
	norman_image_get(v->image, kind, 0, &header);
	if (header.magic != NORMAN_IMAGE_MAGIC)
		return REFUSE(v, kind, 0, "not an image: the first word is 0x%08x, expected 0x%08x", header.magic, NORMAN_IMAGE_MAGIC);
	if (header.version != NORMAN_IMAGE_VERSION)
		return REFUSE(v, kind, 0, "image version %u, this loader knows version %u: compile the policy again", header.version,
			      NORMAN_IMAGE_VERSION);
	if (header.isa_version != NORMAN_ISA_VERSION)
		return REFUSE(v, kind, 0, "rows of version %u, this loader knows version %u: compile the policy again", header.isa_version,
			      NORMAN_ISA_VERSION);
	if (check_below(v, kind, 0, "configuration", header.config, NORMAN_CONFIG_COUNT))
		return -EINVAL;
	v->image->config = configs[header.config];
	v->stages = v->image->config.stage_count;
	length = strlen(v->image->config.stages);
	if (header.stages != v->stages || header.registers != v->image->config.registers ||
	    memcmp(header.stage_string, v->image->config.stages, length) != 0)
		return REFUSE(v, kind, 0, "compiled for another build of configuration '%s': compile the policy again", v->image->config.name);
	for (; length < sizeof(header.stage_string); length++)
		if (header.stage_string[length])
			return REFUSE(v, kind, 0, "the stage string is not zero padded");
	return check_reserved(v, kind, 0, header.zero);
}

static int check_strings(struct verify *v)
{
	const enum norman_section kind = NORMAN_SECTION_STRINGS;
	uint32_t size = norman_image_count(v->image, kind);
	const unsigned char *bytes = v->image->sections[kind].bytes;

	if (!size)
		return REFUSE(v, kind, 0, "the section is missing or empty");
	if (bytes[0] || bytes[size - 1])
		return REFUSE(v, kind, 0, "the strings do not begin and end with a zero byte");
	return 0;
}

static int check_name(struct verify *v, enum norman_section kind, uint32_t index, uint32_t offset)
{
	size_t length;

	if (offset >= norman_image_count(v->image, NORMAN_SECTION_STRINGS))
		return REFUSE(v, kind, index, "name at byte %u, the strings have %u", offset, norman_image_count(v->image, NORMAN_SECTION_STRINGS));
	length = strlen(norman_image_string(v->image, offset));
	if (length > NAME_BYTES_MAX - v->name_bytes)
		return REFUSE(v, kind, index, "the names of all records have more than %u bytes", NAME_BYTES_MAX);
	v->name_bytes += (uint32_t)length;
	return 0;
}

static int check_stage(struct verify *v, enum norman_section kind, uint32_t index, uint32_t stage)
{
	if (stage >= v->stages)
		return REFUSE(v, kind, index, "stage %u, configuration '%s' has %u", stage, v->image->config.name, v->stages);
	return 0;
}

static int check_register(struct verify *v, enum norman_section kind, uint32_t index, uint32_t reg)
{
	if (reg >= v->image->config.registers)
		return REFUSE(v, kind, index, "register r%u, configuration '%s' has %u", reg, v->image->config.name, v->image->config.registers);
	return 0;
}

static int check_selector(struct verify *v, enum norman_section kind, uint32_t index, uint32_t selector)
{
	if (selector > NORMAN_SELECTOR_H1)
		return REFUSE(v, kind, index, "selector %u is undefined", selector);
	return 0;
}

// The verdict word of a program or of an instruction.
static int check_verdict(struct verify *v, enum norman_section kind, uint32_t index, uint32_t word)
{
	uint32_t verdict = word & 7, reason = word >> 3 & 31, rule = word >> 16;

	if (verdict > NORMAN_VERDICT_REJECT || reason > NORMAN_REASON_INCOMPLETE || (word >> 8 & 0xff))
		return REFUSE(v, kind, index, "verdict word 0x%08x is undefined", word);
	return rule == NORMAN_NO_RULE ? 0 : check_below(v, kind, index, "rule", rule, norman_image_count(v->image, NORMAN_SECTION_RULES));
}

static int check_rules(struct verify *v)
{
	const enum norman_section kind = NORMAN_SECTION_RULES;
	uint32_t i, count = norman_image_count(v->image, kind);
	struct norman_image_rule rule;

	if (count > NORMAN_NO_RULE)
		return REFUSE(v, kind, count, "%u rules, at most %u have a number", count, NORMAN_NO_RULE);
	for (i = 0; i < count; i++) {
		norman_image_get(v->image, kind, i, &rule);
		if (check_name(v, kind, i, rule.policy) || check_name(v, kind, i, rule.name) || check_name(v, kind, i, rule.file) ||
		    check_name(v, kind, i, rule.action))
			return -EINVAL;
	}
	return 0;
}

// --- Objects ----------------------------------------------------------------------------------------------------

static int claim(struct verify *v, uint32_t index, struct ownership *owner, uint32_t limit, const struct norman_image_object *object,
		 const char *what)
{
	uint32_t i;

	if (!object->size || object->base >= limit || object->size > limit - object->base)
		return REFUSE(v, NORMAN_SECTION_OBJECTS, index, "%u %s from %u on, there are %u", object->size, what, object->base, limit);
	for (i = object->base; i < object->base + object->size; i++) {
		if (test(owner->owned, i))
			return REFUSE(v, NORMAN_SECTION_OBJECTS, index, "%s %u belongs to another object too", what, i);
		mark(owner->owned, i);
	}
	mark(owner->starts, object->base);
	return 0;
}

static bool any(const uint32_t *bits, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < BITS(count); i++)
		if (bits[i])
			return true;
	return false;
}

// A learned table takes rows of each way that are its own; the stage's other rows are for other learned tables only, because
// software moves the entries of sets to wherever there is room.
static int check_learned(struct verify *v, uint32_t index, const struct norman_image_object *object)
{
	const enum norman_section kind = NORMAN_SECTION_OBJECTS;
	uint32_t unit = NORMAN_LEARN_UNIT * NORMAN_EXACT_WAYS, units = v->image->config.exact_rows / NORMAN_LEARN_UNIT, size = 0, i;

	if (stage_kind(v, object->stage) != 'E' || !(v->image->config.learning >> object->stage & 1))
		return REFUSE(v, kind, index, "a learned table in stage %u, which cannot learn", object->stage);
	while (size < 8 && unit << size != object->size)
		size++;
	if (size == 8 || object->size / unit > units)
		return REFUSE(v, kind, index, "a learned table of %u entries, expected a power of two from %u to %u", object->size, unit, units * unit);
	if (object->base % (1u << size) || object->base >= units || (1u << size) > units - object->base)
		return REFUSE(v, kind, index, "a learned table of %u entries has the id %u, expected a multiple of %u below %u", object->size, object->base,
			      1u << size, units);
	if (object->shift > 32)
		return REFUSE(v, kind, index, "times in units of 2^%u ticks, at most 2^32", object->shift);
	if (any(v->table[object->program][object->stage], NORMAN_TABLES_MAX))
		return REFUSE(v, kind, index, "a learned table in stage %u, which holds a set", object->stage);
	for (i = object->base; i < object->base + (1u << size); i++) {
		if (test(v->learned_rows[object->program][object->stage], i))
			return REFUSE(v, kind, index, "rows of the learned table belong to another one too");
		mark(v->learned_rows[object->program][object->stage], i);
	}
	v->learned[object->program][object->stage][object->base] = (uint8_t)((size + 1) | (object->shift ? 0 : LEARNED_EVER));
	return 0;
}

static int check_object(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_OBJECTS;
	struct norman_image_object object;

	norman_image_get(v->image, kind, index, &object);
	if (check_name(v, kind, index, object.name) || check_below(v, kind, index, "program", object.program, PROGRAMS))
		return -EINVAL;
	if (object.kind != NORMAN_OBJECT_KIND_LEARNED && check_reserved(v, kind, index, object.shift))
		return -EINVAL;
	switch (object.kind) {
	case NORMAN_OBJECT_KIND_COUNTER:
	case NORMAN_OBJECT_KIND_LOG:
		if (object.stage != NORMAN_STAGE_EXIT)
			return REFUSE(v, kind, index, "a counter in stage %u, they are at the exit", object.stage);
		return claim(v, index, &v->events[object.program], v->image->config.event_ids, &object, "event ids");
	case NORMAN_OBJECT_KIND_METER:
	case NORMAN_OBJECT_KIND_STATE:
		if (object.stage == NORMAN_STAGE_EXIT)
			return 0; // no row uses it
		if (stage_kind(v, object.stage) != 'S')
			return REFUSE(v, kind, index, "state in stage %u, which is no state stage", object.stage);
		return claim(v, index, &v->state[object.program][object.stage], v->image->config.state_words, &object, "state words");
	case NORMAN_OBJECT_KIND_SET:
		if (object.stage == NORMAN_STAGE_EXIT)
			return 0; // no row uses it
		if (stage_kind(v, object.stage) != 'E')
			return REFUSE(v, kind, index, "a set in stage %u, which is no exact stage", object.stage);
		if (any(v->learned_rows[object.program][object.stage], NORMAN_TABLES_MAX))
			return REFUSE(v, kind, index, "a set in stage %u, which holds a learned table", object.stage);
		return check_once(v, kind, index, "table id", object.base, NORMAN_TABLES_MAX, v->table[object.program][object.stage]);
	case NORMAN_OBJECT_KIND_RULES:
		if (object.stage == NORMAN_STAGE_EXIT)
			return 0; // no row uses it
		if (stage_kind(v, object.stage) != 'R')
			return REFUSE(v, kind, index, "a rule list in stage %u, which is no rule stage", object.stage);
		return check_once(v, kind, index, "list id", object.base, NORMAN_TABLES_MAX, v->table[object.program][object.stage]);
	case NORMAN_OBJECT_KIND_PREFIXES:
		if (object.stage == NORMAN_STAGE_EXIT)
			return 0; // no row uses it
		if (stage_kind(v, object.stage) != 'L')
			return REFUSE(v, kind, index, "a prefix table in stage %u, which is no prefix stage", object.stage);
		return check_once(v, kind, index, "table id", object.base, NORMAN_TABLES_MAX, v->table[object.program][object.stage]);
	case NORMAN_OBJECT_KIND_LEARNED:
		return object.stage == NORMAN_STAGE_EXIT ? 0 : check_learned(v, index, &object);
	default:
		return REFUSE(v, kind, index, "object kind %u does not exist", object.kind);
	}
}

// Whether a key has no bits beyond a length.
static bool is_prefix(const uint32_t key[NORMAN_EXACT_KEY_WORDS], uint32_t length)
{
	uint32_t i;

	for (i = 0; i < NORMAN_EXACT_KEY_WORDS; i++) {
		uint32_t bits = length > 32 * i ? length - 32 * i : 0;

		if (bits < 32 && (key[i] & ~UINT32_C(0) >> bits))
			return false;
	}
	return length <= 32 * NORMAN_EXACT_KEY_WORDS;
}

// Whether a stage of this kind looks something up and can dispatch.
static bool looks_up(char kind)
{
	return kind == 'E' || kind == 'R' || kind == 'L';
}

static int check_table_entry(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_ENTRIES;
	struct norman_image_table_entry entry;
	struct norman_image_object object;
	uint32_t room;

	norman_image_get(v->image, kind, index, &entry);
	if (check_below(v, kind, index, "object", entry.object, norman_image_count(v->image, NORMAN_SECTION_OBJECTS)) ||
	    check_reserved(v, kind, index, entry.zero[0] | entry.zero[1]))
		return -EINVAL;
	norman_image_get(v->image, NORMAN_SECTION_OBJECTS, entry.object, &object);
	if (object.kind != NORMAN_OBJECT_KIND_SET && object.kind != NORMAN_OBJECT_KIND_PREFIXES)
		return REFUSE(v, kind, index, "object %u is neither a set nor a prefix table", entry.object);
	if (object.kind == NORMAN_OBJECT_KIND_PREFIXES ? !is_prefix(entry.key, entry.length) : entry.length)
		return REFUSE(v, kind, index, "a key of %u bits that count has others", entry.length);
	if (object.stage == NORMAN_STAGE_EXIT)
		return 0; // no row uses the set; its base means nothing and was not checked
	room = object.kind == NORMAN_OBJECT_KIND_SET ? NORMAN_EXACT_WAYS * v->image->config.exact_rows : v->image->config.prefix_entries;
	if (++v->entries[object.program][object.stage] > room)
		return REFUSE(v, kind, index, "more than the %u entries that stage %u holds", room, object.stage);
	mark(v->action[object.program][object.stage][object.base], entry.action);
	return 0;
}

static bool has_flag(const struct norman_image_list_entry *entry, unsigned int flag)
{
	return entry->flags >> flag & 1;
}

static int check_list_entry(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_LISTS;
	const struct norman_config *config = &v->image->config;
	uint32_t room = config->rule_trees * config->rule_rows * NORMAN_RULE_LEAF_SLOTS + config->rule_overflow;
	struct norman_image_list_entry entry;
	struct norman_image_object object;
	uint32_t half;

	norman_image_get(v->image, kind, index, &entry);
	if (check_below(v, kind, index, "object", entry.object, norman_image_count(v->image, NORMAN_SECTION_OBJECTS)) ||
	    (entry.rule != NORMAN_NO_RULE && check_below(v, kind, index, "rule", entry.rule, norman_image_count(v->image, NORMAN_SECTION_RULES))))
		return -EINVAL;
	norman_image_get(v->image, NORMAN_SECTION_OBJECTS, entry.object, &object);
	if (object.kind != NORMAN_OBJECT_KIND_RULES)
		return REFUSE(v, kind, index, "object %u is no rule list", entry.object);
	if (entry.flags >> (NORMAN_LIST_FLAG_COVERED + 1))
		return REFUSE(v, kind, index, "flags 0x%02x are undefined", entry.flags);
	if (has_flag(&entry, NORMAN_LIST_FLAG_TERMINAL) && has_flag(&entry, NORMAN_LIST_FLAG_CARRIED))
		return REFUSE(v, kind, index, "the action of a terminal entry is not carried");
	if (entry.invert >> NORMAN_RULE_ENTRY_INVERT_WIDTH)
		return REFUSE(v, kind, index, "inverted groups 0x%04x, there are %u", entry.invert, NORMAN_RULE_ENTRY_INVERT_WIDTH);
	for (half = 0; half < 4; half++) {
		uint32_t word = NORMAN_RULE_RANGE_WORD + half / 2, shift = 16 * (half % 2);

		if ((entry.value[word] >> shift & 0xffff) > (entry.mask[word] >> shift & 0xffff))
			return REFUSE(v, kind, index, "the range of half %u of key word %u is empty", half % 2, word);
	}
	if (has_flag(&entry, NORMAN_LIST_FLAG_COUNTED) && (entry.event >= config->event_ids || !test(v->events[object.program].owned, entry.event)))
		return REFUSE(v, kind, index, "event id %u belongs to no counter", entry.event);
	if (object.stage == NORMAN_STAGE_EXIT)
		return 0; // no row uses the list; its base means nothing and was not checked
	if (has_flag(&entry, NORMAN_LIST_FLAG_COVERED))
		return 0; // the loader leaves it out
	if (++v->entries[object.program][object.stage] > room)
		return REFUSE(v, kind, index, "more than the %u entries that stage %u holds", room, object.stage);
	if (has_flag(&entry, NORMAN_LIST_FLAG_TERMINAL) || has_flag(&entry, NORMAN_LIST_FLAG_CARRIED))
		mark(v->action[object.program][object.stage][object.base], entry.action);
	return 0;
}

static int check_key_word(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_KEYS;
	struct norman_image_key_word record;
	struct norman_image_object object;

	norman_image_get(v->image, kind, index, &record);
	if (check_below(v, kind, index, "object", record.object, norman_image_count(v->image, NORMAN_SECTION_OBJECTS)) ||
	    check_reserved(v, kind, index, record.zero))
		return -EINVAL;
	norman_image_get(v->image, NORMAN_SECTION_OBJECTS, record.object, &object);
	if (object.kind != NORMAN_OBJECT_KIND_SET && object.kind != NORMAN_OBJECT_KIND_RULES && object.kind != NORMAN_OBJECT_KIND_LEARNED &&
	    object.kind != NORMAN_OBJECT_KIND_PREFIXES)
		return REFUSE(v, kind, index, "object %u has no key", record.object);
	if (check_below(v, kind, index, "key word", record.key,
			object.kind == NORMAN_OBJECT_KIND_RULES ? NORMAN_RULE_KEY_WORDS : NORMAN_EXACT_KEY_WORDS))
		return -EINVAL;
	return record.word == 255 ? 0 : check_below(v, kind, index, "entry word", record.word, NORMAN_ENTRY_WORDS);
}

// What tools that add rules are told; nothing here depends on it.
static int check_list_head(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_LIST_HEADS;
	struct norman_image_list_head record;
	struct norman_image_object object;

	norman_image_get(v->image, kind, index, &record);
	if (check_below(v, kind, index, "object", record.object, norman_image_count(v->image, NORMAN_SECTION_OBJECTS)) ||
	    check_name(v, kind, index, record.owner) || check_below(v, kind, index, "hook", record.hook, NORMAN_HOOK_POSTROUTING + 1) ||
	    check_below(v, kind, index, "verdicts", record.ends, 1u << (NORMAN_LIST_END_STOP + 1)) ||
	    check_below(v, kind, index, "number of event slots", record.events, NORMAN_EVENT_SLOTS + 1) ||
	    check_below(v, kind, index, "number of event slots", record.miss_events, record.events + 1u))
		return -EINVAL;
	norman_image_get(v->image, NORMAN_SECTION_OBJECTS, record.object, &object);
	return object.kind == NORMAN_OBJECT_KIND_RULES ? 0 : REFUSE(v, kind, index, "object %u is no rule list", record.object);
}

static int check_added(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_ADDED;
	struct norman_image_added_rule record;

	norman_image_get(v->image, kind, index, &record);
	return check_below(v, kind, index, "rule", record.rule, norman_image_count(v->image, NORMAN_SECTION_RULES)) ? -EINVAL :
														      check_name(v, kind, index, record.text);
}

// The set that a record describes, for tools.
static int check_described(struct verify *v, enum norman_section kind, uint32_t index, uint32_t object_index, uint32_t reserved)
{
	struct norman_image_object object;

	if (check_below(v, kind, index, "object", object_index, norman_image_count(v->image, NORMAN_SECTION_OBJECTS)) ||
	    check_reserved(v, kind, index, reserved))
		return -EINVAL;
	norman_image_get(v->image, NORMAN_SECTION_OBJECTS, object_index, &object);
	if (object.kind != NORMAN_OBJECT_KIND_SET && object.kind != NORMAN_OBJECT_KIND_PREFIXES)
		return REFUSE(v, kind, index, "object %u is neither a set nor a prefix table", object_index);
	return 0;
}

static int check_table(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_TABLES;
	struct norman_image_table record;

	norman_image_get(v->image, kind, index, &record);
	if (check_described(v, kind, index, record.object, record.zero[0] | record.zero[1] | record.zero[2]))
		return -EINVAL;
	return record.changes > 1 ? REFUSE(v, kind, index, "changes is %u, expected 0 or 1", record.changes) : 0;
}

static int check_piece(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_PIECES;
	struct norman_image_piece record;

	norman_image_get(v->image, kind, index, &record);
	if (check_described(v, kind, index, record.object, record.zero) ||
	    check_below(v, kind, index, "type of value", record.type, NORMAN_VALUE_TYPE_BYTES + 1) ||
	    check_below(v, kind, index, "key word", record.word, record.part == NORMAN_PIECE_OF_VALUE ? 1 : NORMAN_EXACT_KEY_WORDS))
		return -EINVAL;
	if (record.part != NORMAN_PIECE_OF_VALUE && check_below(v, kind, index, "part of a key", record.part, 2 * NORMAN_EXACT_KEY_WORDS))
		return -EINVAL;
	if (!record.width || record.width > 32 || record.shift > 32 - record.width || record.low > 128 - record.width)
		return REFUSE(v, kind, index, "%u bits from bit %u on at bit %u of a word", record.width, record.low, record.shift);
	return 0;
}

// Whether words or ids [base, base + count) belong to one object.
static bool owned_by_one(const struct ownership *owner, uint32_t base, uint32_t count)
{
	uint32_t i;

	for (i = base; i < base + count; i++)
		if (!test(owner->owned, i) || (i != base && test(owner->starts, i)))
			return false;
	return true;
}

// --- Rows -------------------------------------------------------------------------------------------------------

enum lane_code {
#define LANE_CODE(name, mask, match, flags) LANE_##name,
	NORMAN_LANE_ENCODINGS(LANE_CODE)
#undef LANE_CODE
	LANE_NONE, // the all-zero word: nothing is done
};

enum {
	READS_RA = 1,
	READS_RB = 2,
	READS_PC = 4,
	WRITES_RD = 8,
	WRITES_PD = 16,
	LANE_ZERO_ONLY = 32,
	WRITES_SLOT = 64,
};

static const struct {
	uint64_t mask, match;
	unsigned int flags;
} lane_encodings[] = {
#define LANE_ENCODING(name, mask, match, flags) { mask, match, flags },
	NORMAN_LANE_ENCODINGS(LANE_ENCODING)
#undef LANE_ENCODING
};

static const struct {
	const char *name;
	char kind;
	bool reserved;
	uint64_t mask[NORMAN_ROW_WORDS], match[NORMAN_ROW_WORDS];
} row_encodings[] = {
#define ROW_ENCODING(name, kind, reserved, m0, v0, m1, v1, m2, v2, m3, v3) { #name, kind, reserved, { m0, m1, m2, m3 }, { v0, v1, v2, v3 } },
	NORMAN_ROW_ENCODINGS(ROW_ENCODING)
#undef ROW_ENCODING
};

#define SLOT(word, name) norman_row_slot(word, name##_LSB, name##_WIDTH)
#define KIND NORMAN_SECTION_ROWS

// Bits of word 2 that are not the control word.
#define BEYOND_CONTROL (~UINT64_C(0) << (NORMAN_CONTROL_WORD_BMODE_LSB + NORMAN_CONTROL_WORD_BMODE_WIDTH - 128u))

// What a lane writes, so that two lanes can be compared; -1 for nothing.
struct writes {
	int reg, predicate, slot;
	bool verdict;
};

static int check_event(struct verify *v, uint32_t index, uint32_t program, enum lane_code code, uint32_t base)
{
	if (code == LANE_EVENT && base == NORMAN_EVENT_INCOMPLETE)
		return 0;
	if (base >= v->image->config.event_ids || !test(v->events[program].owned, base))
		return REFUSE(v, KIND, index, "event id %u belongs to no counter", base);
	return 0;
}

static int check_lane(struct verify *v, uint32_t index, const struct norman_image_row *row, unsigned int lane, struct writes *writes)
{
	const uint64_t word[NORMAN_ROW_WORDS] = { row->word[lane], 0, 0, 0 };
	unsigned int flags, imm = SLOT(word, NORMAN_LANE_RI_IMM);
	enum lane_code code = 0;

	writes->reg = writes->predicate = writes->slot = -1;
	writes->verdict = false;
	if (!word[0])
		return 0;
	while (code < LANE_NONE && (word[0] & lane_encodings[code].mask) != lane_encodings[code].match)
		code++;
	if (code == LANE_NONE)
		return REFUSE(v, KIND, index, "lane %u holds 0x%016llx, which is no instruction", lane, (unsigned long long)word[0]);
	flags = lane_encodings[code].flags;
	if ((flags & LANE_ZERO_ONLY) && lane != 0)
		return REFUSE(v, KIND, index, "lane %u has no shifter and no multiplier", lane);
	if (flags & READS_RA)
		if (check_register(v, KIND, index, SLOT(word, NORMAN_LANE_RR_RA)) || check_selector(v, KIND, index, SLOT(word, NORMAN_LANE_RR_ASEL)))
			return -EINVAL;
	if (flags & READS_RB)
		if (check_register(v, KIND, index, SLOT(word, NORMAN_LANE_RR_RB)) || check_selector(v, KIND, index, SLOT(word, NORMAN_LANE_RR_BSEL)))
			return -EINVAL;
	if (flags & WRITES_RD) {
		writes->reg = (int)SLOT(word, NORMAN_LANE_RR_RD);
		if (check_register(v, KIND, index, (uint32_t)writes->reg))
			return -EINVAL;
	}
	if (flags & WRITES_PD)
		writes->predicate = (int)SLOT(word, NORMAN_LANE_RR_PD);
	if (flags & WRITES_SLOT) {
		writes->slot = (int)SLOT(word, NORMAN_LANE_EVENT_SLOT);
		return check_event(v, index, row->program, code, imm);
	}
	if (code == LANE_VERDICT || code == LANE_VERDICTr)
		writes->verdict = true;
	if (code == LANE_VERDICT)
		return check_verdict(v, KIND, index, imm);
	if (code == LANE_ACT) {
		uint32_t known = (UINT32_C(1) << NORMAN_EXIT_TARGETS) - 1;

		if (imm & ~(known | UINT32_C(1) << NORMAN_ACT_CAPTURE | UINT32_C(1) << NORMAN_ACT_LOG))
			return REFUSE(v, KIND, index, "act bits 0x%08x are undefined", imm);
		if (imm & known & ~v->exit_map[row->program])
			return REFUSE(v, KIND, index, "act applies exit targets 0x%06x, the exit map has 0x%06x", imm & known, v->exit_map[row->program]);
	}
	return 0;
}

static int check_alu(struct verify *v, uint32_t index, const struct norman_image_row *row)
{
	struct writes writes[2];
	unsigned int lane;

	if ((row->word[2] & BEYOND_CONTROL) || row->word[3])
		return REFUSE(v, KIND, index, "bits of an ALU row that mean nothing are not zero");
	for (lane = 0; lane < 2; lane++)
		if (check_lane(v, index, row, lane, &writes[lane]))
			return -EINVAL;
	if (writes[0].reg >= 0 && writes[0].reg == writes[1].reg)
		return REFUSE(v, KIND, index, "both lanes write register r%d", writes[0].reg);
	if (writes[0].predicate >= 0 && writes[0].predicate == writes[1].predicate)
		return REFUSE(v, KIND, index, "both lanes write predicate p%d", writes[0].predicate);
	if (writes[0].slot >= 0 && writes[0].slot == writes[1].slot)
		return REFUSE(v, KIND, index, "both lanes write event slot %d", writes[0].slot);
	if (writes[0].verdict && writes[1].verdict)
		return REFUSE(v, KIND, index, "both lanes write the verdict");
	return 0;
}

static int check_operand(struct verify *v, uint32_t index, uint32_t operand)
{
	uint32_t mode = operand >> 8, selector = operand >> 5 & 7, reg = operand & 31;

	if (mode == NORMAN_OPERAND_MODE_REG && reg >= v->image->config.operands)
		return REFUSE(v, KIND, index, "register r%u is an operand, lookup and state rows read r0 to r%u", reg, v->image->config.operands - 1);
	if (mode == NORMAN_OPERAND_MODE_REG)
		return check_register(v, KIND, index, reg) || check_selector(v, KIND, index, selector) ? -EINVAL : 0;
	if (mode > NORMAN_OPERAND_MODE_IMM)
		return REFUSE(v, KIND, index, "operand mode %u is undefined", mode);
	if (selector || reg)
		return REFUSE(v, KIND, index, "an operand that is no register names one");
	return 0;
}

static int check_result(struct verify *v, uint32_t index, bool writes, uint32_t reg)
{
	if (writes && reg >= NORMAN_RESULT_REGISTERS)
		return REFUSE(v, KIND, index, "register r%u is a result, lookup and state rows write r0 to r%u", reg, NORMAN_RESULT_REGISTERS - 1);
	return 0;
}

static int check_operands(struct verify *v, uint32_t index, const struct norman_image_row *row, const unsigned int *lsb, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (check_operand(v, index, norman_row_slot(row->word, lsb[i], 10)))
			return -EINVAL;
	return 0;
}

// A row that dispatches goes to dispatch entries that exist, whatever entry of its table is found.
static int check_actions(struct verify *v, uint32_t index, const struct norman_image_row *row, uint32_t table, uint32_t dbase)
{
	uint32_t action;

	if (SLOT(row->word, NORMAN_CONTROL_WORD_BMODE) != NORMAN_BRANCH_MODE_DISPATCH)
		return 0;
	for (action = 0; action < 256; action++) {
		if (!test(v->action[row->program][row->stage][table], action))
			continue;
		if (dbase + action >= NORMAN_DISPATCH_ENTRIES || !test(v->dispatch[row->program][row->stage], dbase + action))
			return REFUSE(v, KIND, index, "entries have action %u, but dispatch entry %u does not exist", action, dbase + action);
	}
	return 0;
}

static int check_learn(struct verify *v, uint32_t index, const struct norman_image_row *row)
{
	uint32_t table = SLOT(row->word, NORMAN_LEARN_ROW_TABLE), size = SLOT(row->word, NORMAN_LEARN_ROW_SIZE);
	uint32_t mode = SLOT(row->word, NORMAN_LEARN_ROW_MODE), timeout = SLOT(row->word, NORMAN_LEARN_ROW_IMM);
	uint32_t learned = v->learned[row->program][row->stage][table];

	if (SLOT(row->word, NORMAN_LEARN_ROW_NOW) >= v->image->config.operands)
		return REFUSE(v, KIND, index, "register r%u holds the time, lookup rows read r0 to r%u", SLOT(row->word, NORMAN_LEARN_ROW_NOW),
			      v->image->config.operands - 1);
	if (mode >> NORMAN_LEARN_MODE_BYTE & 1 && SLOT(row->word, NORMAN_LEARN_ROW_BYTE) >= v->image->config.operands)
		return REFUSE(v, KIND, index, "register r%u holds the byte, lookup rows read r0 to r%u", SLOT(row->word, NORMAN_LEARN_ROW_BYTE),
			      v->image->config.operands - 1);
	if (!learned)
		return REFUSE(v, KIND, index, "table %u of stage %u belongs to no learned table", table, row->stage);
	if ((learned & ~LEARNED_EVER) != size + 1)
		return REFUSE(v, KIND, index, "the row says size %u of learned table %u, it is %u", size, table, (learned & ~LEARNED_EVER) - 1);
	if ((mode >> NORMAN_LEARN_MODE_EVER & 1) != (learned & LEARNED_EVER ? 1 : 0))
		return REFUSE(v, KIND, index, "the row and learned table %u differ in whether entries expire", table);
	if (!(learned & LEARNED_EVER) && (!timeout || timeout > UINT32_C(1) << 31))
		return REFUSE(v, KIND, index, "timeout %u, expected 1 to 2147483648", timeout);
	if (SLOT(row->word, NORMAN_CONTROL_WORD_BMODE) == NORMAN_BRANCH_MODE_DISPATCH)
		return REFUSE(v, KIND, index, "a learning lookup does not dispatch");
	if (mode >> NORMAN_LEARN_MODE_INSERT & 1 || mode >> NORMAN_LEARN_MODE_TOUCH & 1)
		v->learns[row->program] |= UINT64_C(1) << row->stage;
	else if (mode >> NORMAN_LEARN_MODE_SHARE & 1)
		v->mirrors[row->program] |= UINT64_C(1) << row->stage;
	// The stage would write its own entries where the other core's come.
	if (v->mirrors[row->program] & v->learns[row->program])
		return REFUSE(v, KIND, index, "stage %u both learns keys and looks at those that the other core shares", row->stage);
	return 0;
}

static int check_lookup(struct verify *v, uint32_t index, const struct norman_image_row *row)
{
	static const unsigned int keys[] = { NORMAN_LOOKUP_ROW_K0_LSB, NORMAN_LOOKUP_ROW_K1_LSB, NORMAN_LOOKUP_ROW_K2_LSB,
					     NORMAN_LOOKUP_ROW_K3_LSB };
	uint32_t table = SLOT(row->word, NORMAN_LOOKUP_ROW_TABLE), dbase = SLOT(row->word, NORMAN_LOOKUP_ROW_DBASE);

	if (check_operands(v, index, row, keys, sizeof(keys) / sizeof(keys[0])))
		return -EINVAL;
	if (check_result(v, index, SLOT(row->word, NORMAN_LOOKUP_ROW_DWE), SLOT(row->word, NORMAN_LOOKUP_ROW_RD)))
		return -EINVAL;
	if (stage_kind(v, row->stage) == 'E' && SLOT(row->word, NORMAN_LOOKUP_ROW_OP) == NORMAN_OP_E_LEARN)
		return check_learn(v, index, row);
	if (!test(v->table[row->program][row->stage], table))
		return REFUSE(v, KIND, index, "table %u of stage %u belongs to no %s", table, row->stage,
			      stage_kind(v, row->stage) == 'L' ? "prefix table" : "set");
	return check_actions(v, index, row, table, dbase);
}

// Key words come from few registers each, and whole.
static int check_key_operand(struct verify *v, uint32_t index, uint32_t key, uint32_t operand)
{
	uint32_t mode = operand >> 8, selector = operand >> 5 & 7, reg = operand & 31;

	if (mode == NORMAN_OPERAND_MODE_ZERO)
		return check_operand(v, index, operand);
	if (mode != NORMAN_OPERAND_MODE_REG)
		return REFUSE(v, KIND, index, "key word %u is neither a register nor zero", key);
	if (check_register(v, KIND, index, reg))
		return -EINVAL;
	if (selector != NORMAN_SELECTOR_W)
		return REFUSE(v, KIND, index, "key word %u is a part of a register", key);
	if (reg % NORMAN_RULE_KEY_BANKS != key % NORMAN_RULE_KEY_BANKS)
		return REFUSE(v, KIND, index, "key word %u cannot come from register r%u: the remainders by %u differ", key, reg,
			      NORMAN_RULE_KEY_BANKS);
	return 0;
}

static int check_rule(struct verify *v, uint32_t index, const struct norman_image_row *row)
{
	static const unsigned int keys[NORMAN_RULE_KEY_WORDS] = {
		NORMAN_RULE_ROW_K0_LSB,	 NORMAN_RULE_ROW_K1_LSB,  NORMAN_RULE_ROW_K2_LSB,  NORMAN_RULE_ROW_K3_LSB, NORMAN_RULE_ROW_K4_LSB,
		NORMAN_RULE_ROW_K5_LSB,	 NORMAN_RULE_ROW_K6_LSB,  NORMAN_RULE_ROW_K7_LSB,  NORMAN_RULE_ROW_K8_LSB, NORMAN_RULE_ROW_K9_LSB,
		NORMAN_RULE_ROW_K10_LSB, NORMAN_RULE_ROW_K11_LSB, NORMAN_RULE_ROW_K12_LSB, NORMAN_RULE_ROW_K13_LSB
	};
	uint32_t table = SLOT(row->word, NORMAN_RULE_ROW_TABLE), rd = SLOT(row->word, NORMAN_RULE_ROW_RD), rc = SLOT(row->word, NORMAN_RULE_ROW_RC), i;
	bool dwe = SLOT(row->word, NORMAN_RULE_ROW_DWE), rce = SLOT(row->word, NORMAN_RULE_ROW_RCE);

	for (i = 0; i < NORMAN_RULE_KEY_WORDS; i++)
		if (check_key_operand(v, index, i, norman_row_slot(row->word, keys[i], 10)))
			return -EINVAL;
	if (check_result(v, index, dwe, rd) || check_result(v, index, rce, rc))
		return -EINVAL;
	if (dwe && rce && rd == rc)
		return REFUSE(v, KIND, index, "argument and actions both go to register r%u", rd);
	if (!test(v->table[row->program][row->stage], table))
		return REFUSE(v, KIND, index, "list %u of stage %u belongs to no rule list", table, row->stage);
	return check_actions(v, index, row, table, SLOT(row->word, NORMAN_RULE_ROW_DBASE));
}

static int check_state(struct verify *v, uint32_t index, const struct norman_image_row *row)
{
	static const unsigned int operands[] = { NORMAN_STATE_ROW_INDEX_LSB, NORMAN_STATE_ROW_ALO_LSB, NORMAN_STATE_ROW_AHI_LSB,
						 NORMAN_STATE_ROW_BLO_LSB,   NORMAN_STATE_ROW_BHI_LSB, NORMAN_STATE_ROW_KLO_LSB,
						 NORMAN_STATE_ROW_KHI_LSB };
	uint32_t base = SLOT(row->word, NORMAN_STATE_ROW_BASE), bound = SLOT(row->word, NORMAN_STATE_ROW_BOUND);
	uint32_t low = SLOT(row->word, NORMAN_STATE_ROW_RDLO), high = SLOT(row->word, NORMAN_STATE_ROW_RDHI);
	bool lowe = SLOT(row->word, NORMAN_STATE_ROW_LOWE), hiwe = SLOT(row->word, NORMAN_STATE_ROW_HIWE);

	if (check_operands(v, index, row, operands, sizeof(operands) / sizeof(operands[0])))
		return -EINVAL;
	if (check_result(v, index, lowe, low) || check_result(v, index, hiwe, high))
		return -EINVAL;
	if (lowe && hiwe && low == high)
		return REFUSE(v, KIND, index, "both halves of the result go to register r%u", low);
	if (SLOT(row->word, NORMAN_STATE_ROW_F) > NORMAN_STATE_OP_MAXADD || SLOT(row->word, NORMAN_STATE_ROW_G) > NORMAN_STATE_OP_MAXADD ||
	    SLOT(row->word, NORMAN_STATE_ROW_RET) > NORMAN_STATE_RET_NEW)
		return REFUSE(v, KIND, index, "the state step is undefined");
	if (base >= v->image->config.state_words || bound >= v->image->config.state_words - base)
		return REFUSE(v, KIND, index, "state words %u to %u, stage %u has %u", base, base + bound, row->stage, v->image->config.state_words);
	if (!owned_by_one(&v->state[row->program][row->stage], base, bound + 1))
		return REFUSE(v, KIND, index, "state words %u to %u of stage %u do not belong to one object", base, base + bound, row->stage);
	return 0;
}

static int check_gather(struct verify *v, uint32_t index, const struct norman_image_row *row)
{
	static const unsigned int operands[] = { NORMAN_GATHER_ROW_INDEX_LSB };

	if (check_operands(v, index, row, operands, 1))
		return -EINVAL;
	if (check_result(v, index, SLOT(row->word, NORMAN_GATHER_ROW_DWE), SLOT(row->word, NORMAN_GATHER_ROW_RD)))
		return -EINVAL;
	if (SLOT(row->word, NORMAN_GATHER_ROW_BASE) > NORMAN_GATHER_BASE_L4 || SLOT(row->word, NORMAN_GATHER_ROW_SIZE) > NORMAN_GATHER_SIZE_WORD)
		return REFUSE(v, KIND, index, "the bytes to read are undefined: base %u, size %u", SLOT(row->word, NORMAN_GATHER_ROW_BASE),
			      SLOT(row->word, NORMAN_GATHER_ROW_SIZE));
	return 0;
}

static int check_wide(struct verify *v, uint32_t index, const struct norman_image_row *row)
{
	char kind = stage_kind(v, row->stage);
	unsigned int i, w;

	if (!row->word[0] && !row->word[1] && !(row->word[2] & BEYOND_CONTROL) && !row->word[3])
		return 0; // only goes on
	for (i = 0; i < sizeof(row_encodings) / sizeof(row_encodings[0]); i++) {
		if (row_encodings[i].kind != kind)
			continue;
		for (w = 0; w < NORMAN_ROW_WORDS; w++)
			if ((row->word[w] & row_encodings[i].mask[w]) != row_encodings[i].match[w])
				break;
		if (w < NORMAN_ROW_WORDS)
			continue;
		if (row_encodings[i].reserved)
			return REFUSE(v, KIND, index, "instruction %s is reserved", row_encodings[i].name);
		return kind == 'E' || kind == 'L' ? check_lookup(v, index, row) : kind == 'R' ? check_rule(v, index, row) :
		       kind == 'G' ? check_gather(v, index, row) : check_state(v, index, row);
	}
	return REFUSE(v, KIND, index, "no instruction of stage kind %c looks like this", kind);
}

static int check_successor(struct verify *v, enum norman_section section, uint32_t index, uint32_t program, uint32_t from, uint32_t stage, uint32_t row)
{
	if (stage == NORMAN_STAGE_EXIT)
		return 0;
	if (stage <= from)
		return REFUSE(v, section, index, "stage %u follows stage %u: programs go forward only", stage, from);
	if (stage >= v->stages || !test(v->row[program][stage], row))
		return REFUSE(v, section, index, "the successor, row %u of stage %u, does not exist", row, stage);
	return 0;
}

static int check_row(struct verify *v, uint32_t index)
{
	struct norman_image_row row;
	uint32_t mode;

	norman_image_get(v->image, KIND, index, &row);
	if (stage_kind(v, row.stage) == 'A' ? check_alu(v, index, &row) : check_wide(v, index, &row))
		return -EINVAL;
	if (check_successor(v, KIND, index, row.program, row.stage, SLOT(row.word, NORMAN_CONTROL_WORD_NEXT_STAGE),
			    SLOT(row.word, NORMAN_CONTROL_WORD_NEXT_ROW)))
		return -EINVAL;
	mode = SLOT(row.word, NORMAN_CONTROL_WORD_BMODE);
	if (mode == NORMAN_BRANCH_MODE_OWN && stage_kind(v, row.stage) == 'A')
		return REFUSE(v, KIND, index, "an ALU row has no hit and no condition to branch on");
	if (mode == NORMAN_BRANCH_MODE_DISPATCH && !looks_up(stage_kind(v, row.stage)))
		return REFUSE(v, KIND, index, "only lookup rows dispatch");
	if (mode == NORMAN_BRANCH_MODE_PRED || mode == NORMAN_BRANCH_MODE_OWN)
		return check_successor(v, KIND, index, row.program, row.stage, SLOT(row.word, NORMAN_CONTROL_WORD_TAKEN_STAGE),
				       SLOT(row.word, NORMAN_CONTROL_WORD_TAKEN_ROW));
	return 0;
}

// Which rows exist: first, because successors lie ahead.
static int place_row(struct verify *v, uint32_t index)
{
	struct norman_image_row row;

	norman_image_get(v->image, KIND, index, &row);
	if (check_below(v, KIND, index, "program", row.program, PROGRAMS) || check_stage(v, KIND, index, row.stage))
		return -EINVAL;
	return check_once(v, KIND, index, "row", row.row, NORMAN_ROWS_PER_STAGE, v->row[row.program][row.stage]);
}

// --- Maps and names -----------------------------------------------------------------------------------------------

static int check_program(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_PROGRAMS;
	struct norman_image_program program;

	norman_image_get(v->image, kind, index, &program);
	if (check_once(v, kind, index, "program", program.program, PROGRAMS, &v->program))
		return -EINVAL;
	if (program.stage != NORMAN_STAGE_EXIT &&
	    (program.stage >= v->stages || program.row >= NORMAN_ROWS_PER_STAGE || !test(v->row[program.program][program.stage], program.row)))
		return REFUSE(v, kind, index, "the first row, row %u of stage %u, does not exist", program.row, program.stage);
	return check_verdict(v, kind, index, program.initial_verdict);
}

static int check_entry(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_ENTRY;
	struct norman_image_entry entry;

	norman_image_get(v->image, kind, index, &entry);
	if (check_below(v, kind, index, "program", entry.program, PROGRAMS) || check_register(v, kind, index, entry.reg))
		return -EINVAL;
	if (check_below(v, kind, index, "tap", entry.tap, NORMAN_ENTRY_TAPS) ||
	    check_below(v, kind, index, "entry word", entry.word, NORMAN_ENTRY_WORDS))
		return -EINVAL;
	if (entry.word % NORMAN_ENTRY_BANKS != entry.reg % NORMAN_ENTRY_BANKS)
		return REFUSE(v, kind, index, "entry word %u cannot go to register r%u: the remainders by %u differ", entry.word, entry.reg,
			      NORMAN_ENTRY_BANKS);
	if (entry.tap != 0 && entry.reg < v->image->config.registers / NORMAN_TAP_SHARE)
		return REFUSE(v, kind, index, "register r%u, the second tap loads registers from r%u on", entry.reg, v->image->config.registers / NORMAN_TAP_SHARE);
	if (check_once(v, kind, index, "register", entry.reg, v->image->config.registers, &v->entry_map[entry.program][entry.tap]))
		return -EINVAL;
	return check_reserved(v, kind, index, entry.zero);
}

static int check_exit(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_EXIT;
	struct norman_image_exit record;

	norman_image_get(v->image, kind, index, &record);
	if (check_below(v, kind, index, "program", record.program, PROGRAMS) || check_register(v, kind, index, record.reg) ||
	    check_selector(v, kind, index, record.sel))
		return -EINVAL;
	if (check_once(v, kind, index, "exit target", record.target, NORMAN_EXIT_TARGETS, &v->exit_map[record.program]))
		return -EINVAL;
	if (record.reg % NORMAN_EXIT_BANKS != record.target % NORMAN_EXIT_BANKS)
		return REFUSE(v, kind, index, "exit target %u cannot come from register r%u: the remainders by %u differ", record.target, record.reg,
			      NORMAN_EXIT_BANKS);
	if (record.sel != NORMAN_SELECTOR_W && (NORMAN_WHOLE_TARGETS >> record.target & 1))
		return REFUSE(v, kind, index, "exit target %u takes whole registers, and no part of r%u", record.target, record.reg);
	return check_reserved(v, kind, index, record.zero);
}

static int check_dispatch(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_DISPATCH;
	struct norman_image_dispatch record;

	norman_image_get(v->image, kind, index, &record);
	if (check_below(v, kind, index, "program", record.program, PROGRAMS))
		return -EINVAL;
	if (!looks_up(stage_kind(v, record.stage)))
		return REFUSE(v, kind, index, "stage %u is no lookup stage", record.stage);
	if (check_once(v, kind, index, "dispatch entry", record.index, NORMAN_DISPATCH_ENTRIES, v->dispatch[record.program][record.stage]) ||
	    check_below(v, kind, index, "row", record.to_row, NORMAN_ROWS_PER_STAGE) || check_reserved(v, kind, index, record.zero))
		return -EINVAL;
	return check_successor(v, kind, index, record.program, record.stage, record.to_stage, record.to_row);
}

static int check_predicate(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_PREDICATES;
	struct norman_image_predicate record;

	norman_image_get(v->image, kind, index, &record);
	if (record.bit >= NORMAN_OWNER_PREDICATES || record.subject > 1 || record.kind > NORMAN_PREDICATE_KIND_CGROUP_IN || record.zero)
		return REFUSE(v, kind, index, "bit %u, subject %u, kind %u: no such predicate", record.bit, record.subject, record.kind);
	return check_name(v, kind, index, record.name);
}

static int check_interface(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_INTERFACES;
	struct norman_image_interface record;
	const char *name;
	uint32_t i;

	norman_image_get(v->image, kind, index, &record);
	if (check_name(v, kind, index, record.name))
		return -EINVAL;
	if (!record.number)
		return REFUSE(v, kind, index, "an interface has the number 0, which means none");
	name = norman_image_string(v->image, record.name);
	if (!*name || name[strlen(name) - 1] != '*')
		return check_once(v, kind, index, "interface", record.number, 65536u, v->interface);
	if (record.number % NORMAN_INTERFACE_BLOCK)
		return REFUSE(v, kind, index, "a pattern of interfaces has the number %u, expected a multiple of %u", record.number, NORMAN_INTERFACE_BLOCK);
	for (i = 0; i < NORMAN_INTERFACE_BLOCK; i++)
		if (check_once(v, kind, index, "interface", record.number + i, 65536u, v->interface))
			return -EINVAL;
	return 0;
}

static int check_resource(struct verify *v, uint32_t index)
{
	const enum norman_section kind = NORMAN_SECTION_REPORT;
	struct norman_image_resource record;

	norman_image_get(v->image, kind, index, &record);
	if (check_name(v, kind, index, record.name) || check_below(v, kind, index, "program", record.program, PROGRAMS))
		return -EINVAL;
	if (record.stage != NORMAN_STAGE_EXIT && check_stage(v, kind, index, record.stage))
		return -EINVAL;
	return 0;
}

static int for_each(struct verify *v, enum norman_section section, int (*check)(struct verify *v, uint32_t index))
{
	uint32_t i;

	for (i = 0; i < norman_image_count(v->image, section); i++) {
		int error = check(v, i);

		if (error)
			return error;
	}
	return 0;
}

static int verify_all(struct verify *v)
{
	static const struct {
		enum norman_section section;
		int (*check)(struct verify *v, uint32_t index);
	} passes[] = {
		{ NORMAN_SECTION_OBJECTS, check_object }, // before entries and rows, which name objects
		{ NORMAN_SECTION_ENTRIES, check_table_entry }, // before rows, whose dispatch must know the actions
		{ NORMAN_SECTION_LISTS, check_list_entry },
		{ NORMAN_SECTION_KEYS, check_key_word },
		{ NORMAN_SECTION_LIST_HEADS, check_list_head },
		{ NORMAN_SECTION_ADDED, check_added },
		{ NORMAN_SECTION_TABLES, check_table },
		{ NORMAN_SECTION_PIECES, check_piece },
		{ NORMAN_SECTION_ROWS, place_row }, // before successors
		{ NORMAN_SECTION_EXIT, check_exit }, // before rows, whose act word names targets
		{ NORMAN_SECTION_DISPATCH, check_dispatch },
		{ NORMAN_SECTION_ROWS, check_row },
		{ NORMAN_SECTION_PROGRAMS, check_program },
		{ NORMAN_SECTION_ENTRY, check_entry },
		{ NORMAN_SECTION_PREDICATES, check_predicate },
		{ NORMAN_SECTION_INTERFACES, check_interface },
		{ NORMAN_SECTION_REPORT, check_resource },
	};
	size_t i;
	int error;

	error = check_header(v);
	if (!error)
		error = check_strings(v);
	if (!error)
		error = check_rules(v);
	for (i = 0; !error && i < sizeof(passes) / sizeof(passes[0]); i++)
		error = for_each(v, passes[i].section, passes[i].check);
	return error;
}

int norman_image_verify(struct norman_image *image, const struct norman_allocator *allocator, struct norman_problem *problem)
{
	struct verify *v = allocator->alloc(allocator->context, sizeof(*v));
	int error;

	if (!v)
		return norman_refuse(problem, -ENOMEM, "", 0, "no memory to verify the image");
	v->image = image;
	v->problem = problem;
	error = verify_all(v);
	allocator->free(allocator->context, v);
	return error;
}
