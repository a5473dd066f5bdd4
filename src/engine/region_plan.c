/* Making regions: which items go together. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/region_private.h"
#include "engine/claims.h"

/* A stage that is being made. */
typedef struct Planner {
  Network *n;
  Regions *out;
  Region *open;  /* the last region, where more may join */
  Claims claims; /* of the open one */
  Error *e;
} Planner;

/* ---- what an item uses --------------------------------------------------------------------------------------------- */

/* Is what the slot means the own of the neurons by which the kernel is cut? */
static bool is_own(const BoundKernel *b, Scope scope) {
  const Storage *s = b->args.storage;
  switch (b->nest) {
  case NEST_EACH:
  case NEST_LIST: return scope == SCOPE_ELEM;
  case NEST_ALL: return scope == SCOPE_ELEM || scope == (storage_major(s) == SIDE_PRE ? SCOPE_PRE : SCOPE_POST);
  default: return scope == SCOPE_ELEM || scope == SCOPE_POST;
  }
}

/* The uses of one kernel. CLAIM_OWN: it runs in parts. */
static bool note_kernel(Planner *p, const BoundKernel *b, const void *owner, ClaimKind kind, bool *clashes) {
  const ClaimKind reduced = kind == CLAIM_OWN ? CLAIM_BEFORE : kind;
  for (int k = 0; k < b->n_reductions; k++)
    if (!claims_add(&p->claims, b->reductions[k].source, owner, reduced, false, clashes, p->e) ||
        !claims_add(&p->claims, b->reductions[k].target, owner, reduced, true, clashes, p->e))
      return false;
  for (int k = 0; k < b->n_slots; k++) {
    const ClaimKind use = kind == CLAIM_OWN && !is_own(b, program_slot(b->program, k)->scope) ? CLAIM_FOREIGN : kind;
    if ((program_slot_use(b->program, k) & SLOT_IS_READ) != 0 && !claims_add(&p->claims, b->arrays[k], owner, use, false, clashes, p->e))
      return false;
    if (program_writes_slot(b->program, k) && !claims_add(&p->claims, b->arrays[k], owner, use, true, clashes, p->e))
      return false;
  }
  return true;
}

/* Who owns what the parts of an item use: a part by cells has other elements than a part by neurons. */
static const void *owner_of(const Item *it) { return it->by_cells ? (const void *)&it->population->n_cells : it->population; }

static bool note_list(Planner *p, const Item *it, bool *clashes) {
  const BoundList *list = kernels_of(it);
  for (int k = 0; k < list->n; k++)
    if (!note_kernel(p, list->items[k], owner_of(it), is_before(it, list->items[k]) ? CLAIM_BEFORE : CLAIM_OWN, clashes))
      return false;
  return true;
}

static bool note_flushes(Planner *p, const Projection *of, bool *clashes) {
  for (int f = 0; f < of->n_flushes; f++)
    for (int k = 0; k < of->flushes[f].kernels.n; k++)
      if (!note_kernel(p, of->flushes[f].kernels.items[k], NULL, CLAIM_BEFORE, clashes))
        return false;
  return true;
}

/* What spikes do to their population. `kind`: of resets. */
static bool note_spikes(Planner *p, const Population *of, ClaimKind kind, bool *clashes) {
  static const Role roles[] = { ROLE_LOOK, ROLE_EVENT, ROLE_EFFECT, ROLE_RESET };
  for (int r = 0; r < 4; r++)
    for (int k = 0; k < of->kernels[roles[r]].n; k++)
      if (!note_kernel(p, of->kernels[roles[r]].items[k], of, roles[r] == ROLE_RESET ? kind : CLAIM_AFTER, clashes))
        return false;
  return (of->t_last == NULL || claims_add(&p->claims, of->t_last, of, kind, true, clashes, p->e)) &&
         (of->rate == NULL || claims_add(&p->claims, of->rate, of, CLAIM_AFTER, true, clashes, p->e));
}

/* Rates are looked at before any part begins. */
static bool note_rates(Planner *p, const Population *of, bool *clashes) {
  return of->rates == NULL || claims_add(&p->claims, of->rates, of, CLAIM_BEFORE, false, clashes, p->e);
}

