// What the portable control plane asks of its host: memory, error numbers and a place for the text of an error.
#ifndef NORMAN_CORE_BASE_H
#define NORMAN_CORE_BASE_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#include "norman/spec/norman_hw.h"

#ifdef __cplusplus
extern "C" {
#endif

// Memory comes from the host. alloc returns zeroed memory or NULL; free takes what alloc returned, never NULL.
struct norman_allocator {
	void *(*alloc)(void *context, size_t size);
	void (*free)(void *context, void *memory);
	void *context;
};

// Why something was refused, for people. Functions that take one fill it exactly when they return an error; it may be
// NULL. `section` is the image section at fault, empty if none; `record` the index in it.
struct norman_problem {
	char section[24];
	uint32_t record;
	char text[200];
};

// Fills a problem (which may be NULL) and returns `error`, so that `return norman_refuse(...)` reads well.
int norman_refuse(struct norman_problem *problem, int error, const char *section, uint32_t record, const char *format, ...)
#if defined(__GNUC__)
	__attribute__((format(printf, 5, 6)))
#endif
	;

#ifdef __cplusplus
}
#endif

#endif
