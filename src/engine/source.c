#include "engine/source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/bitmap.h"
#include "random/random.h"
#include "engine/clock.h"
#include "kernel/prelude_math.h"

/* clang vectorises without being told, and warns where a sanitizer forbids it. */
#if defined(__clang__)
#define SIMD(...)
#else
#define SIMD(...) PRAGMA(omp simd __VA_ARGS__)
#define PRAGMA(...) _Pragma(#__VA_ARGS__)
#endif

/* ---- Poisson ------------------------------------------------------------------------------------------------------
**
** Number the cells of a group's (step, member) grid one after the other. With hazard h = -log(1 - p), an exponential of mean 1 divided by h is a number of
** cells: its whole part is the geometric gap to the next candidate, and its fraction is, independently, below h_i / h with probability p_i / p: one
** draw does both the jump and the thinning.
**
** Where p is large every neuron draws 16 bits a step, and 32 bits more only where these tie with the threshold; p is rounded to a float there. */

enum { BUFFER = 512, CELL_TILE = 2 * 4 * RANDOM_TILE /* 16-bit cells in a tile */ };
#define EQUAL_LIMIT 0.25    /* from this p on, drawing for each neuron is faster (measured): equal rates, */
#define UNEQUAL_LIMIT 0.125 /* unequal rates; a power of two, where an octave ends */
#define LONGEST_GAP 0x1p52  /* no run is that long */

enum { STREAM_GAPS = RANDOM_STREAM_POISSON, STREAM_CELLS = RANDOM_STREAM_POISSON + 1, STREAM_TIES = RANDOM_STREAM_POISSON + 2 };

typedef struct Group {
  int64_t first, n; /* members and ratios first .. first+n-1 of the generator's arrays */
  double inverse;   /* 1 / h of the most active member */
} Group;

enum { POISSON_GROUPS = 24 };
typedef struct PoissonState {
  uint64_t draws;                  /* exponentials used up */
  int64_t step;                    /* the step expected next, INT64_MIN: none yet */
  int64_t next[POISSON_GROUPS];    /* cells until each group's next candidate */
  double fraction[POISSON_GROUPS]; /* where in its cell it lies, 0..1: thinning compares it with p_i */
  int64_t changed;                 /* the last step with new rates */
  bool is_restless;                /* they change all the time */
} PoissonState;

struct Poisson {
  int64_t n;
  double dt;
  RandomKey key;
  uint32_t object;
  PoissonMethod method;
  bool is_equal; /* one rate for all: group[0] or "dense" is everybody, without arrays */
  double rate;   /* of all, where equal */
  int n_groups;
  Group group[POISSON_GROUPS];
  int64_t n_dense; /* neurons that draw in every step: members n - n_dense .. n-1, or everybody */
  int32_t *member; /* owned; [n] neurons: group by group, ascending in each, then the dense ones; NULL until rates are unequal */
  double *ratio;   /* owned; [n] h_i / h of the group; of dense ones p_i */
  double *given;   /* owned; [n] rates in Hz, where unequal */
  double *p;       /* owned; [n] made of them: probabilities of a spike in a step */
  uint64_t *bits;  /* owned; merges groups */
  PoissonState state;
  uint64_t loaded; /* which BUFFER exponentials are in the buffer; UINT64_MAX: none */
  double buffer[BUFFER];
};

static void choose_equal(Poisson *p) {
  double q = p->rate * p->dt / 1000;
  bool is_dense = p->method == POISSON_PER_NEURON || (p->method == POISSON_AUTO && q >= EQUAL_LIMIT);
  p->is_equal = true;
  p->n_groups = !is_dense && q > 0 && p->n > 0;
  p->n_dense = is_dense && q > 0 ? p->n : 0;
  p->group[0] = (Group){ 0, p->n, q < 1 ? -1 / lp_log1p64(-q) : 0 };
  p->state.step = INT64_MIN;
}