static bool note_item(Planner *p, const Item *it, bool *clashes) {
  switch (it->kind) {
  case ITEM_DELIVER:
  case ITEM_POST: /* a step in which a flush is due between the two is no step of parts */
    return (it->is_joined || note_flushes(p, it->projection, clashes)) && note_list(p, it, clashes);
  case ITEM_INPUT: return note_list(p, it, clashes);
  case ITEM_KERNEL: return note_kernel(p, it->bound, it->population, CLAIM_OWN, clashes);
  case ITEM_NEURONS:
  case ITEM_SOURCE:
    return note_rates(p, it->population, clashes) && note_list(p, it, clashes) &&
           note_spikes(p, it->population, it->acts ? CLAIM_OWN : CLAIM_AFTER, clashes);
  case ITEM_GIVEN: return note_spikes(p, it->population, CLAIM_AFTER, clashes);
  }
  return true;
}

/* ---- items --------------------------------------------------------------------------------------------------------- */

static bool can_cut_kernel(const BoundKernel *b, const Population *by) {
  return b->is_cut == by->is_shared && bound_can_cut(b) && (b->nest != NEST_EACH || (b->first == 0 && b->n == by->n));
}

static bool can_cut(const Item *it) {
  if (it->population == NULL)
    return false;
  if (it->kind == ITEM_KERNEL)
    return can_cut_kernel(it->bound, it->population);
  if (it->kind == ITEM_DELIVER && (it->projection->pre->clock != it->projection->post->clock ||
                                   it->projection->kernels[ROLE_PATHWAY].n > 0 || it->projection->pulls_from != INT64_MIN))
    return false;
  if (it->kind == ITEM_POST && (it->projection->kernels[ROLE_PATHWAY_POST].n > 0 || (puts_off(it) && !it->is_joined)))
    return false; /* what is put off is cut as arriving spikes are */
  if (it->by_cells)
    return true;
  const BoundList *list = kernels_of(it);
  for (int k = 0; k < list->n; k++)
    if (!is_before(it, list->items[k]) && !can_cut_kernel(list->items[k], it->population))
      return false;
  return true;
}

static bool is_plain(const Item *it) {
  if (it->kind == ITEM_KERNEL || puts_off(it) || (it->projection != NULL && it->projection->n_flushes > 0))
    return false;
  const BoundList *list = kernels_of(it);
  for (int k = 0; k < list->n; k++)
    if (is_before(it, list->items[k]) || list->items[k]->n_reductions > 0)
      return false;
  return true;
}

static int64_t work_of(const Item *it) {
  if (it->kind == ITEM_KERNEL)
    return bound_work(it->bound);
  const BoundList *list = kernels_of(it);
  int64_t sum = 0;
  for (int k = 0; k < list->n; k++)
    sum += bound_work(list->items[k]);
  return sum;
}

static double mean_of(const Array *a) {
  const int64_t n = array_count(a);
  double sum = 0;
  for (int64_t k = 0; k < n; k++)
    sum += a->type == ARRAY_F64 ? ((const double *)a->at)[k] : (double)((const float *)a->at)[k];
  return sum / (double)n;
}

/* Spikes of a step: of a source by its rates, of others by what has been; at first by a guess. */
static double spikes_of(const Planner *p, const Population *of) {
  enum { ENOUGH_STEPS = 1000, GUESS_HZ = 5 };
  const Clock *c = &p->n->clocks[of->clock];
  if (of->rates != NULL && array_count(of->rates) > 0)
    return mean_of(of->rates) * (double)of->n * c->dt / 1000;
  return c->step >= ENOUGH_STEPS ? (double)of->n_spikes_total / (double)c->step : (double)of->n * GUESS_HZ * c->dt / 1000;
}

static double weight_of(const Planner *p, const Item *it) {
  enum { OF_SOURCE_SPIKE = 64 };
  switch (it->kind) {
  case ITEM_DELIVER: return (double)it->work * spikes_of(p, it->projection->pre);
  case ITEM_POST: return (double)it->work * spikes_of(p, it->population);
  case ITEM_SOURCE: return OF_SOURCE_SPIKE * spikes_of(p, it->population);
  default: return (double)it->work;
  }
}

/* ---- regions ------------------------------------------------------------------------------------------------------- */

static void region_free(Region *r) {
  if (r == NULL)
    return;
  deliveries_free(&r->deliveries);
  region_free_cuts(r);
  memory_free(r->items);
  memory_free(r->by_field);
  memory_free(r->fields);
  memory_free(r->pieces);
  memory_free(r->parts);
  memory_free(r);
}

void regions_free(Regions *list) {
  for (int k = 0; k < list->n; k++)
    region_free(list->items[k]);
  memory_free(list->items);
  *list = (Regions){ 0 };
}

int64_t regions_bytes(const Regions *list) {
  int64_t sum = 0;
  for (int k = 0; k < list->n; k++) {
    const Region *r = list->items[k];
    sum += deliveries_bytes(&r->deliveries);
    for (int i = 0; i < r->n_items; i++)
      sum += storage_bytes_of_cuts(&r->items[i].cuts);
  }
  return sum;
}

