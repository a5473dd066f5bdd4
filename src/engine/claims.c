#include "engine/claims.h"

#include "base/memory.h"

/* What has been seen of a buffer. */
enum { OWN_READ = 1, OWN_WRITTEN = 2, FOREIGN_READ = 4, FOREIGN_WRITTEN = 8, AFTER_READ = 16, AFTER_WRITTEN = 32 };
enum { WRITTEN = OWN_WRITTEN | FOREIGN_WRITTEN | AFTER_WRITTEN, NOT_OWN = FOREIGN_READ | FOREIGN_WRITTEN | AFTER_READ | AFTER_WRITTEN };

void claims_free(Claims *u) {
  memory_free(u->slots);
  *u = (Claims){ 0 };
}

void claims_clear(Claims *u) {
  u->n = 0;
  u->round++;
}

static Claim *find(const Claims *u, const Buffer *buffer) {
  size_t at = ((size_t)buffer >> 4) * 0x9e3779b97f4a7c15u >> 20 & (u->capacity - 1);
  while (u->slots[at].round == u->round && u->slots[at].buffer != NULL && u->slots[at].buffer != buffer)
    at = (at + 1) & (u->capacity - 1);
  return &u->slots[at];
}

static bool grow(Claims *u, Error *e) {
  Claims wider = { .capacity = u->capacity == 0 ? 64 : 2 * u->capacity, .n = u->n, .round = u->round };
  wider.slots = memory_new(sizeof *wider.slots * wider.capacity);
  if (wider.slots == NULL)
    return error_memory(e, "plan of a step", (double)(sizeof *wider.slots * wider.capacity));
  for (size_t k = 0; k < u->capacity; k++)
    if (u->slots[k].buffer != NULL && u->slots[k].round == u->round)
      *find(&wider, u->slots[k].buffer) = u->slots[k];
  memory_free(u->slots);
  *u = wider;
  return true;
}

/* Would the new use meet an earlier one in the same region? Of two that are the calling thread's, before or after, the order stays. */
static bool meets(unsigned seen, bool is_same_owner, ClaimKind kind, bool is_written) {
  switch (kind) {
  case CLAIM_BEFORE: /* it would come before all parts */
  case CLAIM_FOREIGN: return (seen & (is_written ? WRITTEN | OWN_READ | FOREIGN_READ | AFTER_READ : WRITTEN)) != 0;
  case CLAIM_OWN:
    if (!is_same_owner && (seen & (is_written ? OWN_READ | OWN_WRITTEN : OWN_WRITTEN)) != 0)
      return true;
    return (seen & (is_written ? NOT_OWN : FOREIGN_WRITTEN | AFTER_WRITTEN)) != 0;
  case CLAIM_AFTER: return false;
  }
  return true;
}

bool claims_add(Claims *u, const Array *a, const void *owner, ClaimKind kind, bool is_written, bool *clashes, Error *e) {
  if (2 * (u->n + 1) > u->capacity && !grow(u, e))
    return false;
  Claim *use = find(u, a->buffer);
  if (use->buffer == NULL || use->round != u->round) {
    *use = (Claim){ .buffer = a->buffer, .round = u->round };
    u->n++;
  }
  if (kind == CLAIM_OWN && a->at != a->buffer->data)
    kind = CLAIM_FOREIGN; /* a view that begins later: its elements are not numbered as the neurons */
  *clashes |= meets(use->seen, use->owner == NULL || use->owner == owner, kind, is_written);
  if (kind == CLAIM_OWN) {
    use->seen |= is_written ? OWN_WRITTEN : OWN_READ;
    use->owner = use->owner == NULL ? owner : use->owner;
  } else if (kind != CLAIM_BEFORE) {
    use->seen |= kind == CLAIM_FOREIGN ? (is_written ? FOREIGN_WRITTEN : FOREIGN_READ) : (is_written ? AFTER_WRITTEN : AFTER_READ);
  }
  return true;
}
