#include "engine/shared.h"

#include <string.h>

#include "base/memory.h"
#include "base/ranks.h"
#include "engine/network.h"

enum { UNIT = 4 }; /* neurons: a rank has a multiple, since four draw from one block of random numbers */

bool shared_is_old(const Shared *s) { return s->n_ranks != ranks_together() && (s->n_ranks > 1 || ranks_together() > 1); }

void shared_settle(const Shared *s) {
  for (int64_t k = 0; k < s->n; k++)
    array_settle(s->arrays[k]);
}

void shared_mark(const Shared *s) {
  for (int64_t k = 0; k < s->n; k++)
    s->arrays[k]->buffer->share->is_stale = true;
}

static void forget(Shared *s) {
  for (int64_t k = 0; k < s->n; k++)
    array_release(s->arrays[k]);
  s->n = 0;
}

void shared_free(Shared *s) {
  forget(s);
  memory_free(s->arrays);
  *s = (Shared){ 0 };
}

/* ---- whose is what ------------------------------------------------------------------------------------------------- */

/* The first neuron of a rank. */
static int64_t first_of(const Population *p, int rank) { return rank == ranks_n() ? p->n : p->n * rank / ranks_n() / UNIT * UNIT; }

/* OTHERS: it may be another neuron's matter. OF_NEURON, OF_SYNAPSE: it belongs to the neuron at which the kernel acts, by the number of that, or of its synapse. */
typedef enum { OTHERS, OF_NEURON, OF_SYNAPSE } Whose;

/* A kernel, and the neurons by which it is cut; `projection`: whose post neurons they are; NULL: it is the population's own. */
typedef struct Use {
  BoundKernel *bound;
  Population *population;
  Projection *projection;
  Role role;
} Use;

static Whose whose(const Use *u, int slot) {
  const BoundKernel *b = u->bound;
  const Array *a = b->arrays[slot];
  const Scope scope = program_slot(b->program, slot)->scope;
  const Storage *s = b->args.storage;
  bool is_neuron, is_synapse = false;
  if (b->nest == NEST_EACH || b->nest == NEST_LIST) {
    const bool is_over = u->projection == NULL || (b->nest == NEST_EACH ? b->over == OVER_POST : u->role == ROLE_POST);
    is_neuron = scope == SCOPE_ELEM && is_over;
  } else {
    is_neuron = scope == SCOPE_POST;
    is_synapse = scope == SCOPE_ELEM && storage_is_in_order(s) && storage_n_places(s) == s->n_synapses;
  }
  if ((!is_neuron && !is_synapse) || a->at != a->buffer->data || a->is_repeated || !array_is_contiguous(a) ||
      array_count(a) != (is_neuron ? u->population->n : s->n_synapses))
    return OTHERS;
  return is_neuron ? OF_NEURON : OF_SYNAPSE;
}

/* Can it be cut by neurons, and does it write nothing but what is theirs? */
static bool is_cuttable(const Use *u) {
  const BoundKernel *b = u->bound;
  if (!bound_can_cut(b) || program_trees(b->program) > 0) /* a tree joins the elements of its cell */
    return false;
  if (b->nest == NEST_EACH && (b->first + b->n > u->population->n || (u->projection != NULL && b->over != OVER_POST)))
    return false;
  if ((b->nest == NEST_ALL && storage_major(b->args.storage) != SIDE_POST) || (b->nest == NEST_LIST && u->role == ROLE_PRE))
    return false;
  for (int k = 0; k < b->n_slots; k++)
    if (program_writes_slot(b->program, k) && whose(u, k) == OTHERS)
      return false;
  return true;
}

/* Which roles are cut at all. */
static bool is_cut_role(Role r) {
  return r == ROLE_UPDATE || r == ROLE_RESET || r == ROLE_PRE || r == ROLE_PSP || r == ROLE_EQUATIONS || r == ROLE_POST;
}

/* ---- finding what can be shared ------------------------------------------------------------------------------------ */

typedef struct Planner {
  Network *n;
  int64_t round;   /* shares of another round say nothing */
  bool is_changed; /* a population has been found to be no one to share */
  Error *e;
} Planner;

