// Finds the records of an image in its ELF file; core_verify.c says whether they may be loaded.
#include "runtime/core/core_image.h"

#include "runtime/core/core_verify.h"

#ifndef __KERNEL__
#include <string.h>
#endif

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are little endian and are copied as they lie in the file"
#endif

// The little of ELF that is needed, spelled here because the kernel and user space disagree on where <elf.h> is.
struct elf_header {
	unsigned char ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, program_offset, section_offset;
	uint32_t flags;
	uint16_t size, program_size, program_count, section_size, section_count, names_index;
};
struct elf_section {
	uint32_t name, type;
	uint64_t flags, address, offset, size;
	uint32_t link, info;
	uint64_t alignment, entry_size;
};
_Static_assert(sizeof(struct elf_header) == 64, "ELF header");
_Static_assert(sizeof(struct elf_section) == 64, "ELF section header");

#define ELF_CLASS_64 2
#define ELF_DATA_LITTLE 1
#define ELF_RELA 4u
#define ELF_NOBITS 8u
#define ELF_REL 9u
#define ELF_COMPRESSED 0x800u

static const struct {
	const char *name;
	uint32_t size;
} section_kinds[NORMAN_SECTION_COUNT] = {
	[NORMAN_SECTION_HEADER] = { NORMAN_IMAGE_HEADER_SECTION, sizeof(struct norman_image_header) },
	[NORMAN_SECTION_PROGRAMS] = { NORMAN_IMAGE_PROGRAM_SECTION, sizeof(struct norman_image_program) },
	[NORMAN_SECTION_ROWS] = { NORMAN_IMAGE_ROW_SECTION, sizeof(struct norman_image_row) },
	[NORMAN_SECTION_ENTRY] = { NORMAN_IMAGE_ENTRY_SECTION, sizeof(struct norman_image_entry) },
	[NORMAN_SECTION_EXIT] = { NORMAN_IMAGE_EXIT_SECTION, sizeof(struct norman_image_exit) },
	[NORMAN_SECTION_DISPATCH] = { NORMAN_IMAGE_DISPATCH_SECTION, sizeof(struct norman_image_dispatch) },
	[NORMAN_SECTION_OBJECTS] = { NORMAN_IMAGE_OBJECT_SECTION, sizeof(struct norman_image_object) },
	[NORMAN_SECTION_ENTRIES] = { NORMAN_IMAGE_TABLE_ENTRY_SECTION, sizeof(struct norman_image_table_entry) },
	[NORMAN_SECTION_LISTS] = { NORMAN_IMAGE_LIST_ENTRY_SECTION, sizeof(struct norman_image_list_entry) },
	[NORMAN_SECTION_KEYS] = { NORMAN_IMAGE_KEY_WORD_SECTION, sizeof(struct norman_image_key_word) },
	[NORMAN_SECTION_LIST_HEADS] = { NORMAN_IMAGE_LIST_HEAD_SECTION, sizeof(struct norman_image_list_head) },
	[NORMAN_SECTION_ADDED] = { NORMAN_IMAGE_ADDED_RULE_SECTION, sizeof(struct norman_image_added_rule) },
	[NORMAN_SECTION_TABLES] = { NORMAN_IMAGE_TABLE_SECTION, sizeof(struct norman_image_table) },
	[NORMAN_SECTION_PIECES] = { NORMAN_IMAGE_PIECE_SECTION, sizeof(struct norman_image_piece) },
	[NORMAN_SECTION_RULES] = { NORMAN_IMAGE_RULE_SECTION, sizeof(struct norman_image_rule) },
	[NORMAN_SECTION_PREDICATES] = { NORMAN_IMAGE_PREDICATE_SECTION, sizeof(struct norman_image_predicate) },
	[NORMAN_SECTION_INTERFACES] = { NORMAN_IMAGE_INTERFACE_SECTION, sizeof(struct norman_image_interface) },
	[NORMAN_SECTION_REPORT] = { NORMAN_IMAGE_RESOURCE_SECTION, sizeof(struct norman_image_resource) },
	[NORMAN_SECTION_STRINGS] = { ".norman.strings", 1 },
};

const char *norman_section_name(enum norman_section section)
{
	return section_kinds[section].name;
}

uint32_t norman_image_count(const struct norman_image *image, enum norman_section section)
{
	return image->sections[section].count;
}

void norman_image_get(const struct norman_image *image, enum norman_section section, uint32_t index, void *record)
{
	uint32_t size = section_kinds[section].size;

	memcpy(record, image->sections[section].bytes + (size_t)index * size, size);
}

const char *norman_image_string(const struct norman_image *image, uint32_t offset)
{
	return (const char *)image->sections[NORMAN_SECTION_STRINGS].bytes + offset;
}

uint32_t norman_row_slot(const uint64_t word[NORMAN_ROW_WORDS], unsigned int lsb, unsigned int width)
{
	return (uint32_t)(word[lsb / 64] >> (lsb % 64) & ((UINT64_C(1) << width) - 1));
}

