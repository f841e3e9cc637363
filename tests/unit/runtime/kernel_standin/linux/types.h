// Stand-in for the kernel's header: just what runtime/core may use of it.
#pragma once

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef long int64_t;
typedef unsigned long size_t;
typedef _Bool bool;
enum { false, true };
#define NULL ((void *)0)