static void keep_whole(Planner *p, Population *of, const char *why) {
  p->is_changed |= of->is_shared;
  of->is_shared = false;
  of->why_whole = why;
}

/* What the shares of this round say of an array: whose it is; NULL: every rank has all of it. */
static Population *owner_of(const Planner *p, const Array *a) {
  const Share *s = a->buffer->share;
  return s != NULL && s->plan.round == p->round ? (Population *)s->plan.owner : NULL;
}

/* Every use of a kernel that a step runs. */
typedef bool (*Visit)(Planner *p, const Use *u);

static bool visit_list(Planner *p, const BoundList *list, Population *population, Projection *projection, Role role, Visit visit) {
  for (int k = 0; k < list->n; k++)
    if (!visit(p, &(Use){ list->items[k], population, projection, role }))
      return false;
  return true;
}

static bool visit_all(Planner *p, Visit visit) {
  Network *n = p->n;
  for (int r = 0; r < N_ROLES; r++) {
    if (r == ROLE_AHEAD || role_info((Role)r)->phase == PHASE_RECORD)
      continue;
    for (int k = 0; k < n->n_populations; k++)
      if (!visit_list(p, &n->populations[k]->kernels[r], n->populations[k], NULL, (Role)r, visit))
        return false;
    for (int k = 0; k < n->n_projections; k++)
      if (!visit_list(p, &n->projections[k]->kernels[r], n->projections[k]->post, n->projections[k], (Role)r, visit))
        return false;
  }
  for (int k = 0; k < n->n_populations; k++) /* before values at spikes are taken */
    if (n->populations[k]->n_taken > 0 && !visit_list(p, &n->populations[k]->kernels[ROLE_LOOK], n->populations[k], NULL, ROLE_LOOK, visit))
      return false;
  return true;
}

static bool is_cut(const Use *u) { return u->population->is_shared && is_cut_role(u->role) && is_cuttable(u); }

/* Note what the kernel writes for its own neurons. */
static bool note_written(Planner *p, const Use *u) {
  if (!is_cut(u))
    return true;
  for (int k = 0; k < u->bound->n_slots; k++) {
    if (!program_writes_slot(u->bound->program, k))
      continue;
    Share *s = share_of(u->bound->arrays[k]);
    const void *rows = whose(u, k) == OF_SYNAPSE ? u->projection : NULL;
    if (s == NULL)
      return error_memory(p->e, "plan of a step", sizeof *s);
    if (s->plan.round != p->round) {
      s->plan.round = p->round;
      s->plan.owner = u->population;
      s->plan.rows = rows;
    } else if (s->plan.owner != u->population || s->plan.rows != rows) {
      keep_whole(p, (Population *)s->plan.owner, "what it computes is another one's, too");
      keep_whole(p, u->population, "what it computes is another one's, too");
    }
  }
  return true;
}

/* Whoever is not cut, or looks at another neuron's, must find all of it. */
static bool check_used(Planner *p, const Use *u) {
  static const char why[] = "others look at more of it than spikes within a step";
  const BoundKernel *b = u->bound;
  const bool is_own = is_cut(u);
  for (int k = 0; k < b->n_slots; k++) {
    Population *owner = owner_of(p, b->arrays[k]);
    if (owner == NULL)
      continue;
    const Whose mine = is_own && owner == u->population ? whose(u, k) : OTHERS;
    if (mine == OTHERS || b->arrays[k]->buffer->share->plan.rows != (mine == OF_SYNAPSE ? u->projection : NULL))
      keep_whole(p, owner, why);
  }
  for (int k = 0; k < b->n_reductions; k++) {
    Population *source = owner_of(p, b->reductions[k].source), *target = owner_of(p, b->reductions[k].target);
    if (source != NULL)
      keep_whole(p, source, why);
    if (target != NULL)
      keep_whole(p, target, why);
  }
  /* the spikes of a shared population act behind all others of the step */
  for (int k = 0; k < p->n->n_populations && u->projection == NULL; k++) {
    Population *other = p->n->populations[k];
    for (int i = 0; other != u->population && other->is_shared && i < b->n_slots; i++)
      if ((other->t_last != NULL && b->arrays[i]->buffer == other->t_last->buffer) ||
          (other->rate != NULL && b->arrays[i]->buffer == other->rate->buffer))
        keep_whole(p, other, why);
  }
  return true;
}

