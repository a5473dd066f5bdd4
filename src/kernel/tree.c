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

/* ---- the order of elimination ---------------------------------------------------------------------------------------- */
/* The node from which the way to the farthest one is shortest. `room` has 3 n numbers. */
static int middle_of(const LinearDescription *d, int *room) {
  const int n = d->n_nodes;
  int *const down = room, *const second = room + n,
             *const up = room + 2 * n; /* longest ways: to an end, to one by another child, by the parent */
  for (int i = 0; i < n; i++)
    down[i] = second[i] = up[i] = 0;
  for (int i = n - 1; i > 0; i--) {
    const int p = d->parent[i], way = down[i] + 1;
    second[p] = way > down[p] ? down[p] : way > second[p] ? way : second[p];
    down[p] = way > down[p] ? way : down[p];
  }
  int best = 0, shortest = down[0];
  for (int i = 1; i < n; i++) {
    const int p = d->parent[i], other = down[i] + 1 == down[p] ? second[p] : down[p];
    up[i] = 1 + (up[p] > other ? up[p] : other);
    const int way = up[i] > down[i] ? up[i] : down[i];
    if (way < shortest) {
      shortest = way;
      best = i;
    }
  }
  return best;
}

/* The tree as it hangs from its middle, nodes by their way to it. Elimination goes from the ends to the root and is a chain of divisions that wait for one another; so the
** chains are short, and nodes of different branches, which do not wait for each other, stand side by side. `room` has 4 n + 1 numbers. */
static void hang_from_middle(Linear *s, const LinearDescription *d, int *room) {
  const int n = d->n_nodes, root = middle_of(d, room);
  int *const way = room, *const above = room + n, *const place_of = room + 2 * n, *const first = room + 3 * n;
  int *const parent = s->numbers, *const place = s->numbers + n, *const branch = s->numbers + 2 * n;
  for (int i = 0; i < n; i++)
    way[i] = -1;
  for (int i = root, below = -1, k = 0; i >= 0; below = i, i = d->parent[i]) { /* these hang the other way */
    way[i] = k++;
    above[i] = below;
  }
  for (int i = 1; i < n; i++)
    if (way[i] < 0) {
      way[i] = way[d->parent[i]] + 1;
      above[i] = d->parent[i];
    }
  for (int k = 0; k <= n; k++)
    first[k] = 0;
  for (int i = 0; i < n; i++)
    first[way[i] + 1]++;
  for (int k = 0; k < n; k++)
    first[k + 1] += first[k];
  for (int i = 0; i < n; i++)
    place_of[i] = first[way[i]]++;
  for (int i = 0; i < n; i++) {
    const int k = place_of[i], p = above[i];
    parent[k] = p < 0 ? -1 : place_of[p];
    place[k] = d->place[i];
    branch[k] = p < 0 || d->parent[i] == p ? i : p;
  }
}

bool tree_prepare(Program *p, Linear *s, const LinearDescription *d, Error *e) {
  if (!(d->theta > 0 && d->theta <= 1) || d->cells < 1 || !is_tree(d) || !is_slot(p, d->v, SCOPE_ELEM) ||
      !is_slot(p, d->diagonal, SCOPE_ELEM) || !is_slot(p, d->flow, SCOPE_ELEM) || !is_slot(p, d->coupling, SCOPE_UNIFORM))
    return error_set(e, "program '%s': its tree does not fit its slots", p->name);
  const size_t n = (size_t)d->n_nodes;
  int *room = memory_new(sizeof *room * (4 * n + 1));
  if (room == NULL)
    return error_memory(e, "a tree", (double)(sizeof *room * (4 * n + 1)));
  hang_from_middle(s, d, room);
  memory_free(room);
  s->n_numbers = 3 * d->n_nodes;
  s->parent = s->numbers;
  s->place = s->numbers + n;
  s->branch = s->numbers + 2 * n;
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
  p->scratch_bytes = 2 * size + 3 * TREE_BLOCK * size + sizeof(void *) * n;
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
