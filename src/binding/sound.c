#include "binding/sound.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/array_block.h"
#include "base/memory.h"
#include "binding/array.h"
#include "binding/path.h"
#include "sound/file.h"
#include "sound/generate.h"
#include "sound/measure.h"
#include "sound/play.h"
#include "sound/resample.h"
#include "sound/shape.h"

static int fail(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

/* ---- boxes ---- */

Stream **binding_stream_box(lua_State *L) {
  Stream **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, BINDING_STREAM);
  return box;
}

int binding_finish_stream(lua_State *L, Stream **box, const Error *e) {
  if (!*box)
    fail(L, e);
  return 1;
}

Stream *binding_test_stream(lua_State *L, int index) {
  Stream **box = luaL_testudata(L, index, BINDING_STREAM);
  return box ? *box : NULL;
}

Stream *binding_check_stream(lua_State *L, int index) {
  Stream **box = luaL_checkudata(L, index, BINDING_STREAM);
  luaL_argcheck(L, *box, index, "the stream is closed");
  return *box;
}

static int stream_gc(lua_State *L) {
  Stream **box = luaL_checkudata(L, 1, BINDING_STREAM), *s = *box;
  *box = NULL;
  stream_release(s);
  return 0;
}

/* ---- arguments ---- */

double binding_sound_rate(lua_State *L, int index) {
  double rate = luaL_checknumber(L, index);
  luaL_argcheck(L, rate > 0 && isfinite(rate), index, "a rate must be positive");
  return rate;
}

static int64_t check_width(lua_State *L, int index) {
  lua_Integer n = luaL_checkinteger(L, index);
  luaL_argcheck(L, n >= 1 && n <= INT32_MAX, index, "the number of channels must be 1 or more");
  return n;
}

const double *binding_sound_numbers(lua_State *L, int index, int64_t *n) {
  Array *a = binding_to_array(L, index, ARRAY_F64);
  if (!array_is_contiguous(a)) {
    a = array_duplicate(a, ARRAY_F64);
    binding_push_array(L, a);
    lua_remove(L, -2);
  }
  *n = array_count(a);
  return (const double *)a->at;
}

Stream **binding_check_streams(lua_State *L, int index, int64_t *n) {
  luaL_checktype(L, index, LUA_TTABLE);
  *n = (int64_t)lua_rawlen(L, index);
  luaL_argcheck(L, *n > 0, index, "no streams");
  Stream **list = lua_newuserdatauv(L, sizeof *list * (size_t)*n, 0);
  for (int64_t k = 0; k < *n; k++) {
    lua_rawgeti(L, index, k + 1);
    list[k] = binding_test_stream(L, -1);
    if (!list[k])
      luaL_error(L, "part %I is no stream", (LUAI_UACINT)(k + 1));
    lua_pop(L, 1);
  }
  return list;
}

double *binding_sound_push(lua_State *L, int64_t n_rows, int64_t n_columns) {
  Array *a = array_new(ARRAY_F64, n_rows, n_columns);
  binding_push_array(L, a);
  return (double *)a->at;
}

/* ---- streams that read nothing ---- */