Poisson *poisson_new(int64_t n, double dt, uint64_t seed, uint32_t object, PoissonMethod method, Error *e) {
  if (n < 0 || n > INT32_MAX) {
    error_set(e, "a Poisson source has between 0 and 2147483647 neurons, got %lld", (long long)n);
    return NULL;
  }
  if (!(dt > 0) || !isfinite(dt)) {
    error_set(e, "a Poisson source needs a time step above 0, got %g", dt);
    return NULL;
  }
  Poisson *p = memory_new(sizeof *p);
  if (p == NULL) {
    error_memory(e, "a Poisson source", sizeof *p);
    return NULL;
  }
  p->n = n;
  p->dt = dt;
  p->key = random_key(seed);
  p->object = object;
  p->method = method;
  p->loaded = UINT64_MAX;
  p->state.changed = INT64_MIN / 2;
  choose_equal(p);
  return p;
}

void poisson_set_seed(Poisson *p, uint64_t seed) {
  p->key = random_key(seed);
  p->loaded = UINT64_MAX;
  p->state.step = INT64_MIN;
}

void poisson_free(Poisson *p) {
  if (p == NULL)
    return;
  memory_free(p->member);
  memory_free(p->ratio);
  memory_free(p->p);
  memory_free(p->given);
  memory_free(p->bits);
  memory_free(p);
}

bool poisson_set_rate(Poisson *p, double rate, Error *e) {
  if (!(rate >= 0) || !isfinite(rate))
    return error_set(e, "a rate must be a number >= 0, got %g", rate);
  if (p->is_equal && p->rate == rate)
    return true;
  p->rate = rate;
  p->state.is_restless = false;
  choose_equal(p);
  return true;
}

static inline double rate_at(const void *rates, ArrayType type, int64_t i) {
  return type == ARRAY_F32 ? (double)((const float *)rates)[i] : ((const double *)rates)[i];
}

static bool make_room(Poisson *p, Error *e) {
  if (p->bits != NULL)
    return true;
  size_t n = (size_t)p->n;
  if ((p->member == NULL && (p->member = memory_new(n * sizeof *p->member)) == NULL) ||
      (p->ratio == NULL && (p->ratio = memory_new(n * sizeof *p->ratio)) == NULL) ||
      (p->p == NULL && (p->p = memory_new(n * sizeof *p->p)) == NULL) ||
      (p->given == NULL && (p->given = memory_new(n * sizeof *p->given)) == NULL) ||
      (p->bits = memory_new((size_t)bitmap_bytes(p->n))) == NULL)
    return error_memory(e, "rates of a Poisson source", 28.0 * (double)p->n);
  return true;
}

/* Which octave p belongs to: 0 for [1/16, 1/8), ...; -1: drawn in every step; POISSON_GROUPS: never. */
static int octave(const Poisson *s, double p) {
  if (!(p > 0))
    return POISSON_GROUPS;
  if (s->method == POISSON_PER_NEURON || p >= 1 || (s->method == POISSON_AUTO && p >= UNEQUAL_LIMIT))
    return -1;
  if (p >= UNEQUAL_LIMIT)
    return 0;
  int exponent;
  frexp(p, &exponent); /* p in [2^(exponent-1), 2^exponent), exponent <= -3 */
  int k = -3 - exponent;
  return k < POISSON_GROUPS ? k : POISSON_GROUPS - 1;
}

/* A group costs about as much in a step as one candidate does, so an octave joins the one above where that brings fewer than one candidate more. */
static void join_octaves(const int64_t *count, const double *top, int *group_of) {
  int head = -1;
  for (int k = 0; k < POISSON_GROUPS; k++) {
    if (count[k] > 0 && (head < 0 || (double)count[k] * (top[head] - top[k]) >= 1))
      head = k;
    group_of[k] = head < 0 ? k : head;
  }
}

