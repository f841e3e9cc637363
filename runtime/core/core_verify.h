// Whether the records of an image may be loaded.
#ifndef NORMAN_CORE_VERIFY_H
#define NORMAN_CORE_VERIFY_H

#include "runtime/core/core_image.h"

// Checks every record of an image whose sections were found, and fills in its configuration.
int norman_image_verify(struct norman_image *image, const struct norman_allocator *allocator, struct norman_problem *problem);

#endif