/* sound.constant(value, channels, rate, n) */
static int sound_constant(lua_State *L) {
  Error e;
  Stream **box = binding_stream_box(L);
  *box = generate_constant(luaL_checknumber(L, 1), check_width(L, 2), binding_sound_rate(L, 3), luaL_checkinteger(L, 4), &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.tones(frequencies, amplitudes, phases, rate, n): arrays or tables of one length */
static int sound_tones(lua_State *L) {
  Error e;
  int64_t n, n_amplitudes, n_phases;
  const double *frequency = binding_sound_numbers(L, 1, &n), *amplitude = binding_sound_numbers(L, 2, &n_amplitudes),
               *phase = binding_sound_numbers(L, 3, &n_phases);
  luaL_argcheck(L, n >= 1, 1, "no frequency");
  luaL_argcheck(L, n_amplitudes == n, 2, "as many amplitudes as frequencies are needed");
  luaL_argcheck(L, n_phases == n, 3, "as many phases as frequencies are needed");
  Partial *partials = lua_newuserdatauv(L, sizeof *partials * (size_t)n, 0);
  for (int64_t k = 0; k < n; k++)
    partials[k] = (Partial){ frequency[k], amplitude[k], phase[k] };
  Stream **box = binding_stream_box(L);
  *box = generate_tones(partials, n, binding_sound_rate(L, 4), luaL_checkinteger(L, 5), &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.noise(seed, channels, rate, n) */
static int sound_noise(lua_State *L) {
  Error e;
  Stream **box = binding_stream_box(L);
  *box = generate_noise((uint64_t)luaL_checkinteger(L, 1), check_width(L, 2), binding_sound_rate(L, 3), luaL_checkinteger(L, 4), &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.rows(array, { rate=, times=, period=, interpolate=, silent= }, rate) */
static int sound_rows(lua_State *L) {
  Error e;
  RowTiming timing = { 0 };
  Array *rows = binding_check_array(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 3);
  if (lua_getfield(L, 2, "times") != LUA_TNIL)
    timing.times = binding_check_array(L, -1);
  lua_getfield(L, 2, "rate");
  timing.rate = timing.times ? 1 : binding_sound_rate(L, -1);
  lua_getfield(L, 2, "period");
  timing.period = luaL_optnumber(L, -1, 0);
  luaL_argcheck(L, timing.period >= 0 && isfinite(timing.period), 2, "period must not be negative");
  lua_getfield(L, 2, "interpolate");
  timing.is_interpolated = lua_toboolean(L, -1);
  lua_getfield(L, 2, "silent");
  timing.ends_silent = lua_toboolean(L, -1);
  Stream **box = binding_stream_box(L);
  *box = generate_rows(rows, &timing, binding_sound_rate(L, 3), &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.file(path) */
static int sound_file(lua_State *L) {
  Error e;
  Stream **box = binding_stream_box(L);
  *box = file_open(binding_check_path(L, 1), &e);
  return binding_finish_stream(L, box, &e);
}

/* ---- streams made of streams ---- */

/* sound.ramp(stream, n_on, n_off) */
static int sound_ramp(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1), **box = binding_stream_box(L);
  *box = shape_ramp(s, luaL_checkinteger(L, 2), luaL_checkinteger(L, 3), &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.gain(stream, gains) */
static int sound_gain(lua_State *L) {
  Error e;
  int64_t n;
  Stream *s = binding_check_stream(L, 1);
  const double *gains = binding_sound_numbers(L, 2, &n);
  Stream **box = binding_stream_box(L);
  *box = shape_gain(s, gains, n, &e);
  return binding_finish_stream(L, box, &e);
}

static int put_together(lua_State *L, Stream *(*make)(Stream *const *, int64_t, Error *)) {
  Error e;
  int64_t n;
  Stream **parts = binding_check_streams(L, 1, &n), **box = binding_stream_box(L);
  *box = make(parts, n, &e);
  return binding_finish_stream(L, box, &e);
}

static int sound_sequence(lua_State *L) { return put_together(L, shape_sequence); } /* sound.sequence { streams } */
static int sound_join(lua_State *L) { return put_together(L, shape_join); }         /* sound.join { streams } */

/* sound.cut(stream, first, n): first from 0 */
static int sound_cut(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1), **box = binding_stream_box(L);
  *box = shape_cut(s, luaL_checkinteger(L, 2), luaL_optinteger(L, 3, -1), &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.pick(stream, { channels }): from 1 */
static int sound_pick(lua_State *L) {
  Error e;
  int64_t n;
  Stream *s = binding_check_stream(L, 1);
  const double *wanted = binding_sound_numbers(L, 2, &n);
  int64_t *channels = lua_newuserdatauv(L, sizeof *channels * (size_t)(n + 1), 0);
  for (int64_t k = 0; k < n; k++) {
    if (wanted[k] != rint(wanted[k]) || fabs(wanted[k]) > 1e15)
      luaL_error(L, "pick: channel %f is no whole number", wanted[k]);
    channels[k] = (int64_t)wanted[k] - 1;
  }
  Stream **box = binding_stream_box(L);
  *box = shape_pick(s, channels, n, &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.mono(stream) */
static int sound_mono(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1), **box = binding_stream_box(L);
  *box = shape_mono(s, &e);
  return binding_finish_stream(L, box, &e);
}

/* sound.resample(stream, rate) */
static int sound_resample(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1), **box = binding_stream_box(L);
  *box = resample_new(s, binding_sound_rate(L, 2), &e);
  return binding_finish_stream(L, box, &e);
}

/* ---- measures, files ---- */

static int64_t check_count(lua_State *L, int index, const char *what) {
  lua_Integer n = luaL_checkinteger(L, index);
  luaL_argcheck(L, n >= 0, index, what);
  return n;
}

/* sound.measure(stream, n) -> means, rms, peaks: arrays with an element for each channel */
static int sound_measure(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1);
  int64_t n = check_count(L, 2, "a length must not be negative");
  Measure *m = lua_newuserdatauv(L, sizeof *m * (size_t)s->n_channels, 0);
  if (!measure_channels(s, n, m, &e))
    fail(L, &e);
  double *mean = binding_sound_push(L, s->n_channels, 0), *rms = binding_sound_push(L, s->n_channels, 0),
         *peak = binding_sound_push(L, s->n_channels, 0);
  for (int64_t c = 0; c < s->n_channels; c++)
    mean[c] = m[c].mean, rms[c] = m[c].rms, peak[c] = m[c].peak;
  return 3;
}

/* sound.bins(stream, bin, n_bins) -> array [bin][channel] of mean squares */
static int sound_bins(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1);
  int64_t bin = check_count(L, 2, "bin"), n_bins = check_count(L, 3, "bins");
  luaL_argcheck(L, bin > 0 && n_bins > 0, 2, "a bin has at least one sample, and there is at least one bin");
  double *bins = binding_sound_push(L, n_bins, s->n_channels);
  if (!measure_bins(s, bin, n_bins, bins, &e))
    fail(L, &e);
  return 1;
}

/* sound.decibels(power, reference, range, first, last) -> array [column][row]: 10 log10(power/reference) of columns first .. last (from 1), not less
** than `range` below the largest; the largest */
static int sound_decibels(lua_State *L) {
  Array *power = binding_check_array(L, 1);
  double reference = luaL_checknumber(L, 2), range = luaL_checknumber(L, 3), largest = 0;
  lua_Integer first = luaL_checkinteger(L, 4), last = luaL_checkinteger(L, 5);
  luaL_argcheck(L, first >= 1 && last <= power->shape[1] && first <= last && power->n_axes == 2, 4, "no such columns");
  int64_t n_rows = power->shape[0];
  double *out = binding_sound_push(L, last - first + 1, n_rows);
  for (int64_t r = 0; r < n_rows; r++)
    for (int64_t c = first - 1; c < last; c++)
      largest = fmax(largest, array_get(power, r * power->shape[1] + c));
  double top = largest > 0 ? 10 * log10(largest / reference) : 0;
  for (int64_t c = first - 1; c < last; c++)
    for (int64_t r = 0; r < n_rows; r++) {
      double p = array_get(power, r * power->shape[1] + c);
      *out++ = p > 0 ? fmax(10 * log10(p / reference), top - range) : top - range;
    }
  lua_pushnumber(L, top);
  return 2;
}

/* sound.save(path, stream, n, "pcm16"|"pcm24"|"float32"|"float64"|"compressed") */
static int sound_save(lua_State *L) {
  static const char *const names[] = { "pcm16", "pcm24", "float32", "float64", "compressed", NULL };
  static const FileSamples samples[] = { FILE_PCM16, FILE_PCM24, FILE_FLOAT32, FILE_FLOAT64, FILE_COMPRESSED };
  Error e;
  const char *path = binding_check_path(L, 1);
  Stream *s = binding_check_stream(L, 2);
  if (!file_save(path, s, check_count(L, 3, "a length must not be negative"), samples[luaL_checkoption(L, 4, NULL, names)], &e))
    fail(L, &e);
  return 0;
}

/* sound.play(path, { { program, arguments... }, ... }) -> the name of the program that played it; nil where none is there */
static int sound_play(lua_State *L) {
  enum { MOST = 16 };
  Error e;
  const char *path = binding_check_path(L, 1), *arguments[MOST];
  luaL_checktype(L, 2, LUA_TTABLE);
  for (lua_Integer k = 1; lua_rawgeti(L, 2, k) == LUA_TTABLE; k++) {
    int n = (int)lua_rawlen(L, -1);
    luaL_argcheck(L, n >= 1 && n < MOST - 1, 2, "the name of a program and its arguments expected");
    for (int i = 0; i < n; i++) {
      lua_rawgeti(L, -1 - i, i + 1);
      arguments[i] = luaL_checkstring(L, -1);
    }
    arguments[n] = path, arguments[n + 1] = NULL;
    PlayResult result = play_file(arguments, &e);
    if (result == PLAY_FAILED)
      return fail(L, &e);
    if (result == PLAY_DONE)
      return lua_pushstring(L, arguments[0]), 1;
    lua_settop(L, 2);
  }
  return 0;
}

/* ---- methods of a stream ---- */

/* stream:read(n [, is_flat]) -> array [n][channels], the next rows; of one channel [n] where is_flat */
static int stream_lua_read(lua_State *L) {
  Stream *s = binding_check_stream(L, 1);
  int64_t n = check_count(L, 2, "rows to read must not be negative");
  double *out = binding_sound_push(L, n, s->n_channels == 1 && lua_toboolean(L, 3) ? 0 : s->n_channels);
  if (stream_read_long(s, out, n) < 0)
    fail(L, &s->error);
  return 1;
}

/* stream:reset() */
static int stream_lua_reset(lua_State *L) {
  Stream *s = binding_check_stream(L, 1);
  if (!stream_reset(s))
    fail(L, &s->error);
  lua_settop(L, 1);
  return 1;
}

/* stream:seek(row), from 0 */
static int stream_lua_seek(lua_State *L) {
  Stream *s = binding_check_stream(L, 1);
  if (!stream_seek(s, check_count(L, 2, "a row must not be negative")))
    fail(L, &s->error);
  lua_settop(L, 1);
  return 1;
}

static int stream_lua_index(lua_State *L) {
  Stream *s = binding_check_stream(L, 1);
  const char *name = luaL_checkstring(L, 2);
  if (!strcmp(name, "channels"))
    lua_pushinteger(L, s->n_channels);
  else if (!strcmp(name, "rate"))
    lua_pushnumber(L, s->rate);
  else if (!strcmp(name, "n"))
    lua_pushinteger(L, s->n_samples);
  else if (!strcmp(name, "at"))
    lua_pushinteger(L, s->at);
  else if (lua_getfield(L, lua_upvalueindex(1), name) == LUA_TNIL)
    return luaL_error(L, "stream: unknown method or field '%s' (known: at, channels, close, n, rate, read, reset, seek)", name);
  return 1;
}

static int stream_lua_text(lua_State *L) {
  Stream **box = luaL_checkudata(L, 1, BINDING_STREAM);
  if (!*box)
    lua_pushliteral(L, "stream (closed)");
  else if ((*box)->n_samples < 0)
    lua_pushfstring(L, "stream of %I channels at %f Hz", (LUAI_UACINT)(*box)->n_channels, (*box)->rate);
  else
    lua_pushfstring(L, "stream of %I channels, %I rows at %f Hz", (LUAI_UACINT)(*box)->n_channels, (LUAI_UACINT)(*box)->n_samples,
                    (*box)->rate);
  return 1;
}

static const luaL_Reg stream_methods[] = {
  { "read", stream_lua_read }, { "reset", stream_lua_reset }, { "seek", stream_lua_seek }, { "close", stream_gc }, { NULL, NULL },
};

static const luaL_Reg functions[] = {
  { "constant", sound_constant },
  { "tones", sound_tones },
  { "noise", sound_noise },
  { "rows", sound_rows },
  { "file", sound_file },
  { "ramp", sound_ramp },
  { "gain", sound_gain },
  { "sequence", sound_sequence },
  { "join", sound_join },
  { "cut", sound_cut },
  { "pick", sound_pick },
  { "mono", sound_mono },
  { "resample", sound_resample },
  { "map", binding_sound_map },
  { "generator", binding_sound_generator },
  { "kernel", binding_sound_kernel },
  { "loop_row", binding_sound_loop_row },
  { "tap", binding_sound_tap },
  { "loop", binding_sound_loop },
  { "gammatone", binding_sound_gammatone },
  { "gammatone_sections", binding_sound_gammatone_sections },
  { "lanes", binding_sound_lanes },
  { "filter", binding_sound_filter },
  { "controlled", binding_sound_controlled },
  { "fir", binding_sound_fir },
  { "pink", binding_sound_pink },
  { "measure", sound_measure },
  { "bins", sound_bins },
  { "decibels", sound_decibels },
  { "save", sound_save },
  { "play", sound_play },
  { NULL, NULL },
};

int binding_open_sound(lua_State *L) {
  if (luaL_newmetatable(L, BINDING_STREAM)) {
    lua_pushcfunction(L, stream_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, stream_gc);
    lua_setfield(L, -2, "__close");
    lua_pushcfunction(L, stream_lua_text);
    lua_setfield(L, -2, "__tostring");
    luaL_newlib(L, stream_methods);
    lua_pushcclosure(L, stream_lua_index, 1);
    lua_setfield(L, -2, "__index");
  }
  lua_pop(L, 1);
  lua_getglobal(L, "require"); /* the type of what is read from a stream */
  lua_pushliteral(L, "lunapse.core.array");
  lua_call(L, 1, 0);
  luaL_newlib(L, functions);
  return 1;
}
