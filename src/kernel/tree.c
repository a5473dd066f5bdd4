#include "kernel/tree.h"

#include <string.h>

#include "base/clones.h"
#include "base/memory.h"

#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O3", "no-trapping-math") /* the loops are worth vectorising whatever the rest of the program is built with */
#endif

enum { TREE_BLOCK = 128 }; /* trees that go through the sweep together: what they need stays in the cache */

/* ---- checking ----------------------------------------------------------------------------------------------------- */
static bool is_slot(const Program *p, int slot, Scope scope) {
  return slot >= 0 && slot < p->n_slots && p->slots[slot].kind == KIND_REAL && p->slots[slot].scope == scope;
}

/* Parents stand before their children; places are numbered in order. */
static bool is_tree(const LinearDescription *d) {
  int n_places = 0;
  for (int i = 0; i < d->n_nodes; i++) {
    if (i == 0 ? d->parent[i] != -1 : d->parent[i] < 0 || d->parent[i] >= i)
      return false;
    if (d->place[i] != -1 && d->place[i] != n_places++)
      return false;
    if (d->place[i] == -1 && (i == 0 || d->place[d->parent[i]] == -1)) /* joints join places */
      return false;
  }
  return n_places == d->n;
}

bool tree_prepare(Program *p, Linear *s, const LinearDescription *d, Error *e) {
  if (!(d->theta > 0 && d->theta <= 1) || d->cells < 1 || !is_tree(d) || !is_slot(p, d->v, SCOPE_ELEM) ||
      !is_slot(p, d->diagonal, SCOPE_ELEM) || !is_slot(p, d->flow, SCOPE_ELEM) || !is_slot(p, d->coupling, SCOPE_UNIFORM))
    return error_set(e, "program '%s': its tree does not fit its slots", p->name);
  const size_t n = (size_t)d->n_nodes;
  memcpy(s->numbers, d->parent, sizeof *s->numbers * n);
  memcpy(s->numbers + n, d->place, sizeof *s->numbers * n);
  s->n_numbers = 2 * d->n_nodes;
  s->parent = s->numbers;
  s->place = s->numbers + n;
  s->n_nodes = d->n_nodes;
  s->cells = d->cells;
  s->theta = d->theta;
  s->v = d->v;
  s->diagonal = d->diagonal;
  s->flow = d->flow;
  s->coupling = d->coupling;
  p->slot_use[s->v] |= SLOT_IS_READ | SLOT_IS_WRITTEN;
  p->slot_use[s->diagonal] |= SLOT_IS_READ;
  p->slot_use[s->flow] |= SLOT_IS_READ;
  p->slot_use[s->coupling] |= SLOT_IS_READ;
  p->has_elements = true;
  const size_t size = sizeof(double) * n;
  p->scratch_bytes = size + 3 * TREE_BLOCK * size + sizeof(void *) * n;
  return true;
}

/* ---- the step ------------------------------------------------------------------------------------------------------ */
#define real double
#define TREE_NAME(name) name##64
#include "kernel/tree_step.h"
#undef real
#undef TREE_NAME

#define real float
#define TREE_NAME(name) name##32
#include "kernel/tree_step.h"
#undef real
#undef TREE_NAME

KernelFunction tree_function(const Program *p) { return p->is_float ? tree32 : tree64; }
