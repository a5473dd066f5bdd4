/* The interpreter for one precision: `real`, VM_MASK (an integer as wide, holds a bool), VM_COUNT, VM_NAME. Included by vm_both.h alone. */

#define Lane VM_NAME(VmLane)
typedef union {
  real r;
  VM_MASK m;
} Lane;

/* Type and union field of arguments A, B, C for each signature that ops.def uses. */
#ifndef VM_SIGNATURES
#define VM_SIGNATURES
#define VM_TYPE_r real
#define VM_TYPE_b VM_MASK
#define VM_FIELD_r r
#define VM_FIELD_b m
#define VM_A_r r
#define VM_A_b b
#define VM_A_rr r
#define VM_B_rr r
#define VM_A_bb b
#define VM_B_bb b
#define VM_A_brr b
#define VM_B_brr r
#define VM_C_brr r
#define VM_TYPE(letter) VM_PASTE(VM_TYPE_, letter)
#define VM_FIELD(letter) VM_PASTE(VM_FIELD_, letter)
#endif

/* One number for all elements. */
static real VM_NAME(draw_one)(const KernelArgs *args, const Code *c, const Lane *u) {
  const uint64_t key = lp_stream(args->seed, args->object, c->site);
  const real a = u[c->a].r, b = u[c->b].r;
  if (c->extra && a == 0)
    return 0;
  switch (c->op) {
  case CODE_DRAW: return VM_NAME(lp_uniform)(key, 0, args->step);
  case CODE_DRAW_NORMAL: return VM_NAME(lp_normal)(key, 0, args->step);
  case CODE_DRAW_GAMMA: return VM_NAME(lp_gamma)(key, 0, args->step, a);
  case CODE_DRAW_POISSON: return VM_NAME(lp_poisson)(key, 0, args->step, a);
  default: return VM_NAME(lp_binomial)(key, 0, args->step, a, b);
  }
}

/* What an operation on a table gives for arguments a and b. */
static double VM_NAME(of_table)(const KernelArgs *args, CodeOp op, const Place *p, const double *table, double a, double b) {
  if (op == CODE_LOOKUP)
    return lp_lookup64(table + p->at, p->rows, p->columns, a, b);
  const double x = p->is_time ? args->t + a : a;
  return op == CODE_LOCATE ? lp_locate64(table + p->at, p->rows, p->is_listed, x) : lp_beyond64(table + p->at, p->rows, p->is_listed, x);
}

