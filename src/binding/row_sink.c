/* Rows of recorders go to a file: the sinks of engine/record.h, in Lua. Which datasets there are in the file, network/record_file.lua says.
**
** What was taken was flushed before the recorders forget it: every row is in memory or in the file. A flush costs as much as there are datasets in the
** file, whatever is new in them. So the sinks of a file stand in a ring, and when one has a block, all that have one hand it over together. */
#include <lauxlib.h>
#include <string.h>

#include "base/memory.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "binding/files.h"
#include "engine/clock.h"

#define ROW_SINK "lunapse.row_sink"

enum { HANDLES = 1, FILE_BOX, PATHS, N_VALUES = PATHS }; /* user values */

typedef struct RowSink RowSink;
struct RowSink {
  Recorder **recorders; /* owned list of borrowed recorders; NULL: of spikes */
  SpikeRecorder *spikes;
  int n;              /* recorders; 1 of spikes */
  double dt;          /* of the spikes' clock */
  Hdf5 **file;        /* borrowed of the user value; NULL: none yet */
  const char **paths; /* owned list of texts of the user value: the recorders' and the times', or times, neurons and columns of spikes */
  double *times;      /* owned, of spikes while they are handed over */
  int64_t block;
  bool is_attached, is_due; /* is_due: of those that hand over now */
  RowSink *next, *last;     /* borrowed: the ring of those with the same file, each alone before there is one */
};

static RowSink *check_sink(lua_State *L, int index) { return luaL_checkudata(L, index, ROW_SINK); }

/* ---- handing over ---- */

static bool put(RowSink *s, int k, ArrayType type, int64_t first, const void *from, int64_t n, Error *e) {
  return hdf5_put(*s->file, s->paths[k], type, first, from, n, e);
}

static int64_t n_held(const RowSink *s) { return s->spikes != NULL ? s->spikes->n : s->recorders[0]->n_rows; }

static bool put_values(RowSink *s, Error *e) {
  const Recorder *first = s->recorders[0];
  for (int k = 0; k < s->n; k++) {
    const Recorder *r = s->recorders[k];
    if (r->n_rows != first->n_rows || r->n_taken != first->n_taken)
      return error_set(e, "cannot write '%s' in '%s': its variables have different numbers of rows", s->paths[k], hdf5_path(*s->file));
    if (!put(s, k, r->source->type, r->n_taken, r->rows, r->n_rows, e))
      return false;
  }
  return true;
}

static bool put_spikes(RowSink *s, Error *e) {
  SpikeRecorder *r = s->spikes;
  int64_t *ids = memory_new(sizeof *ids * (size_t)r->n);
  s->times = memory_new(sizeof *s->times * (size_t)r->n);
  bool is_good = (s->times != NULL && ids != NULL) || error_memory(e, "spikes for a file", 16.0 * (double)r->n);
  for (int64_t k = 0, i = 0; k < r->n_steps && is_good; k++)
    for (int32_t c = 0; c < r->count[k]; c++)
      s->times[i++] = clock_ms(s->dt, r->step[k]);
  for (int64_t k = 0; k < r->n && is_good; k++)
    ids[k] = r->neuron[k];
  for (int k = 0; k < r->n_columns && is_good; k++)
    is_good = put(s, k + 2, r->columns[k].at.source->type, r->n_taken, r->columns[k].kept, r->n, e);
  is_good = is_good && put(s, 1, ARRAY_I64, r->n_taken, ids, r->n, e);
  memory_free(ids);
  return is_good;
}

static bool put_times(RowSink *s, Error *e) {
  if (s->spikes != NULL)
    return put(s, 0, ARRAY_F64, s->spikes->n_taken, s->times, s->spikes->n, e);
  return put(s, s->n, ARRAY_F64, s->recorders[0]->n_taken, s->recorders[0]->times, s->recorders[0]->n_rows, e);
}

static bool each_due(RowSink *s, bool (*act)(RowSink *, Error *), Error *e) {
  RowSink *next = s;
  do {
    if (next->is_due && !act(next, e))
      return false;
    next = next->next;
  } while (next != s);
  return true;
}

static bool put_rows(RowSink *s, Error *e) { return s->spikes != NULL ? put_spikes(s, e) : put_values(s, e); }

static bool forget(RowSink *s, Error *e) {
  (void)e;
  if (s->spikes != NULL)
    spike_recorder_taken(s->spikes);
  for (int k = 0; k < s->n && s->spikes == NULL; k++)
    recorder_taken(s->recorders[k]);
  return true;
}

static bool finish(RowSink *s, Error *e) {
  (void)e;
  memory_free(s->times);
  s->times = NULL, s->is_due = false;
  return true;
}

/* Those that hold a block hand it over, or all that hold anything. Times come last: who reads meanwhile finds all that belongs to them. */
static bool hand_over(RowSink *s, bool is_all, Error *e) {
  bool is_any = false;
  RowSink *next = s;
  do {
    next->is_due = n_held(next) > 0 && (is_all || n_held(next) >= next->block);
    is_any |= next->is_due;
    next = next->next;
  } while (next != s);
  if (!is_any)
    return true;
  bool is_good = hdf5_is_there(*s->file, e) && each_due(s, put_rows, e) && hdf5_flush(*s->file, e) && each_due(s, put_times, e) &&
                 hdf5_flush(*s->file, e) && each_due(s, forget, e);
  each_due(s, finish, NULL);
  return is_good;
}

static bool has_file(const RowSink *s, Error *e) { return *s->file != NULL || error_set(e, "the file of the recording is closed"); }

static bool take(void *context, Error *e) {
  RowSink *s = context;
  return s->file == NULL || (has_file(s, e) && hand_over(s, false, e));
}

/* ---- in Lua ---- */

static void leave_ring(RowSink *s) {
  s->next->last = s->last, s->last->next = s->next;
  s->next = s->last = s;
}

static void set_sinks(RowSink *s, RecordSink sink) {
  s->block = sink.block;
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
  *s = (RowSink){ .n = n, .next = s, .last = s };
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

/* sink:open(file, { paths }, block, other): from now on there is a file. The variables' datasets and that of the times, or those of times, neurons and columns of
** spikes. `other`: a sink of the same file, or nil. */
static int sink_open(lua_State *L) {
  RowSink *s = check_sink(L, 1);
  binding_check_hdf5(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  int64_t block = luaL_checkinteger(L, 4);
  int n = (int)lua_rawlen(L, 3);
  RowSink *other = lua_isnoneornil(L, 5) ? s : check_sink(L, 5);
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
  leave_ring(s);
  if (other != s) {
    s->next = other->next, s->last = other;
    other->next->last = s, other->next = s;
  }
  set_sinks(s, (RecordSink){ .context = s, .take = take, .block = block });
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, 1, PATHS);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 1, FILE_BOX);
  return 0;
}

/* sink:hand_over(): everything, of all sinks of the file. */
static int sink_hand_over(lua_State *L) {
  RowSink *s = check_sink(L, 1);
  Error e;
  if (s->file != NULL && !(has_file(s, &e) && hand_over(s, true, &e)))
    return binding_raise(L, &e);
  return 0;
}

/* sink:release(): what is recorded from now on stays in memory. */
static int sink_release(lua_State *L) {
  RowSink *s = check_sink(L, 1);
  if (s->is_attached)
    set_sinks(s, (RecordSink){ 0 });
  s->file = NULL;
  leave_ring(s);
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
