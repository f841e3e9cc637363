// Stand-in for the kernel's header: the error numbers that runtime/core returns.
#pragma once

#define ENOENT 2
#define ENOMEM 12
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define EFBIG 27
#define ENOSPC 28
