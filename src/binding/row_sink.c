/* Rows of recorders go to a file: the sinks of engine/record.h, in Lua. Which datasets there are in the file, network/record_file.lua says.
**
** What was taken was flushed before the recorders forget it: every row is in memory or in the file. */
#include <lauxlib.h>
#include <string.h>

#include "base/memory.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "binding/files.h"
#include "engine/clock.h"

#define ROW_SINK "lunapse.row_sink"

enum { HANDLES = 1, FILE_BOX, PATHS, N_VALUES = PATHS }; /* user values */

typedef struct {
  Recorder **recorders; /* owned list of borrowed recorders; NULL: of spikes */
  SpikeRecorder *spikes;
  int n;              /* recorders; 1 of spikes */
  double dt;          /* of the spikes' clock */
  Hdf5 **file;        /* borrowed of the user value; NULL: none yet */
  const char **paths; /* owned list of texts of the user value: the recorders' and the times', or times, neurons and columns of spikes */
  bool is_attached;
} RowSink;

static RowSink *check_sink(lua_State *L, int index) { return luaL_checkudata(L, index, ROW_SINK); }

/* ---- handing over ---- */

static bool put(RowSink *s, int k, ArrayType type, int64_t first, const void *from, int64_t n, Error *e) {
  return hdf5_put(*s->file, s->paths[k], type, first, from, n, e);
}

/* Times come last: who reads meanwhile finds all that belongs to them. */
static bool flush(RowSink *s, int n_paths, Error *e) {
  for (int k = 0; k < n_paths; k++)
    if (!hdf5_flush_rows(*s->file, s->paths[k], e))
      return false;
  return true;
}

static bool put_rows(RowSink *s, Error *e) {
  const Recorder *first = s->recorders[0];
  for (int k = 0; k < s->n; k++) {
    const Recorder *r = s->recorders[k];
    if (r->n_rows != first->n_rows || r->n_taken != first->n_taken)
      return error_set(e, "cannot write '%s' in '%s': its variables have different numbers of rows", s->paths[k], hdf5_path(*s->file));
    if (!put(s, k, r->source->type, r->n_taken, r->rows, r->n_rows, e))
      return false;
  }
  if (!put(s, s->n, ARRAY_F64, first->n_taken, first->times, first->n_rows, e) || !flush(s, s->n + 1, e))
    return false;
  for (int k = 0; k < s->n; k++)
    recorder_taken(s->recorders[k]);
  return true;
}

static bool put_spikes(RowSink *s, Error *e) {
  SpikeRecorder *r = s->spikes;
  double *times = memory_new(sizeof *times * (size_t)r->n);
  int64_t *ids = memory_new(sizeof *ids * (size_t)r->n);
  bool is_good = (times != NULL && ids != NULL) || error_memory(e, "spikes for a file", 16.0 * (double)r->n);
  for (int64_t k = 0, i = 0; k < r->n_steps && is_good; k++)
    for (int32_t c = 0; c < r->count[k]; c++)
      times[i++] = clock_ms(s->dt, r->step[k]);
  for (int64_t k = 0; k < r->n && is_good; k++)
    ids[k] = r->neuron[k];
  for (int k = 0; k < r->n_columns && is_good; k++)
    is_good = put(s, k + 2, r->columns[k].at.source->type, r->n_taken, r->columns[k].kept, r->n, e) &&
              hdf5_flush_rows(*s->file, s->paths[k + 2], e);
  is_good = is_good && put(s, 1, ARRAY_I64, r->n_taken, ids, r->n, e) && put(s, 0, ARRAY_F64, r->n_taken, times, r->n, e) &&
            hdf5_flush_rows(*s->file, s->paths[1], e) && hdf5_flush_rows(*s->file, s->paths[0], e);
  memory_free(times);
  memory_free(ids);
  if (is_good)
    spike_recorder_taken(r);
  return is_good;
}

static bool take(void *context, Error *e) {
  RowSink *s = context;
  if (s->file == NULL || (s->spikes != NULL ? s->spikes->n : s->recorders[0]->n_rows) == 0)
    return true;
  if (*s->file == NULL)
    return error_set(e, "the file of the recording is closed");
  return hdf5_is_there(*s->file, e) && (s->spikes != NULL ? put_spikes(s, e) : put_rows(s, e));
}

