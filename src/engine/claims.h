/* Who uses which array in a region, to see whether one more item may join.
**
** Memory is *owned* where an element belongs to a neuron by which the work is cut (the neuron's own value, or that of one of its synapses): whoever
** does the neuron's part is alone with it. Any other use is *foreign*. Claims before the parts and after them are the calling thread's. Main thread. */
#ifndef LUNAPSE_ENGINE_CLAIMS_H
#define LUNAPSE_ENGINE_CLAIMS_H
#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"

typedef enum { CLAIM_BEFORE, CLAIM_OWN, CLAIM_FOREIGN, CLAIM_AFTER } ClaimKind;

typedef struct Claim {
  const Buffer *buffer; /* NULL: free */
  const void *owner;    /* population */
  unsigned seen;
  int round;
} Claim;

typedef struct Claims {
  Claim *slots; /* owned; a hash table of `capacity`, a power of two */
  size_t n, capacity;
  int round; /* entries of other rounds count as free */
} Claims;

void claims_free(Claims *u);

/* Begin with nothing. */
void claims_clear(Claims *u);

/* Note one more use, after all those noted so far in the order of the step. *clashes becomes true where the two would meet if both ran in one
** region. False when memory is short. */
bool claims_add(Claims *u, const Array *a, const void *owner, ClaimKind kind, bool is_written, bool *clashes, Error *e);

#endif