static void check_array(Planner *p, const Array *a) {
  Population *owner = a != NULL ? owner_of(p, a) : NULL;
  if (owner != NULL)
    keep_whole(p, owner, "others look at more of it than spikes within a step");
}

/* What is no kernel's. */
static void check_others(Planner *p) {
  Network *n = p->n;
  for (int k = 0; k < n->n_populations; k++) {
    Population *of = n->populations[k];
    check_array(p, of->rates);
    check_array(p, of->t_last);
    check_array(p, of->rate);
    for (int i = 0; i < of->n_drives; i++)
      check_array(p, of->drives[i].target);
  }
  for (int k = 0; k < n->n_projections; k++)
    for (int i = 0; i < n->projections[k]->n_lags; i++) {
      check_array(p, n->projections[k]->lags[i].source);
      check_array(p, n->projections[k]->lags[i].delayed);
    }
}

/* Flushes go over all elements, and do to each what does not depend on others: those that belong to others come to nothing. */
static bool is_each_its_own(const Planner *p, const Use *u) {
  for (int k = 0; k < u->bound->n_slots; k++)
    if (owner_of(p, u->bound->arrays[k]) != NULL && whose(u, k) == OTHERS)
      return false;
  for (int k = 0; k < u->bound->n_reductions; k++)
    if (owner_of(p, u->bound->reductions[k].source) != NULL || owner_of(p, u->bound->reductions[k].target) != NULL)
      return false;
  return true;
}

static void check_flushes(Planner *p) {
  for (int k = 0; k < p->n->n_projections; k++) {
    Projection *of = p->n->projections[k];
    for (int f = 0; f < of->n_flushes; f++)
      for (int i = 0; i < of->flushes[f].kernels.n; i++)
        if (!is_each_its_own(p, &(Use){ of->flushes[f].kernels.items[i], of->post, of, ROLE_EQUATIONS }))
          keep_whole(p, of->post, "its synapses are brought to one time with those of others");
  }
}

/* What can be said of a population by itself. */
static const char *why_whole(const Population *p) {
  if (p->list != NULL || p->poisson != NULL)
    return "its spikes are not computed neuron by neuron";
  if (p->n < UNIT * (int64_t)ranks_n() || p->kernels[ROLE_UPDATE].n == 0)
    return "there is too little to compute";
  if (p->n_events > 0)
    return "it has events beside spikes";
  if (p->n_taken > 0)
    return "values are recorded at its spikes";
  for (int k = 0; k < p->kernels[ROLE_UPDATE].n; k++) {
    const BoundKernel *b = p->kernels[ROLE_UPDATE].items[k];
    if (program_again(b->program) != NULL)
      return "its equations go through a step in parts";
    if (!is_cuttable(&(Use){ p->kernels[ROLE_UPDATE].items[k], (Population *)p, NULL, ROLE_UPDATE }))
      return "its equations join its neurons";
  }
  for (int k = 0; k < p->kernels[ROLE_RESET].n; k++)
    if (!is_cuttable(&(Use){ p->kernels[ROLE_RESET].items[k], (Population *)p, NULL, ROLE_RESET }))
      return "its resets join its neurons";
  return NULL;
}

/* Telling each other costs as much as some thousand numbers that are moved: what moves fewer is quicker done by everybody. */
static bool is_worth_it(const Network *n) {
  enum { LEAST = 4096 };
  double work = 0;
  for (int k = 0; k < n->n_projections; k++)
    if (n->projections[k]->is_part) /* whose work differs among ranks; and it is large */
      return true;
  for (int k = 0; k < n->n_clocks; k++)
    work += n->clocks[k].plan.work;
  return n->workers.tuner.forced_parts > 0 || work >= LEAST;
}