/* Members in order of octave (the most active first), then the dense ones; silent neurons are in no list. */
static void make_groups(Poisson *s) {
  int64_t count[POISSON_GROUPS] = { 0 }, at[POISSON_GROUPS + 1];
  double top[POISSON_GROUPS] = { 0 };
  s->n_groups = 0;
  s->n_dense = 0;
  for (int64_t i = 0; i < s->n; i++) {
    int k = octave(s, s->p[i]);
    if (k == -1) {
      s->n_dense++;
    } else if (k < POISSON_GROUPS) {
      count[k]++;
      top[k] = s->p[i] > top[k] ? s->p[i] : top[k];
    }
  }
  int group_of[POISSON_GROUPS];
  join_octaves(count, top, group_of);
  for (int k = 0; k < POISSON_GROUPS; k++)
    if (group_of[k] != k) {
      count[group_of[k]] += count[k];
      count[k] = 0;
    }
  int64_t first = 0;
  for (int k = 0; k < POISSON_GROUPS; k++) {
    at[k] = first;
    if (count[k] > 0)
      s->group[s->n_groups++] = (Group){ first, count[k], -1 / lp_log1p64(-top[k]) };
    top[k] = count[k] > 0 ? -1 / lp_log1p64(-top[k]) : 0;
    first += count[k];
  }
  int64_t dense = s->n - s->n_dense;
  for (int64_t i = 0; i < s->n; i++) {
    int k = octave(s, s->p[i]);
    if (k == POISSON_GROUPS)
      continue;
    k = k == -1 ? -1 : group_of[k];
    int64_t place = k == -1 ? dense++ : at[k]++;
    s->member[place] = (int32_t)i;
    s->ratio[place] = k == -1 ? s->p[i] : -lp_log1p64(-s->p[i]) * top[k];
  }
}

/* Are they rates, and the same for all? */
static bool check_rates(const Poisson *p, const void *rates, ArrayType type, bool *is_equal, Error *e) {
  *is_equal = true;
  for (int64_t i = 0; i < p->n; i++) {
    double rate = rate_at(rates, type, i);
    if (!(rate >= 0) || !isfinite(rate))
      return error_set(e, "a rate must be a number >= 0, got %g for neuron %lld", rate, (long long)i + 1);
    *is_equal &= rate == rate_at(rates, type, 0);
  }
  return true;
}

static void find_probabilities(Poisson *p) {
  for (int64_t i = 0; i < p->n; i++)
    p->p[i] = p->given[i] * p->dt / 1000;
}

/* Take rates that are good; with unequal ones the caller settles what follows from them. */
static bool take_rates(Poisson *p, const void *rates, ArrayType type, bool *is_equal, Error *e) {
  if (!check_rates(p, rates, type, is_equal, e))
    return false;
  if (*is_equal)
    return p->n == 0 || poisson_set_rate(p, rate_at(rates, type, 0), e);
  if (!make_room(p, e))
    return false;
  for (int64_t i = 0; i < p->n; i++)
    p->given[i] = rate_at(rates, type, i);
  find_probabilities(p);
  p->is_equal = false;
  return true;
}

static void settle(Poisson *p) {
  p->state.is_restless = false;
  make_groups(p);
  p->state.step = INT64_MIN;
}

bool poisson_set_rates(Poisson *p, const void *rates, ArrayType type, Error *e) {
  bool is_equal;
  if (!take_rates(p, rates, type, &is_equal, e))
    return false;
  if (!is_equal)
    settle(p);
  return true;
}

enum { OFTEN = 4, RESTED = 16 }; /* steps between two changes */

static bool is_as_before(const Poisson *p, const void *rates, ArrayType type) {
  for (int64_t i = 0; i < p->n; i++)
    if (rate_at(rates, type, i) != (p->is_equal ? p->rate : p->given[i]))
      return false;
  return true;
}

bool poisson_follow(Poisson *p, const void *rates, ArrayType type, int64_t count, int64_t step, Error *e) {
  if (count == 1 && p->n != 1)
    return poisson_set_rate(p, rate_at(rates, type, 0), e);
  bool is_equal;
  if (is_as_before(p, rates, type))
    return true;
  if (!take_rates(p, rates, type, &is_equal, e))
    return false;
  if (is_equal)
    return true;
  bool is_often = step - p->state.changed <= OFTEN;
  p->state.changed = step;
  if (is_often)
    p->state.is_restless = true;
  else
    settle(p);
  return true;
}

/* What has much to do stays out of the step of a small source. */
#define RARELY __attribute__((noinline, cold))

static RARELY void load_exponentials(Poisson *p, uint64_t part) {
  random_exponentials(p->key, p->object, STREAM_GAPS, part * (BUFFER / 2), BUFFER / (2 * RANDOM_TILE), p->buffer);
  p->loaded = part;
}

