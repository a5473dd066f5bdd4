/* Who uses which array in a region, to see whether one more item may join.
**
** Memory is *owned* where an element belongs to a neuron by which the work is cut (the neuron's own value, or that of one of its synapses): whoever
** does the neuron's part is alone with it. Any other use is *foreign*. Uses before the parts and after them are the calling thread's. Main thread. */
#ifndef LUNAPSE_ENGINE_USES_H
#define LUNAPSE_ENGINE_USES_H
#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"

typedef enum { USE_BEFORE, USE_OWN, USE_FOREIGN, USE_AFTER } UseKind;

typedef struct Use {
  const Buffer *buffer; /* NULL: free */
  const void *owner;    /* population */
  unsigned seen;
  int round;
} Use;

typedef struct Uses {
  Use *slots; /* owned; a hash table of `capacity`, a power of two */
  size_t n, capacity;
  int round; /* entries of other rounds count as free */
} Uses;

void uses_free(Uses *u);

/* Begin with nothing. */
void uses_clear(Uses *u);

/* Note one more use, after all those noted so far in the order of the step. *clashes becomes true where the two would meet if both ran in one
** region. False when memory is short. */
bool uses_add(Uses *u, const Array *a, const void *owner, UseKind kind, bool is_written, bool *clashes, Error *e);

#endif