static bool new_region(Planner *p) {
  if (!memory_reserve(&p->out->items, p->out->n, p->out->n + 1, &p->out->capacity, sizeof *p->out->items))
    return error_memory(p->e, "plan of a step", (double)sizeof *p->out->items * (p->out->n + 1));
  Region *r = memory_new(sizeof *r);
  if (r == NULL)
    return error_memory(p->e, "plan of a step", sizeof *r);
  r->w = &p->n->workers;
  p->out->items[p->out->n++] = r;
  p->open = r;
  return true;
}

static bool append(Planner *p, const Item *it) {
  Region *r = p->open;
  if (!memory_reserve(&r->items, r->n_items, r->n_items + 1, &r->capacity, sizeof *r->items))
    return error_memory(p->e, "plan of a step", (double)sizeof *r->items * (r->n_items + 1));
  r->items[r->n_items++] = *it;
  return true;
}

/* Items in the order of their populations; those of one population in the order of the step, by neurons before by cells. */
typedef struct Key {
  uint32_t object;
  bool by_cells;
  int item;
} Key;

static int compare_keys(const void *a, const void *b) {
  const Key *x = a, *y = b;
  if (x->object == y->object && x->by_cells != y->by_cells)
    return x->by_cells - y->by_cells;
  return x->object != y->object ? (x->object < y->object ? -1 : 1) : x->item - y->item;
}

static void make_fields(const Planner *p, Region *r, Key *keys) {
  for (int k = 0; k < r->n_items; k++)
    keys[k] = (Key){ r->items[k].population->object, r->items[k].by_cells, k };
  qsort(keys, (size_t)r->n_items, sizeof *keys, compare_keys);
  for (int k = 0; k < r->n_items; k++) {
    Item *it = &r->items[keys[k].item];
    if (k == 0 || keys[k].object != keys[k - 1].object || keys[k].by_cells != keys[k - 1].by_cells)
      r->fields[r->n_fields++] = (Field){ .population = it->population, .by_cells = it->by_cells, .first = k };
    Field *f = &r->fields[r->n_fields - 1];
    r->by_field[k] = keys[k].item;
    it->field = r->n_fields - 1;
    f->n++;
    f->is_whole |= it->kind == ITEM_SOURCE;
    f->weight += weight_of(p, it);
  }
}

/* No more items: what the region needs to run in parts. */
static bool close_region(Planner *p) {
  Region *r = p->open;
  p->open = NULL;
  while (r != NULL && r->n_inputs < r->n_items && r->items[r->n_inputs].kind == ITEM_INPUT)
    r->n_inputs++;
  if (r == NULL || r->n_items < 2)
    return true;
  const size_t n = (size_t)r->n_items;
  Key *keys = memory_new(sizeof *keys * n);
  r->by_field = memory_new(sizeof *r->by_field * n);
  r->fields = memory_new(sizeof *r->fields * n);
  r->pieces = memory_new(sizeof *r->pieces * (n + PARALLEL_MAX));
  r->parts = memory_new(sizeof *r->parts * (PARALLEL_MAX + 1));
  bool ok = keys != NULL && r->by_field != NULL && r->fields != NULL && r->pieces != NULL && r->parts != NULL;
  if (ok)
    make_fields(p, r, keys);
  else
    error_memory(p->e, "plan of a step", (double)(sizeof *r->fields + sizeof *r->pieces) * (double)n);
  memory_free(keys);
  return ok;
}

/* Put an item into the open region, or begin another. One that cannot be cut, or not safely, runs by itself. */
static bool add(Planner *p, Item it) {
  it.by_cells = it.kind == ITEM_NEURONS && it.population->n_cells > 0;
  it.acts = it.kind == ITEM_NEURONS && population_acts_in_parts(it.population);
  bool clashes = !can_cut(&it), is_alone = clashes;
  if (!clashes) {
    it.work = work_of(&it);
    it.is_plain = is_plain(&it);
    it.call.is_banded = it.kind == ITEM_DELIVER && it.projection->delays.n_delays == 0 && storage_is_banded(it.projection->storage);
  }
  if (p->open != NULL && !clashes && !note_item(p, &it, &clashes))
    return false;
  if (p->open != NULL && clashes && !is_alone && it.acts) { /* a region less is worth more */
    it.acts = clashes = false;
    if (!note_item(p, &it, &clashes))
      return false;
  }
  if (p->open != NULL && !clashes)
    return append(p, &it);
  if (it.is_joined) {
    it.is_joined = false; /* they will have been found before */
    is_alone = !can_cut(&it);
  }
  claims_clear(&p->claims);
  if (!close_region(p) || (!is_alone && !note_item(p, &it, &is_alone)) || !new_region(p) || !append(p, &it))
    return false;
  if (is_alone)
    p->open = NULL;
  return true;
}