/* Cells to the next candidate and where in its cell it lies. `draws` is state.draws, which a loop keeps in a register. */
static inline double jump(Poisson *p, uint64_t *draws, double inverse) {
  const uint64_t part = *draws / BUFFER;
  if (__builtin_expect(part != p->loaded, 0))
    load_exponentials(p, part);
  const double x = p->buffer[(*draws)++ % BUFFER] * inverse;
  return x < LONGEST_GAP ? x : LONGEST_GAP;
}

/* Nobody needs the fractions. */
static int64_t step_equal(Poisson *p, int32_t *spikes) {
  const int64_t n = p->n;
  const double inverse = p->group[0].inverse;
  uint64_t draws = p->state.draws;
  int64_t next = p->state.next[0], m = 0;
  while (next < n) {
    spikes[m++] = (int32_t)next;
    next += 1 + (int64_t)jump(p, &draws, inverse);
  }
  p->state.next[0] = next - n;
  p->state.draws = draws;
  return m;
}

/* Accepted candidates of group g, ascending: places in member[], from `first` on. */
static inline int64_t step_group(Poisson *p, int g, int64_t first, int32_t *places) {
  const Group *group = &p->group[g];
  const int64_t n = group->n;
  const double *ratio = p->ratio + group->first, inverse = group->inverse;
  uint64_t draws = p->state.draws;
  int64_t next = p->state.next[g], m = 0;
  double fraction = p->state.fraction[g];
  while (next < n) {
    places[m] = (int32_t)(first + next);
    m += fraction < ratio[next];
    const double x = jump(p, &draws, inverse);
    const int64_t gap = (int64_t)x;
    fraction = x - (double)gap;
    next += 1 + gap;
  }
  p->state.next[g] = next - n;
  p->state.fraction[g] = fraction;
  p->state.draws = draws;
  return m;
}

/* Cells of 16 bits for neurons 0 .. n-1 at a step: those below p spike. Cell c of a tile is the c-th 16 bits of its words in memory, which is the
** same number everywhere because all machines we run on are little-endian. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "cells are read from memory in little-endian order");

static uint32_t step_stream(uint32_t stream, int64_t step) { return stream + ((uint32_t)((uint64_t)step >> 32 & 0x3FFFFF) << 8); }

static bool wins_tie(const Poisson *s, int64_t step, int64_t i, double rest) {
  uint32_t word[4];
  random_block(s->key, s->object, step_stream(STREAM_TIES, step), (uint64_t)(uint32_t)step << 32 | (uint64_t)i, 0, word);
  return word[0] < rest * 0x1p32;
}

/* A tile of `n` cells from neuron `first` on; x[c] = 65536 p, already within 0 .. 65536. Appends numbers to out. */
static int64_t step_cells(const Poisson *s, int64_t step, int64_t first, const float *x, const uint16_t *cell, int n, int32_t *out) {
  int64_t m = 0;
  int ties = 0;
  int32_t threshold[CELL_TILE];
  SIMD(reduction(| : ties))
  for (int c = 0; c < CELL_TILE; c++) {
    threshold[c] = (int32_t)x[c];
    ties |= threshold[c] == cell[c];
  }
  if (!ties) {
    for (int c = 0; c < n; c++) {
      out[m] = (int32_t)(first + c);
      m += cell[c] < threshold[c];
    }
    return m;
  }
  for (int c = 0; c < n; c++)
    if (cell[c] < threshold[c] || (cell[c] == threshold[c] && wins_tie(s, step, first + c, (double)x[c] - threshold[c])))
      out[m++] = (int32_t)(first + c);
  return m;
}

enum { BATCH = 8 }; /* tiles drawn at once */

/* Per-neuron draws for n neurons; probability 65536 p of neuron i comes from p[i], from rates[i] * scale, or is `same`. */
typedef struct Cells {
  const double *p;
  const void *rates;
  ArrayType type;
  double scale;
  float same;
  int64_t n_bad;
} Cells;

