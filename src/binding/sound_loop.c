/* Loops of streams: what a loop gave last, as the userdata "lunapse.loop_row", and the streams that hear and make it. */
#include <lauxlib.h>
#include <string.h>

#include "binding/array.h"
#include "binding/sound.h"
#include "sound/compute.h"

#define LOOP_ROW "lunapse.loop_row"

static int row_gc(lua_State *L) {
  LoopRow **box = luaL_checkudata(L, 1, LOOP_ROW);
  loop_row_release(*box);
  *box = NULL;
  return 0;
}

/* sound.loop_row(initial): an array with a value for each channel that goes back */
int binding_sound_loop_row(lua_State *L) {
  Error e;
  Array *initial = binding_check_array(L, 1);
  luaL_argcheck(L, initial->type == ARRAY_F64 && array_is_contiguous(initial) && array_count(initial) >= 1, 1, "float64 values expected");
  LoopRow **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  if (luaL_newmetatable(L, LOOP_ROW)) {
    lua_pushcfunction(L, row_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  *box = loop_row_new((const double *)(const void *)initial->at, array_count(initial), &e);
  return *box ? 1 : luaL_error(L, "%s", e.text);
}

static LoopRow *check_row(lua_State *L, int index) {
  LoopRow **box = luaL_checkudata(L, index, LOOP_ROW);
  luaL_argcheck(L, *box, index, "the row is gone");
  return *box;
}

/* sound.tap(row, rate) */
int binding_sound_tap(lua_State *L) {
  Error e;
  LoopRow *row = check_row(L, 1);
  double rate = luaL_checknumber(L, 2);
  luaL_argcheck(L, rate > 0 && rate < 1e300, 2, "a rate must be positive");
  Stream **box = binding_stream_box(L);
  *box = loop_tap(row, rate, &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.loop(body, n_out, row) */
int binding_sound_loop(lua_State *L) {
  Error e;
  Stream *body = binding_check_stream(L, 1);
  lua_Integer n_out = luaL_checkinteger(L, 2);
  luaL_argcheck(L, n_out >= 1, 2, "the number of channels must be 1 or more");
  LoopRow *row = check_row(L, 3);
  Stream **box = binding_stream_box(L);
  *box = loop_new(body, n_out, row, &e);
  return binding_finish_stream(L, box, &e);
}
