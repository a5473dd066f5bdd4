/* Functions of Lua as streams. They are called with whole blocks of STREAM_BLOCK rows, whoever reads the stream and in whatever pieces. */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "binding/array.h"
#include "binding/sound.h"
#include "sound/generate.h"
#include "sound/shape.h"

/* A function runs on a thread of its own: a stream can be read from any coroutine, and from within a run. */
typedef struct {
  lua_State *L;
  int thread, function; /* references in the registry, so that a stream that only the engine holds keeps them */
  bool is_generator;
  double rate;
} LuaFunction;

/* What one call is about; passed through lua_pcall. */
typedef struct {
  LuaFunction *f;
  double *block;
  int64_t n, n_channels, at;
} Call;

static void push_times(lua_State *L, const Call *c) {
  Array *times = array_new(ARRAY_F64, c->n, 0);
  binding_push_array(L, times);
  for (int64_t k = 0; k < c->n; k++)
    ((double *)times->at)[k] = (double)(c->at + k) * 1000 / c->f->rate;
}

static void push_block(lua_State *L, const Call *c) {
  Array *block = array_new(ARRAY_F64, c->n, c->n_channels);
  binding_push_array(L, block);
  memcpy(block->at, c->block, sizeof(double) * (size_t)(c->n * c->n_channels));
}

static void take_result(lua_State *L, const Call *c, const char *what) {
  if (lua_type(L, -1) == LUA_TNUMBER) {
    double value = lua_tonumber(L, -1);
    for (int64_t k = 0; k < c->n * c->n_channels; k++)
      c->block[k] = value;
    return;
  }
  if (lua_type(L, -1) != LUA_TTABLE && !binding_test_array(L, -1))
    luaL_error(L, "%s gave a %s, not an array", what, luaL_typename(L, -1));
  Array *a = binding_to_array(L, -1, ARRAY_F64);
  if (a->n_axes > 2 || a->shape[0] != c->n || a->shape[1] != c->n_channels)
    luaL_error(L, "%s gave an array of %I x %I, wanted are %I rows of %I", what, (LUAI_UACINT)a->shape[0], (LUAI_UACINT)a->shape[1],
               (LUAI_UACINT)c->n, (LUAI_UACINT)c->n_channels);
  for (int64_t k = 0; k < c->n * c->n_channels; k++)
    c->block[k] = array_get(a, k);
}

/* Everything that can raise, protected. */
static int call(lua_State *L) {
  const Call *c = lua_touserdata(L, 1);
  luaL_checkstack(L, 8, "function of a stream");
  lua_rawgeti(L, LUA_REGISTRYINDEX, c->f->function);
  if (c->f->is_generator) {
    push_times(L, c);
    lua_call(L, 1, 1);
    take_result(L, c, "the generator");
    return 0;
  }
  push_block(L, c);
  lua_pushvalue(L, -1);
  lua_insert(L, 2); /* stays below the call, for a function that changes it in place */
  lua_pushnumber(L, (double)c->at * 1000 / c->f->rate);
  lua_call(L, 2, 1);
  if (lua_isnil(L, -1))
    lua_settop(L, 2);
  take_result(L, c, "the function");
  return 0;
}

static bool apply(void *context, double *block, int64_t n, int64_t n_channels, int64_t at, Error *e) {
  LuaFunction *f = context;
  Call c = { f, block, n, n_channels, at };
  lua_State *L = f->L;
  if (!lua_checkstack(L, 4))
    return error_set(e, "no memory to call a function");
  lua_pushcfunction(L, call);
  lua_pushlightuserdata(L, &c);
  bool ok = lua_pcall(L, 1, 0, 0) == LUA_OK;
  if (!ok) {
    error_set(e, "%s", lua_tostring(L, -1) ? lua_tostring(L, -1) : "a function failed with an error that is no text");
    lua_pop(L, 1);
  }
  return ok;
}

static void let_go(void *context) {
  LuaFunction *f = context;
  luaL_unref(f->L, LUA_REGISTRYINDEX, f->function);
  luaL_unref(f->L, LUA_REGISTRYINDEX, f->thread);
  memory_free(f);
}

/* The function at `index` over `source`, into the box on top of the stack. */
static int function_over(lua_State *L, Stream **box, Stream *source, int index, bool is_generator) {
  Error e;
  LuaFunction *f = memory_new(sizeof *f);
  if (!f)
    return luaL_error(L, "no memory for a stream");
  f->is_generator = is_generator;
  f->rate = source->rate;
  f->thread = f->function = LUA_NOREF;
  f->L = L;
  ShapeFunction function = { .wants_whole_blocks = true, .context = f, .apply = apply, .free = let_go };
  *box = shape_map(source, function, &e);
  if (!*box) {
    memory_free(f);
    return luaL_error(L, "%s", e.text);
  }
  lua_pushvalue(L, index); /* from here on the box owns f, and what raises is harmless */
  f->function = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_State *thread = lua_newthread(L);
  f->thread = luaL_ref(L, LUA_REGISTRYINDEX);
  f->L = thread;
  return 1;
}

/* sound.map(stream, function(block, t) -> array or nil) */
int binding_sound_map(lua_State *L) {
  Stream *s = binding_check_stream(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  return function_over(L, binding_stream_box(L), s, 2, false);
}

/* sound.generator(function(times) -> array or number, channels, rate) */
int binding_sound_generator(lua_State *L) {
  Error e;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_Integer n = luaL_checkinteger(L, 2);
  double rate = luaL_checknumber(L, 3);
  luaL_argcheck(L, n >= 1 && n <= INT32_MAX, 2, "the number of channels must be 1 or more");
  luaL_argcheck(L, rate > 0 && rate < 1e300, 3, "a rate must be positive");
  lua_settop(L, 3);
  Stream **silence = binding_stream_box(L), **box = binding_stream_box(L);
  *silence = generate_constant(0, n, rate, -1, &e);
  if (!*silence)
    return luaL_error(L, "%s", e.text);
  return function_over(L, box, *silence, 1, true);
}