/* Operations that each neuron could do by itself. */
static bool visit_operations(Planner *p, Visit visit) {
  for (int k = 0; k < p->n->n_operations; k++) {
    const Operation *o = p->n->operations[k];
    if (o->call == NULL && o->projection == NULL && o->population != NULL &&
        !visit_list(p, &o->kernels, o->population, NULL, ROLE_UPDATE, visit))
      return false;
  }
  return true;
}

static bool find_shared(Planner *p) {
  static int64_t n_rounds;
  Network *n = p->n;
  const bool is_little = !is_worth_it(n);
  for (int k = 0; k < n->n_populations; k++) {
    Population *of = n->populations[k];
    of->why_whole = is_little ? "there is too little to compute" : why_whole(of);
    of->is_shared = of->why_whole == NULL;
  }
  do {
    p->is_changed = false;
    p->round = ++n_rounds;
    if (!visit_all(p, note_written) || !visit_operations(p, note_written))
      return false;
    visit_all(p, check_used);
    check_others(p);
    check_flushes(p);
  } while (p->is_changed);
  return true;
}

/* ---- operations ---------------------------------------------------------------------------------------------------- */

/* Does each neuron by itself what its equations could do as well? */
static bool acts_alone(const Planner *p, const Operation *o) {
  if (o->call != NULL || o->projection != NULL || o->population == NULL || !o->population->is_shared)
    return false;
  for (int k = 0; k < o->kernels.n; k++) {
    const Use u = { o->kernels.items[k], o->population, NULL, ROLE_UPDATE };
    if (u.bound->nest != NEST_EACH || !is_cuttable(&u) || !is_each_its_own(p, &u))
      return false;
    for (int i = 0; i < u.bound->n_slots; i++)
      if (program_writes_slot(u.bound->program, i) && owner_of(p, u.bound->arrays[i]) != o->population)
        return false;
  }
  return true;
}

static bool uses_shared(const Planner *p, const BoundKernel *b) {
  bool uses = false;
  for (int k = 0; k < b->n_slots; k++)
    uses |= owner_of(p, b->arrays[k]) != NULL;
  for (int k = 0; k < b->n_reductions; k++)
    uses |= owner_of(p, b->reductions[k].source) != NULL || owner_of(p, b->reductions[k].target) != NULL;
  return uses;
}

static void plan_operations(Planner *p) {
  for (int k = 0; k < p->n->n_operations; k++) {
    Operation *o = p->n->operations[k];
    o->is_shared = acts_alone(p, o);
    o->is_settling = false;
    for (int i = 0; i < o->kernels.n; i++) {
      BoundKernel *b = o->kernels.items[i];
      o->is_settling |= !o->is_shared && uses_shared(p, b);
      if (o->is_shared)
        bound_share(b, &p->n->workers, o->population->own_first, o->population->own_last);
      else
        bound_keep_whole(b, &p->n->workers, false);
    }
  }
}

/* ---- runs ---------------------------------------------------------------------------------------------------------- */

/* Element by element of an array of the post neurons, or of the synapses row by row. */
static int rank_of(const Population *p, int64_t neuron, int guess) {
  while (neuron < first_of(p, guess))
    guess--;
  while (neuron >= first_of(p, guess + 1))
    guess++;
  return guess;
}

static bool add_rows(ShareRuns *r, const Projection *p) {
  const Storage *s = p->storage;
  StorageBuffer b;
  int rank = 0;
  bool ok = true;
  for (int64_t row = 0; ok && row < storage_n_major(s); row++) {
    if (storage_major(s) == SIDE_POST) {
      rank = rank_of(p->post, storage_first(s, SIDE_POST) + row, rank);
      ok = share_runs_add(r, rank, storage_row(s, row + 1) - storage_row(s, row));
      continue;
    }
    StorageSpan span;
    for (int64_t from = 0; ok && (span = storage_span(s, row, from, &b)).n > 0; from += span.n)
      for (int64_t k = 0; ok && k < span.n; k++) {
        rank = rank_of(p->post, span.minors != NULL ? span.minors[k] : span.minor + k, rank);
        ok = share_runs_add(r, rank, 1);
      }
  }
  return ok;
}