static bool begin(Planner *p, Regions *stage) {
  bool ok = close_region(p);
  p->out = stage;
  return ok;
}

static bool add_kernels(Planner *p, const Projection *of, const BoundList *list) {
  for (int k = 0; k < list->n; k++) {
    BoundKernel *b = list->items[k];
    bool is_by_pre = b->nest == NEST_ALL ? storage_major(of->storage) == SIDE_PRE : b->over == OVER_PRE;
    bool is_known = b->nest == NEST_ALL || b->over != OVER_UNKNOWN;
    Population *by = !is_known ? NULL : is_by_pre ? of->pre : of->post;
    if (!add(p, (Item){ .kind = ITEM_KERNEL, .bound = b, .population = by }))
      return false;
  }
  return true;
}

static bool is_input(const Operation *o) {
  if (o->population == NULL || o->call != NULL || o->projection != NULL || o->is_blocked || o->is_settling || o->feeds_derived)
    return false;
  for (int k = 0; k < o->kernels.n; k++)
    if (o->kernels.items[k]->nest != NEST_EACH || o->kernels.items[k]->schedule.next != INT64_MIN ||
        !can_cut_kernel(o->kernels.items[k], o->population))
      return false;
  return true;
}

/* Operations act in their order: those of the start of a step that can join what arrives are the last ones. With several clocks those of all come first. */
static bool add_inputs(Planner *p, int clock) {
  Network *n = p->n;
  bool is_last = n->n_clocks == 1;
  for (int k = n->n_operations - 1; k >= 0; k--) {
    Operation *o = n->operations[k];
    if (o->clock != clock || !o->schedule.at_start)
      continue;
    is_last = is_last && is_input(o);
    o->is_in_region = is_last;
  }
  for (int k = 0; k < n->n_operations; k++) {
    Operation *o = n->operations[k];
    if (o->clock == clock && o->is_in_region && !add(p, (Item){ .kind = ITEM_INPUT, .operation = o, .population = o->population }))
      return false;
  }
  return true;
}

/* The item of the open region that is of this kind and that projection, or population. */
static const Item *find(const Planner *p, ItemKind kind, const Projection *of, const Population *population) {
  for (int k = 0; p->open != NULL && k < p->open->n_items; k++) {
    const Item *it = &p->open->items[k];
    if (it->kind == kind && (of == NULL || it->projection == of) && (population == NULL || it->population == population))
      return it;
  }
  return NULL;
}

/* Can post spikes change the synapses of neurons as soon as these have spiked? Where nothing else has to happen between. */
static bool can_join(const Planner *p, Projection *of) {
  const Item *neurons = find(p, ITEM_NEURONS, NULL, of->post);
  const Item post = { .kind = ITEM_POST, .projection = of };
  return neurons != NULL && neurons->acts && (!puts_off(&post) || find(p, ITEM_DELIVER, of, NULL) != NULL);
}

static bool has_phase_5(const Network *n, int clock) {
  const Plan *plan = &n->clocks[clock].plan;
  return plan->equations.n + plan->lags.n + plan->shared.n > 0;
}