// Whether a range of the file lies within it.
static bool within(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

static int find_kind(const char *name)
{
	int i;

	for (i = 0; i < NORMAN_SECTION_COUNT; i++)
		if (strcmp(section_kinds[i].name, name) == 0)
			return i;
	return -1;
}

static int take_section(struct norman_image *image, const unsigned char *bytes, size_t size, const struct elf_section *section, const char *name,
			struct norman_problem *problem)
{
	int kind = find_kind(name);

	if (kind < 0)
		return norman_refuse(problem, -EINVAL, name, 0, "this section is unknown to image version %u", NORMAN_IMAGE_VERSION);
	if (image->sections[kind].bytes)
		return norman_refuse(problem, -EINVAL, name, 0, "the section is there twice");
	if (section->type == ELF_NOBITS || (section->flags & ELF_COMPRESSED))
		return norman_refuse(problem, -EINVAL, name, 0, "the section has no plain contents");
	if (!within(section->offset, section->size, size))
		return norman_refuse(problem, -EINVAL, name, 0, "the section leaves the file of %llu bytes", (unsigned long long)size);
	if (section->size % section_kinds[kind].size)
		return norman_refuse(problem, -EINVAL, name, 0, "the size %llu is no multiple of a record's %u bytes",
				     (unsigned long long)section->size, section_kinds[kind].size);
	image->sections[kind].bytes = bytes + section->offset;
	image->sections[kind].count = (uint32_t)(section->size / section_kinds[kind].size);
	return 0;
}

// The name of a section, or NULL if it does not end within the table of names.
static const char *section_name(const unsigned char *names, uint64_t names_size, uint32_t offset)
{
	if (offset >= names_size || !memchr(names + offset, 0, (size_t)(names_size - offset)))
		return NULL;
	return (const char *)names + offset;
}

static int find_sections(struct norman_image *image, const unsigned char *bytes, size_t size, struct norman_problem *problem)
{
	static const unsigned char magic[4] = { 0x7f, 'E', 'L', 'F' };
	static const char prefix[] = ".norman.";
	struct elf_header header;
	struct elf_section section, names;
	uint32_t i;

	if (size < sizeof(header))
		return norman_refuse(problem, -EINVAL, "", 0, "not an image: %llu bytes are too few for an ELF header", (unsigned long long)size);
	memcpy(&header, bytes, sizeof(header));
	if (memcmp(header.ident, magic, sizeof(magic)) != 0)
		return norman_refuse(problem, -EINVAL, "", 0, "not an image: no ELF file");
	if (header.ident[4] != ELF_CLASS_64 || header.ident[5] != ELF_DATA_LITTLE)
		return norman_refuse(problem, -EINVAL, "", 0, "not an image: ELF, but not 64-bit little endian");
	if (header.section_size != sizeof(section) ||
	    !within(header.section_offset, (uint64_t)header.section_count * sizeof(section), size))
		return norman_refuse(problem, -EINVAL, "", 0, "the image is cut off: its %u section headers at byte %llu leave the file of %llu bytes",
				     header.section_count, (unsigned long long)header.section_offset, (unsigned long long)size);
	if (header.names_index >= header.section_count)
		return norman_refuse(problem, -EINVAL, "", 0, "the image has no section names");
	memcpy(&names, bytes + header.section_offset + (size_t)header.names_index * sizeof(section), sizeof(names));
	if (!within(names.offset, names.size, size))
		return norman_refuse(problem, -EINVAL, "", 0, "the section names leave the file");

	for (i = 0; i < header.section_count; i++) {
		const char *name;
		int error;

		memcpy(&section, bytes + header.section_offset + (size_t)i * sizeof(section), sizeof(section));
		name = section_name(bytes + names.offset, names.size, section.name);
		if (!name)
			return norman_refuse(problem, -EINVAL, "", i, "section %u has no name", i);
		// Relocations name the section that they apply to behind a prefix; records have none.
		if (section.type == ELF_RELA || section.type == ELF_REL) {
			if (strstr(name, prefix))
				return norman_refuse(problem, -EINVAL, name, 0, "records cannot be relocated");
			continue;
		}
		if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
			continue;
		error = take_section(image, bytes, size, &section, name, problem);
		if (error)
			return error;
	}
	return 0;
}

int norman_image_open(struct norman_image *image, const void *bytes, size_t size, const struct norman_allocator *allocator,
		      struct norman_problem *problem)
{
	int error;

	memset(image, 0, sizeof(*image));
	if (size > NORMAN_IMAGE_BYTES_MAX)
		return norman_refuse(problem, -EFBIG, "", 0, "the image has %llu bytes, at most %u are accepted", (unsigned long long)size,
				     NORMAN_IMAGE_BYTES_MAX);
	error = find_sections(image, bytes, size, problem);
	if (error)
		return error;
	return norman_image_verify(image, allocator, problem);
}

uint64_t norman_image_mirrors(const struct norman_image *image, uint32_t program)
{
	uint64_t mirrors = 0;
	uint32_t i;

	for (i = 0; i < norman_image_count(image, NORMAN_SECTION_ROWS); i++) {
		struct norman_image_row row;
		uint32_t mode;

		norman_image_get(image, NORMAN_SECTION_ROWS, i, &row);
		if (row.program != program || row.stage >= image->config.stage_count || image->config.stages[row.stage] != 'E' ||
		    norman_row_slot(row.word, NORMAN_LEARN_ROW_OP_LSB, NORMAN_LEARN_ROW_OP_WIDTH) != NORMAN_OP_E_LEARN)
			continue;
		mode = norman_row_slot(row.word, NORMAN_LEARN_ROW_MODE_LSB, NORMAN_LEARN_ROW_MODE_WIDTH);
		if (mode >> NORMAN_LEARN_MODE_SHARE & 1 && !(mode >> NORMAN_LEARN_MODE_INSERT & 1) && !(mode >> NORMAN_LEARN_MODE_TOUCH & 1))
			mirrors |= UINT64_C(1) << row.stage;
	}
	return mirrors;
}