static ShareRuns *runs_of_synapses(Projection *p) {
  if (p->runs_made == p->n_changes)
    return p->runs;
  ShareRuns *r = share_runs_new();
  if (r == NULL || !add_rows(r, p)) {
    share_runs_release(r);
    return NULL;
  }
  share_runs_release(p->runs);
  p->runs_made = p->n_changes;
  return p->runs = r;
}

static ShareRuns *runs_of_neurons(const Population *p) {
  ShareRuns *r = share_runs_new();
  for (int k = 0; r != NULL && k < ranks_n(); k++)
    if (!share_runs_add(r, k, first_of(p, k + 1) - first_of(p, k))) {
      share_runs_release(r);
      return NULL;
    }
  return r;
}

static bool list_array(Planner *p, Array *a) {
  Shared *s = &p->n->shared;
  Share *share = a->buffer->share;
  Projection *rows = (Projection *)share->plan.rows;
  if (rows != NULL && rows->is_part) /* all its elements are this rank's */
    return true;
  ShareRuns *runs = rows == NULL ? runs_of_neurons(share->plan.owner) : runs_of_synapses(rows);
  if (runs != NULL && rows != NULL)
    share_runs_retain(runs);
  if (runs == NULL || !memory_reserve(&s->arrays, s->n, s->n + 1, &s->capacity, sizeof *s->arrays)) {
    share_runs_release(runs);
    return error_memory(p->e, "plan of a step", (double)(s->n + 1) * sizeof *s->arrays);
  }
  share_set(share, runs);
  share_runs_release(runs);
  share->plan.round = 0; /* once */
  s->arrays[s->n++] = array_retain(a);
  return true;
}

static bool list_written(Planner *p, const Use *u) {
  for (int k = 0; k < u->bound->n_slots; k++)
    if (owner_of(p, u->bound->arrays[k]) != NULL && !list_array(p, u->bound->arrays[k]))
      return false;
  return true;
}

/* ---- putting it to work -------------------------------------------------------------------------------------------- */

static bool put_to_work(Planner *p, const Use *u) {
  if (is_cut(u))
    bound_share(u->bound, &p->n->workers, u->population->own_first, u->population->own_last);
  else
    bound_keep_whole(u->bound, &p->n->workers, false);
  return true;
}

static void set_flushes(Network *n, bool is_own) {
  for (int k = 0; k < n->n_projections; k++)
    for (int f = 0; f < n->projections[k]->n_flushes; f++)
      for (int i = 0; i < n->projections[k]->flushes[f].kernels.n; i++)
        bound_keep_whole(n->projections[k]->flushes[f].kernels.items[i], &n->workers, is_own);
}

static void set_own(Population *p) {
  const int64_t first = p->is_shared ? first_of(p, ranks_me()) : 0, last = p->is_shared ? first_of(p, ranks_me() + 1) : p->n;
  p->own_first = first;
  p->own_last = last;
}

static bool add_item(Items *list, void *item, Error *e) {
  if (!memory_reserve(&list->items, list->n, list->n + 1, &list->capacity, sizeof *list->items))
    return error_memory(e, "plan of a step", (list->n + 1) * 8.0);
  list->items[list->n++] = item;
  return true;
}

/* Populations of all clocks; what was packed for other neurons is void. */
static bool list_populations(Network *n, Error *e) {
  bool ok = true;
  for (int k = 0; k < n->n_populations; k++) {
    Population *p = n->populations[k];
    const int64_t first = p->own_first, last = p->own_last;
    set_own(p);
    ok = ok && (!p->is_shared || add_item(&n->clocks[p->clock].plan.shared, p, e));
    for (int i = 0; (first != p->own_first || last != p->own_last) && i < n->n_projections; i++)
      if (n->projections[i]->post == p)
        projection_changed(n->projections[i]);
  }
  return ok;
}

/* ---- projections held in part ------------------------------------------------------------------------------------------ */

bool shared_part(const Network *n, const Population *post, int64_t *first, int64_t *last, int64_t *least) {
  enum { LEAST = 1 << 16 };
  *first = first_of(post, ranks_me());
  *last = first_of(post, ranks_me() + 1);
  *least = n->workers.tuner.forced_parts > 0 ? 0 : LEAST;
  return ranks_together() > 1 && why_whole(post) == NULL;
}

