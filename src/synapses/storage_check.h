/* What must hold of a storage, for ASSERT: slow and complete. */
#ifndef LUNAPSE_SYNAPSES_STORAGE_CHECK_H
#define LUNAPSE_SYNAPSES_STORAGE_CHECK_H
#include <stdbool.h>

#include "kernel/program.h"

/* Rows follow one another and cover all synapses, partners exist. `is_sorted`: rows ascend too (not so after
** sorting by delay). NULL is sound: it stands for "out of memory". */
bool storage_is_sound(const Storage *s, bool is_sorted);

#endif
