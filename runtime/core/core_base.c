// The text of a refusal.
#include "runtime/core/core_base.h"

#ifndef __KERNEL__
#include <stdarg.h>
#include <stdio.h>
#else
#include <linux/stdarg.h>
#endif

int norman_refuse(struct norman_problem *problem, int error, const char *section, uint32_t record, const char *format, ...)
{
	va_list arguments;

	if (!problem)
		return error;
	snprintf(problem->section, sizeof(problem->section), "%s", section);
	problem->record = record;
	va_start(arguments, format);
	vsnprintf(problem->text, sizeof(problem->text), format, arguments);
	va_end(arguments);
	return error;
}