/* ---- once per call -------------------------------------------------------------------------------------------------- */
static void VM_NAME(run_uniform)(const KernelArgs *args, const Program *p, Lane *u) {
  memcpy(u, p->constants, (size_t)p->n_constants * sizeof(Lane));
  for (const Code *c = p->uniform_code;; c++) {
    double *const slot = (double *)(p->n_slots > 0 ? args->slot[c->slot] : NULL);
    Lane *const d = &u[c->dst];
    switch ((CodeOp)c->op) {
    case CODE_END: return;
    case CODE_LOAD: d->r = (real)*slot; break;
    case CODE_NOW: d->r = (real)args->t; break;
    case CODE_ELAPSED: d->r = (real)(args->t - *slot); break;
    case CODE_ACTIVE: d->m = (double)args->step >= *slot; break;
    case CODE_DRAW:
    case CODE_DRAW_NORMAL:
    case CODE_DRAW_GAMMA:
    case CODE_DRAW_POISSON:
    case CODE_DRAW_BINOMIAL: d->r = VM_NAME(draw_one)(args, c, u); break;
    case CODE_LOOKUP:
    case CODE_LOCATE:
    case CODE_BEYOND:
      d->r = (real)VM_NAME(of_table)(args, (CodeOp)c->op, &p->instructions[c->extra].table, slot, (double)u[c->a].r, (double)u[c->b].r);
      break;
    case CODE_STORE: *slot = c->kind == KIND_COUNT ? (double)lp_count64((double)u[c->a].r) : (double)u[c->a].r; break;
    case CODE_STAMP: *slot = args->t; break;
    case CODE_FREEZE:
      if (!c->extra || u[c->b].m)
        *slot = (double)lp_freeze64(args->step, (double)u[c->a].r);
      break;
/* clang-format off */
#define OP_1(name, args_, result, text) \
  case CODE_##name: { const VM_TYPE(VM_A_##args_) A = u[c->a].VM_FIELD(VM_A_##args_); d->VM_FIELD(result) = text; } break;
#define OP_2(name, args_, result, text) \
  case CODE_##name: { const VM_TYPE(VM_A_##args_) A = u[c->a].VM_FIELD(VM_A_##args_); \
    const VM_TYPE(VM_B_##args_) B = u[c->b].VM_FIELD(VM_B_##args_); d->VM_FIELD(result) = text; } break;
#define OP_3(name, args_, result, text) \
  case CODE_##name: { const VM_TYPE(VM_A_##args_) A = u[c->a].VM_FIELD(VM_A_##args_); \
    const VM_TYPE(VM_B_##args_) B = u[c->b].VM_FIELD(VM_B_##args_); const VM_TYPE(VM_C_##args_) C = u[c->c].VM_FIELD(VM_C_##args_); \
    d->VM_FIELD(result) = text; } break;
/* clang-format on */
#include "kernel/ops.def"
#undef OP_1
#undef OP_2
#undef OP_3
    default: ASSERT(!"a uniform operation"); return;
    }
  }
}

/* ---- memory --------------------------------------------------------------------------------------------------------- */
/* For each element k of a block: X is its entry's index. */
/* clang-format off */
#define VM_OVER(ix, body) \
  switch ((ix)->mode) { \
    case AT_ONE: { const int64_t X = (ix)->at; for (int k = 0; k < n; k++) { body } } break; \
    case AT_RANGE: { const int64_t at_ = (ix)->at; VM_VECTOR for (int k = 0; k < n; k++) { const int64_t X = at_ + k; body } } break; \
    case AT_LIST32: { const int32_t *const l_ = (ix)->list32; for (int k = 0; k < n; k++) { const int64_t X = l_[k]; body } } break; \
    default: { const int64_t *const l_ = (ix)->list64; for (int k = 0; k < n; k++) { const int64_t X = l_[k]; body } } break; \
  }
/* clang-format on */
/* Loads may go over the elements in any order: nothing else writes `d`. */
/* clang-format off */
#define VM_GATHER(ix, value) \
  switch ((ix)->mode) { \
    case AT_ONE: { const int64_t X = (ix)->at; VM_VECTOR for (int k = 0; k < n; k++) d[k] = value; } break; \
    case AT_RANGE: { const int64_t at_ = (ix)->at; VM_VECTOR for (int k = 0; k < n; k++) { const int64_t X = at_ + k; d[k] = value; } } break; \
    case AT_LIST32: { const int32_t *const l_ = (ix)->list32; VM_VECTOR for (int k = 0; k < n; k++) { const int64_t X = l_[k]; d[k] = value; } } break; \
    default: { const int64_t *const l_ = (ix)->list64; VM_VECTOR for (int k = 0; k < n; k++) { const int64_t X = l_[k]; d[k] = value; } } break; \
  }
/* clang-format on */

static const VmIndex *VM_NAME(index_of)(const VmFrame *f, int scope) {
  return scope == SCOPE_PRE ? &f->pre : scope == SCOPE_POST ? &f->post : &f->elem;
}

static void VM_NAME(load)(const VmFrame *f, const Code *c, real *d, int n) {
  const void *base = f->args->slot[c->slot];
  const VmIndex *ix = VM_NAME(index_of)(f, c->scope);
  switch (c->kind) {
  case KIND_REAL: {
    const real *s = base;
    VM_GATHER(ix, s[X])
  } break;
  case KIND_TIME: {
    const double *s = base;
    VM_GATHER(ix, (real)s[X])
  } break;
  case KIND_COUNT: {
    const VM_COUNT *s = base;
    VM_GATHER(ix, (real)s[X])
  } break;
  default: {
    const int32_t *s = base;
    VM_GATHER(ix, (real)s[X])
  } break;
  }
}

static void VM_NAME(store)(const VmFrame *f, const Code *c, const real *a, int n) {
  void *base = f->args->slot[c->slot];
  const VmIndex *ix = VM_NAME(index_of)(f, c->scope);
  switch (c->kind) {
  case KIND_REAL: {
    real *s = base;
    VM_OVER(ix, s[X] = a[k];)
  } break;
  case KIND_TIME: {
    double *s = base;
    VM_OVER(ix, s[X] = (double)a[k];)
  } break;
  default: {
    VM_COUNT *s = base;
    VM_OVER(ix, s[X] = VM_NAME(lp_count)((double)a[k]);)
  } break;
  }
}

static void VM_NAME(clock_memory)(const VmFrame *f, const Code *c, Lane *d_, const real *a, const VM_MASK *b, int n) {
  void *base = f->args->slot[c->slot];
  const VmIndex *ix = VM_NAME(index_of)(f, c->scope);
  const double t = f->args->t;
  const int64_t step = f->args->step;
  if (c->op == CODE_ELAPSED) {
    real *d = &d_->r;
    const double *s = base;
    VM_GATHER(ix, (real)(t - s[X]))
  } else if (c->op == CODE_ACTIVE) {
    VM_MASK *d = &d_->m;
    const VM_COUNT *s = base;
    VM_GATHER(ix, step >= s[X])
  } else if (c->op == CODE_STAMP) {
    double *s = base;
    VM_OVER(ix, s[X] = t;)
  } else if (c->extra) {
    VM_COUNT *s = base;
    VM_OVER(ix, if (b[k]) s[X] = VM_NAME(lp_freeze)(step, (double)a[k]);)
  } else {
    VM_COUNT *s = base;
    VM_OVER(ix, s[X] = VM_NAME(lp_freeze)(step, (double)a[k]);)
  }
}

/* ---- reductions ------------------------------------------------------------------------------------------------------- */
static void VM_NAME(accumulate)(const VmFrame *f, const Code *c, const real *a, int n) {
  if (c->scope == SCOPE_UNIFORM) {
    double *s = f->args->slot[c->slot], v = *s;
    switch (c->op) {
    case CODE_MIN_OF:
      for (int k = 0; k < n; k++)
        v = lp_min64(v, (double)a[k]);
      break;
    case CODE_MAX_OF:
      for (int k = 0; k < n; k++)
        v = lp_max64(v, (double)a[k]);
      break;
    default:
      for (int k = 0; k < n; k++)
        v += (double)a[k];
      break;
    }
    *s = v;
    return;
  }
  real *s = f->args->slot[c->slot];
  const VmIndex *ix = VM_NAME(index_of)(f, c->scope);
  real one = 1;
  __asm__("" : "+m"(one)); /* a choice may leave a denormal as it is; a product flushes it (language/emit/body.lua) */
  switch (c->op) {
  case CODE_MIN_OF: VM_OVER(ix, s[X] = one * lp_min(s[X], a[k]);) break;
  case CODE_MAX_OF: VM_OVER(ix, s[X] = one * lp_max(s[X], a[k]);) break;
  default: VM_OVER(ix, s[X] += a[k];) break;
  }
}

static real VM_NAME(lane_total)(real *lane) {
  for (int half = CODE_SUM_LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++)
      lane[l] += lane[l + half];
  return lane[0];
}

static void VM_NAME(sum)(const VmFrame *f, const Code *c, const real *a, real *lane) {
  for (int i = 0; i < f->n_pieces; i++) {
    const VmPiece *piece = &f->piece[i];
    int k = piece->begin;
    int64_t in_row = piece->k;
    if (in_row == 0)
      memset(lane, 0, CODE_SUM_LANES * sizeof *lane);
    for (; k < piece->end && in_row % CODE_SUM_LANES != 0; k++, in_row++)
      lane[in_row % CODE_SUM_LANES] += a[k];
    for (; k + CODE_SUM_LANES <= piece->end; k += CODE_SUM_LANES, in_row += CODE_SUM_LANES) {
      VM_VECTOR
      for (int l = 0; l < CODE_SUM_LANES; l++)
        lane[l] += a[k + l];
    }
    for (; k < piece->end; k++, in_row++)
      lane[in_row % CODE_SUM_LANES] += a[k];
    if (!piece->is_last)
      continue;
    real total = VM_NAME(lane_total)(lane);
    if (c->scope == SCOPE_UNIFORM)
      *(double *)f->args->slot[c->slot] += (double)total;
    else
      ((real *)f->args->slot[c->slot])[piece->outer] += total;
  }
}

/* ---- indexes, spikes, draws ------------------------------------------------------------------------------------------ */
static const int64_t *VM_NAME(expand_index)(VmFrame *f, int scope) {
  const VmIndex *ix = VM_NAME(index_of)(f, scope);
  const int n = f->n;
  int64_t *d = f->index;
  VM_GATHER(ix, X)
  return d;
}

static void VM_NAME(spike)(VmFrame *f, const VM_MASK *a) {
  VM_MASK any = 0;
  for (int k = 0; k < f->n; k++)
    any |= a[k];
  if (any == 0)
    return;
  for (int k = 0; k < f->n; k++)
    if (a[k])
      f->args->spikes[f->n_spikes++] = (int32_t)(f->elem.at + k);
}

/* A number that is only multiplied by `a` is not drawn while that is zero: 0 stands for it. */
static void VM_NAME(draw)(VmFrame *f, const Code *c, real *d, const real *a, const real *b) {
  const uint64_t key = lp_stream(f->args->seed, f->args->object, c->site);
  const VmIndex *ix = VM_NAME(index_of)(f, c->scope);
  const int64_t step = f->args->step, at = ix->at;
  const int n = f->n;
  if (c->extra && a[0] == 0) {
    memset(d, 0, sizeof *d * (size_t)n);
    return;
  }
  if (ix->mode == AT_RANGE) {
    const Draws *const draws = f->args->draws;
    switch (c->op) {
    case CODE_DRAW: draws->VM_NAME(uniform)(key, at, n, step, d); break;
    case CODE_DRAW_NORMAL: draws->VM_NAME(normal)(key, at, n, step, d); break;
    case CODE_DRAW_GAMMA: draws->VM_NAME(gamma)(key, at, n, step, a, d); break;
    case CODE_DRAW_POISSON: draws->VM_NAME(poisson)(key, at, n, step, a, d); break;
    default: draws->VM_NAME(binomial)(key, at, n, step, a, b, d); break;
    }
    return;
  }
  const int64_t *const element = VM_NAME(expand_index)(f, c->scope);
  switch (c->op) {
  case CODE_DRAW: VM_VECTOR for (int k = 0; k < n; k++) d[k] = VM_NAME(lp_uniform)(key, element[k], step); break;
  case CODE_DRAW_NORMAL: VM_VECTOR for (int k = 0; k < n; k++) d[k] = VM_NAME(lp_normal)(key, element[k], step); break;
  case CODE_DRAW_GAMMA:
    for (int k = 0; k < n; k++)
      d[k] = VM_NAME(lp_gamma)(key, element[k], step, a[k]);
    break;
  case CODE_DRAW_POISSON:
    for (int k = 0; k < n; k++)
      d[k] = VM_NAME(lp_poisson)(key, element[k], step, a[k]);
    break;
  default:
    for (int k = 0; k < n; k++)
      d[k] = VM_NAME(lp_binomial)(key, element[k], step, a[k], b[k]);
    break;
  }
}

/* ---- a block ---------------------------------------------------------------------------------------------------------- */
/* Arithmetic runs over whole groups of lanes: what the lanes beyond the block's elements hold does not matter. Results may take the
** register of an argument: lane k depends on lane k alone. */
static void VM_NAME(run_block)(VmFrame *f) {
  char *const scratch = f->args->scratch;
  const Program *const p = f->p;
  void **const reg = (void **)(scratch + p->at_pointers);
  const Lane *const u = (const Lane *)(scratch + p->at_uniform);
  Lane *const registers = (Lane *)(scratch + p->at_registers);
  const int n = f->n, m = (n + CODE_LANES - 1) / CODE_LANES * CODE_LANES;
  for (const Code *c = p->code;; c++) {
    Lane *const own = registers + (size_t)c->dst * CODE_BLOCK;
    const void *const pa = reg[c->a], *const pb = reg[c->b], *const pc = reg[c->c];
    switch ((CodeOp)c->op) {
    case CODE_END: return;
    case CODE_SPLAT: {
      real *d = &own->r;
      const real v = u[c->a].r;
      for (int k = 0; k < m; k++)
        d[k] = v;
    } break;
    case CODE_LOAD: {
      const VmIndex *ix = VM_NAME(index_of)(f, c->scope);
      if (c->may_borrow && ix->mode == AT_RANGE && n == m) {
        reg[c->dst] = (real *)f->args->slot[c->slot] + ix->at;
        continue;
      }
      VM_NAME(load)(f, c, &own->r, n);
    } break;
    case CODE_STORE: VM_NAME(store)(f, c, pa, n); continue;
    case CODE_ACC:
    case CODE_MIN_OF:
    case CODE_MAX_OF: VM_NAME(accumulate)(f, c, pa, n); continue;
    case CODE_SUM:
      if (c->scope == SCOPE_UNIFORM || (int)c->scope == (int)f->outer_scope)
        VM_NAME(sum)(f, c, pa, (real *)(scratch + p->at_sums) + CODE_SUM_LANES * c->extra);
      else
        VM_NAME(accumulate)(f, c, pa, n);
      continue;
    case CODE_STAMP:
    case CODE_FREEZE: VM_NAME(clock_memory)(f, c, NULL, pa, pb, n); continue;
    case CODE_ELAPSED:
    case CODE_ACTIVE: VM_NAME(clock_memory)(f, c, own, NULL, NULL, n); break;
    case CODE_INDEX: {
      const int64_t *at = VM_NAME(expand_index)(f, c->scope);
      real *d = &own->r;
      VM_VECTOR for (int k = 0; k < n; k++) d[k] = (real)(at[k] + 1);
    } break;
    case CODE_SPIKE: VM_NAME(spike)(f, pa); continue;
    case CODE_DRAW:
    case CODE_DRAW_NORMAL:
    case CODE_DRAW_GAMMA:
    case CODE_DRAW_POISSON:
    case CODE_DRAW_BINOMIAL: VM_NAME(draw)(f, c, &own->r, pa, pb); break;
    case CODE_LOOKUP:
    case CODE_LOCATE:
    case CODE_BEYOND: {
      const Place *place = &p->instructions[c->extra].table;
      const double *table = f->args->slot[c->slot];
      const real *a = pa, *b = pb;
      real *d = &own->r;
      for (int k = 0; k < n; k++)
        d[k] = (real)VM_NAME(of_table)(f->args, (CodeOp)c->op, place, table, (double)a[k], c->op == CODE_LOOKUP ? (double)b[k] : 0);
    } break;
    case CODE_NOW: ASSERT(!"the time is uniform"); return;
#define VM_ARG(P, NAME, letter) const VM_TYPE(letter) NAME = ((const VM_TYPE(letter) *)P)[k];
#define VM_UNI(N, NAME, letter) const VM_TYPE(letter) NAME = u[c->N].VM_FIELD(letter);
#define VM_LOOP(result, text, ...)                                                                                                         \
  {                                                                                                                                        \
    VM_TYPE(result) *const d = (VM_TYPE(result) *)own;                                                                                     \
    VM_VECTOR for (int k = 0; k < m; k++) { __VA_ARGS__ d[k] = text; }                                                                     \
  }
/* clang-format off */
#define OP_1(name, args_, result, text) \
      case CODE_##name: VM_LOOP(result, text, VM_ARG(pa, A, VM_A_##args_)) break;
#define OP_2(name, args_, result, text) \
      case CODE_##name: VM_LOOP(result, text, VM_ARG(pa, A, VM_A_##args_) VM_ARG(pb, B, VM_B_##args_)) break; \
      case CODE_##name##_vs: { VM_UNI(b, B, VM_B_##args_) VM_LOOP(result, text, VM_ARG(pa, A, VM_A_##args_)) } break; \
      case CODE_##name##_sv: { VM_UNI(a, A, VM_A_##args_) VM_LOOP(result, text, VM_ARG(pb, B, VM_B_##args_)) } break;
#define OP_3(name, args_, result, text) \
      case CODE_##name: VM_LOOP(result, text, VM_ARG(pa, A, VM_A_##args_) VM_ARG(pb, B, VM_B_##args_) VM_ARG(pc, C, VM_C_##args_)) break; \
      case CODE_##name##_vvs: { VM_UNI(c, C, VM_C_##args_) VM_LOOP(result, text, VM_ARG(pa, A, VM_A_##args_) VM_ARG(pb, B, VM_B_##args_)) } break; \
      case CODE_##name##_vsv: { VM_UNI(b, B, VM_B_##args_) VM_LOOP(result, text, VM_ARG(pa, A, VM_A_##args_) VM_ARG(pc, C, VM_C_##args_)) } break; \
      case CODE_##name##_vss: { VM_UNI(b, B, VM_B_##args_) VM_UNI(c, C, VM_C_##args_) VM_LOOP(result, text, VM_ARG(pa, A, VM_A_##args_)) } break;
/* clang-format on */
#include "kernel/ops.def"
#undef OP_1
#undef OP_2
#undef OP_3
/* clang-format off */
#define ROW(name, text) \
      case CODE_##name: VM_LOOP(r, text, VM_ARG(pa, A, r) VM_ARG(pb, B, r) VM_ARG(pc, C, r)) break; \
      case CODE_##name##_vvs: { VM_UNI(c, C, r) VM_LOOP(r, text, VM_ARG(pa, A, r) VM_ARG(pb, B, r)) } break; \
      case CODE_##name##_vsv: { VM_UNI(b, B, r) VM_LOOP(r, text, VM_ARG(pa, A, r) VM_ARG(pc, C, r)) } break; \
      case CODE_##name##_vss: { VM_UNI(b, B, r) VM_UNI(c, C, r) VM_LOOP(r, text, VM_ARG(pa, A, r)) } break; \
      case CODE_##name##_svv: { VM_UNI(a, A, r) VM_LOOP(r, text, VM_ARG(pb, B, r) VM_ARG(pc, C, r)) } break; \
      case CODE_##name##_svs: { VM_UNI(a, A, r) VM_UNI(c, C, r) VM_LOOP(r, text, VM_ARG(pb, B, r)) } break;
      /* clang-format on */
      CODE_FUSED(ROW)
#undef ROW
#undef VM_ARG
#undef VM_UNI
#undef VM_LOOP
    }
    reg[c->dst] = own;
  }
}

int64_t VM_PASTE(VM_NAME(vm_run), VM_PASTE(_, VM_SUFFIX))(const KernelArgs *args) {
  const Program *p = args->program;
  char *scratch = args->scratch;
  VM_NAME(run_uniform)(args, p, (Lane *)(scratch + p->at_uniform));
  if (!p->has_elements)
    return 0;
  _Static_assert((int)CODE_BLOCK <= (int)DRAWS_MOST, "room of draws.h");
  _Static_assert(sizeof(VmWork) <= 64 * CODE_BLOCK + 64, "room that code.c gives");
  VmPiece one;
  VmFrame f = { .args = args, .p = p, .run = VM_NAME(run_block), .rule = BLOCK_FREE };
  if (p->nest == NEST_EACH) {
    f.index = (int64_t *)(scratch + p->at_block);
    f.piece = &one;
  } else {
    f.work = (VmWork *)(scratch + p->at_block);
    f.index = f.work->index;
    f.piece = f.work->piece;
  }
  nest_run(&f);
  return f.n_spikes;
}

#undef Lane
#undef VM_OVER
#undef VM_GATHER