static bool plan_clock(Planner *p, int clock, Regions *stages) {
  Network *n = p->n;
  bool joins = n->n_clocks == 1 && !n->sums_ahead && !has_phase_5(n, clock);
  const bool is_merged = n->n_clocks == 1 && !n->sums_ahead;
  bool ok = begin(p, &stages[STAGE_DELIVER]) && add_inputs(p, clock);
  for (int k = 0; ok && k < n->n_projections; k++) {
    Projection *of = n->projections[k];
    if (of->post->clock == clock && of->kernels[ROLE_PRE].n + of->kernels[ROLE_PATHWAY].n > 0)
      ok = add(p, (Item){ .kind = ITEM_DELIVER, .projection = of, .population = of->post });
  }
  ok = ok && (is_merged || begin(p, &stages[STAGE_SUM]));
  for (int k = 0; ok && k < n->n_projections && !n->sums_ahead; k++)
    if (n->projections[k]->post->clock == clock)
      ok = add_kernels(p, n->projections[k], &n->projections[k]->kernels[ROLE_PSP]);
  ok = ok && (is_merged || begin(p, &stages[STAGE_NEURONS]));
  for (int k = 0; ok && k < n->n_populations; k++) {
    Population *of = n->populations[k];
    const ItemKind kind = of->list != NULL ? ITEM_GIVEN : of->poisson != NULL ? ITEM_SOURCE : ITEM_NEURONS;
    if (of->clock == clock)
      ok = add(p, (Item){ .kind = kind, .population = of });
  }
  ok = ok && (joins || begin(p, &stages[STAGE_EQUATIONS]));
  for (int k = 0; ok && k < n->n_projections && !n->sums_ahead; k++)
    if (n->projections[k]->post->clock == clock)
      ok = add_kernels(p, n->projections[k], &n->projections[k]->kernels[ROLE_EQUATIONS]);
  ok = ok && (is_merged || begin(p, &stages[STAGE_POST]));
  for (int k = 0; ok && k < n->n_projections; k++) {
    Projection *of = n->projections[k];
    if (of->post->clock != clock || of->kernels[ROLE_POST].n + of->kernels[ROLE_PATHWAY_POST].n == 0)
      continue;
    if (joins && !can_join(p, of)) { /* nor do those behind it: they act in their order */
      joins = false;
      ok = begin(p, &stages[STAGE_EQUATIONS]);
    }
    ok = ok && add(p, (Item){ .kind = ITEM_POST, .projection = of, .population = of->post, .is_joined = joins });
  }
  return ok && close_region(p);
}

/* ---- plans --------------------------------------------------------------------------------------------------------- */

static bool is_same(const Region *a, const Region *b) {
  if (a->n_items != b->n_items || a->n_fields != b->n_fields)
    return false;
  for (int k = 0; k < a->n_items; k++) {
    const Item *x = &a->items[k], *y = &b->items[k];
    if (x->kind != y->kind || x->projection != y->projection || x->bound != y->bound || x->operation != y->operation ||
        x->population != y->population)
      return false;
  }
  return true;
}

/* In which order spikes are brought; parcels of the region that stood in this place go on where they can. */
static bool plan_deliveries(Planner *p, Region *old, Region *r) {
  const Item *items = r->items + r->n_inputs;
  int n = 0;
  while (r->n_inputs + n < r->n_items && items[n].kind == ITEM_DELIVER)
    n++;
  Projection **list = n == 0 ? NULL : memory_new(sizeof *list * (size_t)n);
  if (n > 0 && list == NULL)
    return error_memory(p->e, "plan of a step", (double)sizeof *list * n);
  for (int k = 0; k < n; k++)
    list[k] = items[k].projection;
  if (old != NULL) {
    r->deliveries = old->deliveries;
    old->deliveries = (Deliveries){ 0 };
  }
  bool ok = true;
  if (n > 0)
    ok = deliveries_plan(&r->deliveries, list, n, p->e);
  else
    deliveries_free(&r->deliveries);
  for (int k = 0; k < r->deliveries.n; k++)
    r->has_parcels |= r->deliveries.items[k].parcels != NULL;
  memory_free(list);
  return ok;
}

/* Keep what was learnt of regions that have stayed. */
static void keep_learnt(const Regions *old, const Regions *new) {
  for (int k = 0; k < old->n && k < new->n; k++) {
    const Region *from = old->items[k];
    Region *to = new->items[k];
    if (!is_same(from, to))
      continue;
    to->cost = from->cost;
    to->n_recuts = from->n_recuts;
    to->gather_cost = from->gather_cost;
    to->n_ends = to->parts != NULL ? from->n_ends : 0;
    for (int i = 0; i < to->n_ends; i++)
      to->parts[i].end = from->parts[i].end;
  }
}

bool regions_plan(Network *n, Error *e) {
  Planner p = { .n = n, .e = e };
  bool ok = true;
  for (int k = 0; ok && n->workers.n_threads > 1 && k < n->n_clocks; k++) {
    Regions made[N_STAGES] = { 0 };
    ok = plan_clock(&p, k, made);
    for (int s = 0; s < N_STAGES; s++) {
      Regions *old = &n->clocks[k].regions[s];
      keep_learnt(old, &made[s]);
      for (int r = 0; ok && r < made[s].n; r++)
        ok = plan_deliveries(&p, r < old->n ? old->items[r] : NULL, made[s].items[r]);
      regions_free(&n->clocks[k].regions[s]);
      if (ok)
        n->clocks[k].regions[s] = made[s];
      else
        regions_free(&made[s]);
    }
  }
  claims_free(&p.claims);
  for (int k = 0; !ok && k < n->n_clocks; k++) /* they may name kernels that are gone */
    for (int s = 0; s < N_STAGES; s++)
      regions_free(&n->clocks[k].regions[s]);
  return ok;
}