/* ---- in Lua ---- */

static void set_sinks(RowSink *s, RecordSink sink) {
  for (int k = 0; k < s->n; k++) {
    if (s->spikes != NULL)
      s->spikes->sink = sink;
    else
      s->recorders[k]->sink = sink;
    sink.take = NULL; /* the others follow the first */
  }
  s->is_attached = sink.context != NULL;
}

/* engine.row_sink({ recorders } | spike recorder, block): the recorders of one recording, which hand over when they hold `block` rows or spikes. */
int binding_row_sink(lua_State *L) {
  int64_t block = luaL_checkinteger(L, 2);
  bool is_list = lua_istable(L, 1);
  int n = is_list ? (int)lua_rawlen(L, 1) : 1;
  luaL_argcheck(L, n > 0 && block > 0, 1, "nothing to hand over");
  RowSink *s = lua_newuserdatauv(L, sizeof *s, N_VALUES);
  *s = (RowSink){ .n = n };
  luaL_setmetatable(L, ROW_SINK);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, HANDLES); /* and with them the network */
  if (is_list) {
    s->recorders = memory_new(sizeof *s->recorders * (size_t)n);
    if (s->recorders == NULL)
      return luaL_error(L, "out of memory");
    for (int k = 0; k < n; k++) {
      lua_rawgeti(L, 1, k + 1);
      s->recorders[k] = binding_check_handle(L, -1, BINDING_RECORDER)->object;
      lua_pop(L, 1);
    }
  } else {
    Handle *h = binding_check_handle(L, 1, BINDING_SPIKE_RECORDER);
    s->spikes = h->object;
    s->dt = h->network->clocks[s->spikes->clock].dt;
  }
  set_sinks(s, (RecordSink){ .context = s, .take = take, .block = block });
  return 1;
}

/* sink:open(file, { paths }, block): from now on there is a file. The variables' datasets and that of the times, or those of times, neurons and columns of spikes. */
static int sink_open(lua_State *L) {
  RowSink *s = check_sink(L, 1);
  binding_check_hdf5(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  int64_t block = luaL_checkinteger(L, 4);
  int n = (int)lua_rawlen(L, 3);
  luaL_argcheck(L, n == (s->spikes != NULL ? 2 + s->spikes->n_columns : s->n + 1), 3, "a path for each dataset expected");
  const char **paths = memory_new(sizeof *paths * (size_t)n);
  if (paths == NULL)
    return luaL_error(L, "out of memory");
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, 3, k + 1);
    paths[k] = lua_tostring(L, -1); /* the table keeps it */
    lua_pop(L, 1);
  }
  memory_free(s->paths);
  s->paths = paths;
  s->file = lua_touserdata(L, 2);
  set_sinks(s, (RecordSink){ .context = s, .take = take, .block = block });
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, 1, PATHS);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 1, FILE_BOX);
  return 0;
}

/* sink:hand_over() */
static int sink_hand_over(lua_State *L) {
  Error e;
  if (!take(check_sink(L, 1), &e))
    return binding_raise(L, &e);
  return 0;
}

/* sink:release(): what is recorded from now on stays in memory. */
static int sink_release(lua_State *L) {
  RowSink *s = check_sink(L, 1);
  if (s->is_attached)
    set_sinks(s, (RecordSink){ 0 });
  s->file = NULL;
  return 0;
}

static int sink_gc(lua_State *L) {
  RowSink *s = check_sink(L, 1);
  sink_release(L);
  memory_free(s->recorders);
  memory_free(s->paths);
  s->recorders = NULL, s->paths = NULL, s->n = 0;
  return 0;
}

static const luaL_Reg methods[] = {
  { "open", sink_open },
  { "hand_over", sink_hand_over },
  { "release", sink_release },
  { NULL, NULL },
};

void binding_open_row_sink(lua_State *L) { binding_new_type(L, ROW_SINK, methods, sink_gc); }