bool shared_hold_part(Projection *p, int64_t n_all, void (*make)(void *context), Error *e) {
  p->wanted = array_new(ARRAY_I32, 0, 0);
  Share *s = p->wanted != NULL ? share_of(p->wanted) : NULL;
  if (s == NULL)
    return error_memory(e, "projection", sizeof *s);
  s->make = make;
  s->context = p;
  s->is_stale = true;
  p->is_part = true;
  p->n_all = n_all;
  return true;
}

void shared_is_whole(Projection *p) {
  projection_changed(p);
  p->is_part = false;
  p->n_all = p->storage->n_synapses;
  p->wanted->buffer->share->is_stale = false;
}

Array *shared_lay_out(Projection *p, const Array *part, Error *e) {
  const int64_t n = storage_n_places(p->storage);
  ShareRuns *runs = runs_of_synapses(p);
  Array *a = array_new(part->type, n, 0);
  Share *s = a != NULL ? share_of(a) : NULL;
  if (s == NULL || runs == NULL) {
    array_release(a);
    error_memory(e, "values of synapses", 8.0 * (double)n);
    return NULL;
  }
  share_set(s, runs);
  share_spread(s, part->at);
  return a;
}

/* Everything that goes over synapses must be cut by the post neurons: what is not would miss some. */
static bool note_needs(Planner *p, const Use *u) {
  const bool walks = u->bound->nest == NEST_ALL || u->bound->nest == NEST_PRE || u->bound->nest == NEST_POST;
  if (walks && u->projection != NULL && u->projection->is_part && !is_cut(u))
    keep_whole(p, u->population, u->population->why_whole);
  return true;
}

void shared_need_whole(Network *n) {
  for (int k = 0; k < n->n_projections; k++)
    if (n->projections[k]->is_part)
      array_settle(n->projections[k]->wanted);
}

bool shared_make_whole(Network *n, Error *e) {
  Planner p = { .n = n, .round = -1, .e = e };
  bool is_any = false;
  for (int k = 0; k < n->n_projections; k++)
    is_any = is_any || n->projections[k]->is_part;
  if (!is_any)
    return true;
  if (!find_shared(&p))
    return false;
  /* Making one whole binds kernels anew: the others' needs are asked for before. */
  visit_all(&p, note_needs);
  for (int k = 0; k < n->n_projections; k++)
    if (n->projections[k]->is_part && !n->projections[k]->post->is_shared)
      array_settle(n->projections[k]->wanted);
  return true;
}

bool shared_plan(Network *n, Error *e) {
  Planner p = { .n = n, .round = -1, .e = e };
  const bool was_shared = n->shared.n_ranks > 1;
  forget(&n->shared);
  n->shared.n_ranks = ranks_together();
  if (n->shared.n_ranks == 1 && !was_shared)
    return true;
  if (n->shared.n_ranks > 1 && !find_shared(&p))
    return false;
  for (int k = 0; k < n->n_populations && n->shared.n_ranks == 1; k++) {
    n->populations[k]->is_shared = false;
    n->populations[k]->why_whole = NULL;
  }
  if (!list_populations(n, e))
    return false;
  visit_all(&p, put_to_work);
  plan_operations(&p);
  set_flushes(n, n->shared.n_ranks > 1);
  return visit_all(&p, list_written) && visit_operations(&p, list_written);
}

/* ---- agreeing ------------------------------------------------------------------------------------------------------ */

bool shared_agree(const Shared *s, bool is_good) {
  void *all;
  int64_t *at;
  Error e;
  if (s->n == 0)
    return is_good;
  const char mine = is_good;
  if (!ranks_gather("looking at the numbers of a network", &mine, 1, &all, &at, &e))
    ranks_fail(e.text);
  for (int r = 0; r < ranks_n(); r++)
    is_good = is_good && ((const char *)all)[r] != 0;
  memory_free(all);
  memory_free(at);
  return is_good;
}
