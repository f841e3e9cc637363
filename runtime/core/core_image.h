// A policy image in memory: found in its ELF file and verified before anything else looks at it.
//
//   legal:    open -> count, get, string ... -> (forget it)
//   illegal:  get or string on an image whose open failed
//
// An image is untrusted input. norman_image_open checks every record, so that what reads an open image need not check
// again: each index, string offset, stage, row and register in it is in range. The image keeps pointers into the bytes,
// which must stay unchanged as long as it is used. The bytes need no alignment.
#ifndef NORMAN_CORE_IMAGE_H
#define NORMAN_CORE_IMAGE_H

#include "runtime/core/core_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum norman_section {
	NORMAN_SECTION_HEADER,
	NORMAN_SECTION_PROGRAMS,
	NORMAN_SECTION_ROWS,
	NORMAN_SECTION_ENTRY,
	NORMAN_SECTION_EXIT,
	NORMAN_SECTION_DISPATCH,
	NORMAN_SECTION_OBJECTS,
	NORMAN_SECTION_ENTRIES,
	NORMAN_SECTION_LISTS,
	NORMAN_SECTION_KEYS,
	NORMAN_SECTION_LIST_HEADS,
	NORMAN_SECTION_ADDED,
	NORMAN_SECTION_TABLES,
	NORMAN_SECTION_PIECES,
	NORMAN_SECTION_RULES,
	NORMAN_SECTION_PREDICATES,
	NORMAN_SECTION_INTERFACES,
	NORMAN_SECTION_REPORT,
	NORMAN_SECTION_STRINGS,
	NORMAN_SECTION_COUNT
};

struct norman_image {
	struct norman_config config; // what it was compiled for
	struct {
		const unsigned char *bytes;
		uint32_t count; // records; bytes of the strings
	} sections[NORMAN_SECTION_COUNT];
};

// Finds and verifies an image. Returns 0, -EINVAL (it breaks a rule: see problem), -EFBIG or -ENOMEM.
int norman_image_open(struct norman_image *image, const void *bytes, size_t size, const struct norman_allocator *allocator,
		      struct norman_problem *problem);

// Number of records of a section; 0 for one that the image does not have.
uint32_t norman_image_count(const struct norman_image *image, enum norman_section section);

// Copies record `index`, which must be below the count, into *record, a structure of that section's kind.
void norman_image_get(const struct norman_image *image, enum norman_section section, uint32_t index, void *record);

// The name at an offset that some record holds.
const char *norman_image_string(const struct norman_image *image, uint32_t offset);

// The name of a section in the file.
const char *norman_section_name(enum norman_section section);

// A slot of a row, by its position over the four words (NORMAN_*_LSB and _WIDTH).
uint32_t norman_row_slot(const uint64_t word[NORMAN_ROW_WORDS], unsigned int lsb, unsigned int width);

// The stages, as bits, in which a program only looks at what the other program's core learns there and shares.
uint64_t norman_image_mirrors(const struct norman_image *image, uint32_t program);

#ifdef __cplusplus
}
#endif

#endif
