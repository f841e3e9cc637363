// Stand-in for the kernel's header: formatting into a buffer.
#pragma once

#include <linux/stdarg.h>
#include <linux/types.h>

int snprintf(char *buffer, size_t size, const char *format, ...);
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments);
