/* Filters of streams in Lua. */
#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "binding/array.h"
#include "binding/sound.h"
#include "sound/filter.h"
#include "sound/fir.h"
#include "sound/gammatone.h"

static GammatoneShape check_shape(lua_State *L, int index) {
  GammatoneShape shape = gammatone_shape;
  if (lua_isnoneornil(L, index))
    return shape;
  luaL_checktype(L, index, LUA_TTABLE);
  struct {
    const char *name;
    double *to;
  } fields[] = { { "b", &shape.b }, { "q", &shape.q }, { "min_width", &shape.min_width }, { "order", &shape.order } };
  for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
    int type = lua_getfield(L, index, fields[k].name);
    if (type != LUA_TNIL)
      *fields[k].to = luaL_checknumber(L, -1);
    if (!(*fields[k].to > 0 && isfinite(*fields[k].to)))
      luaL_error(L, "gammatone: %s must be positive and finite", fields[k].name);
    lua_pop(L, 1);
  }
  return shape;
}

/* sound.gammatone(stream, cf, { b=, q=, min_width=, order= }) */
int binding_sound_gammatone(lua_State *L) {
  Error e;
  int64_t n;
  Stream *s = binding_check_stream(L, 1);
  const double *cf = binding_sound_numbers(L, 2, &n);
  GammatoneShape shape = check_shape(L, 3);
  Stream **box = binding_stream_box(L);
  *box = gammatone_new(s, cf, n, &shape, &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.gammatone_sections(cf, rate, shape) -> { a0=, a1={4}, b1=, b2=, gain= } */
int binding_sound_gammatone_sections(lua_State *L) {
  GammatoneShape shape = check_shape(L, 3);
  GammatoneSections f = gammatone_sections(luaL_checknumber(L, 1), binding_sound_rate(L, 2), &shape);
  lua_createtable(L, 0, 5);
  lua_createtable(L, 4, 0);
  for (int k = 0; k < 4; k++) {
    lua_pushnumber(L, f.a1[k]);
    lua_rawseti(L, -2, k + 1);
  }
  lua_setfield(L, -2, "a1");
  struct {
    const char *name;
    double value;
  } fields[] = { { "a0", f.a0 }, { "b1", f.b1 }, { "b2", f.b2 }, { "gain", f.gain } };
  for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
    lua_pushnumber(L, fields[k].value);
    lua_setfield(L, -2, fields[k].name);
  }
  return 1;
}

/* sound.lanes([n]) -> how many channels go through the filter together; n limits it (0: as many as there are) */
int binding_sound_lanes(lua_State *L) {
  if (!lua_isnoneornil(L, 1))
    gammatone_set_lanes((int)luaL_checkinteger(L, 1));
  lua_pushinteger(L, gammatone_lanes());
  return 1;
}

/* sound.filter(stream, coefficients[channel * section][b0 b1 b2 a1 a2], n_sections) */
int binding_sound_filter(lua_State *L) {
  Error e;
  int64_t n;
  Stream *s = binding_check_stream(L, 1);
  const double *f = binding_sound_numbers(L, 2, &n);
  lua_Integer n_sections = luaL_checkinteger(L, 3);
  luaL_argcheck(L, n_sections >= 1 && n_sections <= 1000, 3, "filter: 1 to 1000 sections");
  luaL_argcheck(L, n > 0 && n % (5 * n_sections) == 0, 2, "filter: five coefficients a section are needed, b0 b1 b2 a1 a2");
  Section *sections = lua_newuserdatauv(L, sizeof *sections * (size_t)(n / 5), 0);
  for (int64_t k = 0; k < n / 5; k++, f += 5)
    sections[k] = (Section){ f[0], f[1], f[2], f[3], f[4] };
  Stream **box = binding_stream_box(L);
  *box = filter_new(s, sections, n / 5 / n_sections, (int)n_sections, &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.controlled(stream, coefficients, n_sections): rows of the stream `coefficients` are [section][b0 b1 b2 a1 a2][channel] */
int binding_sound_controlled(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1), *coefficients = binding_check_stream(L, 2);
  lua_Integer n_sections = luaL_checkinteger(L, 3);
  luaL_argcheck(L, n_sections >= 1 && n_sections <= 1000, 3, "filter: 1 to 1000 sections");
  Stream **box = binding_stream_box(L);
  *box = filter_controlled_new(s, coefficients, (int)n_sections, &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.fir(stream, taps[channel][tap]) */
int binding_sound_fir(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1);
  Array *taps = binding_check_array(L, 2);
  luaL_argcheck(L, taps->type == ARRAY_F64 && taps->n_axes == 2 && array_is_contiguous(taps) && array_count(taps) > 0, 2,
                "fir: taps [channel][tap] in float64 expected");
  Stream **box = binding_stream_box(L);
  *box = fir_new(s, (const double *)(const void *)taps->at, taps->shape[0], taps->shape[1], &e);
  return binding_finish_stream(L, box, &e);
}

static void push_sections(lua_State *L, const Section *sections, int n) {
  double *to = binding_sound_push(L, n, 5);
  for (int k = 0; k < n; k++, to += 5)
    memcpy(to, &(double[5]){ sections[k].b0, sections[k].b1, sections[k].b2, sections[k].a1, sections[k].a2 }, 5 * sizeof *to);
}

/* sound.pink(rate) -> array [section][5], rows until its start is forgotten */
int binding_sound_pink(lua_State *L) {
  Section sections[FILTER_PINK_SECTIONS];
  int64_t settle;
  int n = filter_pink(sections, binding_sound_rate(L, 1), &settle);
  push_sections(L, sections, n);
  lua_pushinteger(L, settle);
  return 2;
}
