/* Synapses that come and go, in Lua: methods of projections (see engine/structure.h). */
#include <lauxlib.h>
#include <string.h>

#include "base/memory.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "engine/structure.h"

#define CHANGE "lunapse.change"

static Projection *check_projection(lua_State *L, int index) { return binding_check_handle(L, index, BINDING_PROJECTION)->object; }

/* proj:pairs(first major from 1, majors, first minor, minors) -> a block of pairs, for net:bind */
static int projection_pairs(lua_State *L) {
  const Projection *p = check_projection(L, 1);
  const bool by_pre = storage_major(p->storage) == SIDE_PRE;
  const int64_t n_major = by_pre ? p->pre->n : p->post->n, n_minor = by_pre ? p->post->n : p->pre->n;
  PairBlock b = { luaL_checkinteger(L, 2) - 1, luaL_checkinteger(L, 3), luaL_checkinteger(L, 4) - 1, luaL_checkinteger(L, 5) };
  luaL_argcheck(L, b.major_first >= 0 && b.n_major >= 0 && b.major_first + b.n_major <= n_major, 2, "no such neurons");
  luaL_argcheck(L, b.minor_first >= 0 && b.n_minor >= 0 && b.minor_first + b.n_minor <= n_minor, 4, "no such neurons");
  Storage *s = lua_newuserdatauv(L, sizeof *s, 0);
  *s = structure_pairs(p, &b);
  luaL_newmetatable(L, BINDING_PAIRS);
  lua_setmetatable(L, -2);
  return 1;
}

/* proj:clear_known(pairs, answers) */
static int projection_clear_known(lua_State *L) {
  const Projection *p = check_projection(L, 1);
  const Storage *pairs = luaL_checkudata(L, 2, BINDING_PAIRS);
  Array *answers = binding_check_array(L, 3);
  if ((answers->type != ARRAY_F64 && answers->type != ARRAY_F32) || !array_is_contiguous(answers) ||
      array_count(answers) < pairs->n_synapses)
    return luaL_error(L, "an answer for each pair expected");
  structure_clear_known(p, pairs, answers);
  array_touch(answers);
  return 0;
}

static int change_gc(lua_State *L) {
  Storage **box = luaL_checkudata(L, 1, CHANGE);
  storage_free(*box);
  *box = NULL;
  return 0;
}

/* Neuron numbers from 1 to positions from 0, in memory that stays on the stack. storage_rebuild checks their range. */
static int32_t *positions(lua_State *L, int index, int64_t *n) {
  Array *a = binding_to_array(L, index, ARRAY_I64);
  *n = array_count(a);
  int32_t *out = lua_newuserdatauv(L, sizeof *out * (size_t)(*n + 1), 0);
  for (int64_t k = 0; k < *n; k++) {
    double x = array_get(a, k);
    out[k] = x >= 0 && x <= INT32_MAX ? (int32_t)x - 1 : -1;
  }
  return out;
}

/* Numbers from 0 as numbers from 1; 0 where there is none. Frees `numbers`. */
static void give_numbers(Array *a, int64_t *numbers) {
  int64_t n = array_count(a);
  for (int64_t k = 0; k < n; k++)
    ((int64_t *)a->at)[k] = numbers[k] + 1;
  memory_free(numbers);
}

/* proj:plan_change(keep | nil, pre, post) -> change, number of each old synapse (from 1; 0: removed), of each added one */
static int projection_plan_change(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  StorageChange c = { .n_pre = p->pre->n, .n_post = p->post->n };
  if (!lua_isnoneornil(L, 2)) {
    Array *keep = binding_check_array(L, 2);
    if (keep->type != ARRAY_BOOL || !array_is_contiguous(keep) || array_count(keep) != p->storage->n_synapses)
      return luaL_error(L, "keep: a truth value for each of %d synapses expected", (int)p->storage->n_synapses);
    c.keep = (const uint8_t *)keep->at;
  }
  int64_t n_post;
  c.added_pre = positions(L, 3, &c.n_added);
  c.added_post = positions(L, 4, &n_post);
  if (n_post != c.n_added)
    return luaL_error(L, "as many pre as post neurons expected, got %d and %d", (int)c.n_added, (int)n_post);
  Storage **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  if (luaL_newmetatable(L, CHANGE)) {
    lua_pushcfunction(L, change_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  Array *old_places = array_new(ARRAY_I64, p->storage->n_synapses, 0);
  binding_push_array(L, old_places);
  Array *added_places = array_new(ARRAY_I64, c.n_added, 0);
  binding_push_array(L, added_places);
  int64_t *of_old, *of_added;
  *box = storage_rebuild(p->storage, &c, &of_old, &of_added, &e);
  if (*box == NULL)
    return binding_raise(L, &e);
  give_numbers(old_places, of_old);
  give_numbers(added_places, of_added);
  return 3;
}

/* proj:commit_change(change) */
static int projection_commit_change(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_PROJECTION);
  Storage **box = luaL_checkudata(L, 2, CHANGE);
  luaL_argcheck(L, *box != NULL, 2, "this change was made already");
  structure_replace(h->object, *box);
  *box = NULL;
  h->network->is_changed = true;
  return 0;
}

static const luaL_Reg methods[] = {
  { "pairs", projection_pairs },
  { "clear_known", projection_clear_known },
  { "plan_change", projection_plan_change },
  { "commit_change", projection_commit_change },
  { NULL, NULL },
};

void binding_open_structure(lua_State *L) { binding_add_methods(L, BINDING_PROJECTION, methods); }