/* 65536 p of n neurons; returns how many are negative or NaN. */
#define THRESHOLDS(from, scale)                                                                                                            \
  SIMD(reduction(+ : n_bad))                                                                                                               \
  for (int i = 0; i < n; i++) {                                                                                                            \
    double v = (double)(from)[i] * (scale), low = v > 0 ? v : 0;                                                                           \
    n_bad += !(v >= 0);                                                                                                                    \
    x[i] = (float)(low < 65536 ? low : 65536);                                                                                             \
  }

static int fill_thresholds(const Cells *c, int64_t first, int n, float *restrict x) {
  int64_t n_bad = 0; /* of the size of a double, so that lanes match */
  if (c->p != NULL) {
    THRESHOLDS(c->p + first, 65536.0)
  } else if (c->type == ARRAY_F32) {
    THRESHOLDS((const float *)c->rates + first, c->scale)
  } else {
    THRESHOLDS((const double *)c->rates + first, c->scale)
  }
  return (int)n_bad;
}

static int64_t step_dense(const Poisson *s, int64_t step, Cells *cells, int64_t n, int32_t *out) {
  uint32_t word[BATCH * 4 * RANDOM_TILE];
  float x[CELL_TILE] = { 0 };
  int64_t m = 0;
  if (cells->p == NULL && cells->rates == NULL)
    for (int c = 0; c < CELL_TILE; c++)
      x[c] = cells->same;
  for (int64_t first = 0; first < n; first += CELL_TILE) {
    int64_t tile = first / CELL_TILE, left = (n - first + CELL_TILE - 1) / CELL_TILE;
    if (tile % BATCH == 0)
      random_words(s->key, s->object, step_stream(STREAM_CELLS, step), (uint64_t)(uint32_t)step << 32 | (uint64_t)(tile * RANDOM_TILE),
                   left < BATCH ? left : BATCH, word);
    int here = n - first < CELL_TILE ? (int)(n - first) : CELL_TILE;
    if (cells->p != NULL || cells->rates != NULL)
      cells->n_bad += fill_thresholds(cells, first, here, x);
    uint16_t cell[CELL_TILE];
    memcpy(cell, word + tile % BATCH * 4 * RANDOM_TILE, sizeof cell);
    m += step_cells(s, step, first, x, cell, here, out + m);
  }
  return m;
}

/* So does what has much on its stack. */
#define LARGE __attribute__((noinline))

/* Several groups, or groups and dense neurons: each gives places, the bitmap puts their neurons in order. */
static LARGE int64_t step_mixed(Poisson *p, int64_t step, int32_t *spikes) {
  int64_t dense = p->n - p->n_dense;
  bool is_one = p->n_groups + (p->n_dense > 0) == 1;
  for (int g = 0; g <= p->n_groups; g++) {
    int64_t m, offset = 0;
    if (g < p->n_groups) {
      m = step_group(p, g, p->group[g].first, spikes);
    } else if (p->n_dense > 0) {
      m = step_dense(p, step, &(Cells){ .p = p->ratio + dense }, p->n_dense, spikes);
      offset = dense;
    } else {
      break;
    }
    if (is_one) {
      for (int64_t k = 0; k < m; k++)
        spikes[k] = p->member[spikes[k] + offset];
      return m;
    }
    for (int64_t k = 0; k < m; k++)
      bitmap_put(p->bits, p->n, p->member[spikes[k] + offset]);
  }
  return p->n_groups > 0 ? bitmap_drain(p->bits, p->n, spikes) : 0;
}

static LARGE int64_t step_all_dense(const Poisson *p, int64_t step, int32_t *spikes) {
  double q = p->rate * p->dt / 1000;
  return step_dense(p, step, &(Cells){ .same = q < 1 ? (float)(q * 65536) : 65536 }, p->n, spikes);
}

/* First step, new rates, or a jump: nothing is remembered, so begin here. */
static RARELY void begin(Poisson *p) {
  for (int g = 0; g < p->n_groups; g++) {
    const double x = jump(p, &p->state.draws, p->group[g].inverse);
    p->state.next[g] = (int64_t)x;
    p->state.fraction[g] = x - (double)(int64_t)x;
  }
}

