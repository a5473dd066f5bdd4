/* Streams in Lua (`lunapse.core.sound`): the userdata "lunapse.stream" and the functions that make and measure streams.
**
** A userdata holds one reference to a Stream (base/stream.h); streams hold each other and their Lua functions by themselves. Thin: check,
** call one function of src/sound, push. The classes that users see are in lua/lunapse/hearing. Main thread only. */
#ifndef LUNAPSE_BINDING_SOUND_H
#define LUNAPSE_BINDING_SOUND_H
#include <lua.h>

#include "base/stream.h"

#define BINDING_STREAM "lunapse.stream"

/* Push the module `lunapse.core.sound`. */
int binding_open_sound(lua_State *L);

/* The stream at `index` (borrowed); raises when it is none. */
Stream *binding_check_stream(lua_State *L, int index);

/* The same, but NULL when it is none. Never raises. */
Stream *binding_test_stream(lua_State *L, int index);

/* ---- between the files of this binding ---- */

/* Push an empty box, to be filled with a reference at once; what raises before that is harmless. */
Stream **binding_stream_box(lua_State *L);

/* Push the stream that the box on top of the stack got, or raise `e`. Returns 1. */
int binding_finish_stream(lua_State *L, Stream **box, const Error *e);

/* The streams of the table at `index`; the table keeps them alive, the list (pushed) is garbage of Lua's. */
Stream **binding_check_streams(lua_State *L, int index, int64_t *n);

/* Doubles of an array or table at `index`, as a contiguous array kept alive by the stack slot that this pushes. */
const double *binding_sound_numbers(lua_State *L, int index, int64_t *n);

/* A pushed array of doubles to be filled; its rows are contiguous. */
double *binding_sound_push(lua_State *L, int64_t n_rows, int64_t n_columns);

/* A rate: positive and finite. */
double binding_sound_rate(lua_State *L, int index);

/* Filters (sound_filter.c). */
int binding_sound_gammatone(lua_State *L);
int binding_sound_gammatone_sections(lua_State *L);
int binding_sound_lanes(lua_State *L);
int binding_sound_filter(lua_State *L);
int binding_sound_controlled(lua_State *L);
int binding_sound_fir(lua_State *L);
int binding_sound_pink(lua_State *L);

/* Functions of Lua (sound_function.c) and kernel programs (sound_kernel.c) as streams, and loops of streams (sound_loop.c). */
int binding_sound_map(lua_State *L);
int binding_sound_generator(lua_State *L);
int binding_sound_kernel(lua_State *L);
int binding_sound_loop_row(lua_State *L);
int binding_sound_tap(lua_State *L);
int binding_sound_loop(lua_State *L);

#endif