int64_t poisson_step(Poisson *p, int64_t step, int32_t *spikes) {
  if (__builtin_expect(p->state.is_restless, 0)) {
    if (step - p->state.changed <= RESTED)
      return poisson_step_rates(p, step, p->given, ARRAY_F64, spikes, NULL);
    settle(p);
  }
  if (__builtin_expect(step != p->state.step, 0))
    begin(p);
  p->state.step = step + 1;
  if (!p->is_equal) /* in one group of everybody places are neurons */
    return p->n_groups == 1 && p->group[0].n == p->n ? step_group(p, 0, 0, spikes) : step_mixed(p, step, spikes);
  if (p->n_groups > 0)
    return step_equal(p, spikes);
  return p->n_dense > 0 ? step_all_dense(p, step, spikes) : 0;
}

LARGE int64_t poisson_step_rates(Poisson *p, int64_t step, const void *rates, ArrayType type, int32_t *spikes, int64_t *n_bad) {
  Cells cells = { .rates = rates, .type = type, .scale = p->dt / 1000 * 65536 };
  int64_t m = step_dense(p, step, &cells, p->n, spikes);
  if (n_bad != NULL)
    *n_bad = cells.n_bad;
  return m;
}

static bool rates_state(Poisson *p, State *s) {
  bool is_equal = p->is_equal, is_one;
  double rate = p->rate;
  if (!state_bool(s, "is_equal", &is_equal) || !state_f64(s, "rate", &rate) || (!is_equal && !make_room(p, s->error)) ||
      (!is_equal && !state_fixed(s, "given", ARRAY_F64, p->given, p->n)))
    return false;
  if (s->mode != STATE_READ)
    return true;
  if (is_equal && (!(rate >= 0) || !isfinite(rate)))
    return state_fail(s, "a rate must be a number >= 0, got %g", rate);
  if (!is_equal && !check_rates(p, p->given, ARRAY_F64, &is_one, s->error))
    return false;
  p->rate = rate;
  p->is_equal = is_equal;
  if (is_equal) {
    choose_equal(p);
  } else {
    find_probabilities(p);
    make_groups(p);
  }
  return true;
}

static bool changes_state(Poisson *p, State *s) {
  PoissonState *now = &p->state;
  return state_i64(s, "changed", &now->changed) && state_check(s, "changed", now->changed, INT64_MIN / 2, INT64_MAX / 2) &&
         state_bool(s, "is_restless", &now->is_restless) &&
         (s->mode != STATE_READ || !now->is_restless || !p->is_equal || state_fail(s, "equal rates that change all the time"));
}

bool poisson_state(Poisson *p, State *s) {
  PoissonState *now = &p->state;
  if (!state_enter(s, "poisson", 0, NULL) || !rates_state(p, s) || !changes_state(p, s) || !state_u64(s, "draws", &now->draws) ||
      !state_i64(s, "step", &now->step) || !state_fixed(s, "next", ARRAY_I64, now->next, POISSON_GROUPS) ||
      !state_check_i64(s, "next", now->next, POISSON_GROUPS, 0, INT64_MAX / 2) ||
      !state_fixed(s, "fraction", ARRAY_F64, now->fraction, POISSON_GROUPS) ||
      !state_memory(s, "groups", (p->member != NULL ? 20 * p->n : 0) + (p->bits != NULL ? bitmap_bytes(p->n) : 0)))
    return false;
  if (s->mode == STATE_READ)
    p->loaded = UINT64_MAX;
  state_leave(s);
  return true;
}

void poisson_describe(const Poisson *p, char *text, int size) {
  int64_t n_skip = 0;
  for (int g = 0; g < p->n_groups; g++)
    n_skip += p->group[g].n;
  int used = snprintf(text, (size_t)size, "skip, %d group%s of %lld neurons", p->n_groups, p->n_groups == 1 ? "" : "s", (long long)n_skip);
  if (p->state.is_restless)
    snprintf(text, (size_t)size, "one draw a step, %lld neurons: rates change all the time", (long long)p->n);
  else if (p->n_dense > 0 && used < size)
    snprintf(text + used, (size_t)(size - used), "; one draw a step, %lld neurons", (long long)p->n_dense);
}
