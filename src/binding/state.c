/* State in Lua: what that of a network, without its parts, or of an object consists of, as a table (one method of all types of the engine); the state of a
** network in archives in memory and in HDF5 files; what its items are in brief. */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/archive.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "binding/files.h"
#include "files/hdf5.h"

#define BINDING_ARCHIVE "lunapse.archive"

#define STATE "lunapse.state" /* frees what a State came to own, whatever happens */

static int state_gc(lua_State *L) {
  state_finish(lua_touserdata(L, 1));
  return 0;
}

/* A copy of `s` that is freed whatever happens, on the stack. */
static State *keep(lua_State *L, State s) {
  State *kept = lua_newuserdatauv(L, sizeof *kept, 0);
  *kept = s;
  if (luaL_newmetatable(L, STATE)) {
    lua_pushcfunction(L, state_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return kept;
}

/* Add a row to the table on top of the stack. */
static bool put(void *context, const StateItem *item, const void *data, Error *e) {
  lua_State *L = context;
  const bool is_memory = item->kind == STATE_MEMORY;
  (void)data, (void)e;
  lua_createtable(L, 0, 5);
  lua_pushstring(L, item->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, is_memory ? "memory" : array_type_name(item->type));
  lua_setfield(L, -2, "type");
  lua_pushinteger(L, item->n);
  lua_setfield(L, -2, "count");
  lua_pushinteger(L, item->bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushboolean(L, item->kind == STATE_VARIABLE);
  lua_setfield(L, -2, "is_variable");
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  return true;
}

/* object:state() -> { { name =, type =, count =, bytes =, is_variable = }, ... }: what is a variable is held by others too; of "memory" the elements are bytes. */
static int list_state(lua_State *L) {
  Error e;
  const char *type = lua_tostring(L, lua_upvalueindex(1));
  bool is_whole = strcmp(type, BINDING_NETWORK) == 0;
  Handle *h = is_whole ? NULL : binding_check_handle(L, 1, type);
  Network *n = is_whole ? binding_check_network(L, 1) : h->network;
  State *s = keep(L, (State){ .mode = STATE_LIST, .context = L, .error = &e, .put = put, .only = is_whole ? (void *)n : h->object });
  luaL_checkstack(L, 8, "state");
  lua_newtable(L);
  return network_state(n, s) ? 1 : binding_raise(L, &e);
}

/* ---- archives ------------------------------------------------------------------------------------------------------ */

static Archive *check_archive(lua_State *L, int index) { return luaL_checkudata(L, index, BINDING_ARCHIVE); }

static int archive_gc(lua_State *L) {
  archive_clear(check_archive(L, 1));
  return 0;
}

static int archive_size(lua_State *L) {
  lua_pushinteger(L, archive_bytes(check_archive(L, 1)));
  return 1;
}

static const luaL_Reg archive_methods[] = { { "bytes", archive_size }, { NULL, NULL } };

/* ---- in HDF5 files ------------------------------------------------------------------------------------------------- */

/* Where an item stands in a file. */
enum { LONGEST_PATH = 400 };
static const char *path_of(char *path, const StateItem *item) {
  snprintf(path, LONGEST_PATH, "engine/%s", item->name);
  return path;
}

static bool put_in_file(void *context, const StateItem *item, const void *data, Error *e) {
  char path[LONGEST_PATH];
  return hdf5_write(context, path_of(path, item), NULL, item->type, 1, &item->n, data, NULL, e);
}

/* A network of the other precision can take up a state: real numbers are converted. */
static bool is_real(ArrayType type) { return type == ARRAY_F64 || type == ARRAY_F32; }

static bool find_in_file(void *context, StateItem *item, Error *e) {
  char path[LONGEST_PATH];
  Hdf5Info info;
  if (!hdf5_info(context, path_of(path, item), NULL, &info, e))
    return false;
  if (info.kind != HDF5_NUMBERS || info.n_dims != 1 || (info.type != item->type && !(is_real(info.type) && is_real(item->type))))
    return error_set(e, "%s: %s: a row of %s expected", hdf5_path(context), path, array_type_name(item->type));
  item->n = info.shape[0];
  return true;
}

static bool get_from_file(void *context, const StateItem *item, void *data, Error *e) {
  char path[LONGEST_PATH];
  Hdf5Info info;
  if (!hdf5_info(context, path_of(path, item), NULL, &info, e))
    return false;
  if (info.type == item->type)
    return hdf5_read_into(context, path, item->type, 0, -1, data, item->n, e);
  Array *a = array_new(info.type, item->n, 0);
  if (a == NULL)
    return error_memory(e, item->name, 8.0 * (double)item->n);
  bool ok = hdf5_read_into(context, path, info.type, 0, -1, a->at, item->n, e);
  for (int64_t k = 0; ok && k < item->n; k++)
    if (item->type == ARRAY_F32)
      ((float *)data)[k] = (float)((double *)a->at)[k];
    else
      ((double *)data)[k] = ((float *)a->at)[k];
  array_release(a);
  return ok;
}

/* ---- whole networks ------------------------------------------------------------------------------------------------ */

/* The arrays of the list at `index` are others' to list. */
static void pass_arrays(lua_State *L, State *s, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_Integer k = 1; lua_rawgeti(L, index, k) != LUA_TNIL; k++) {
    if (!state_pass(s, binding_check_array(L, -1)))
      binding_raise(L, s->error);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void run_state(lua_State *L, Network *n, State *s) {
  if (!network_state(n, s))
    binding_raise(L, s->error);
}

/* A State that reads from the archive or the file at `index`. */
static State reader_of(lua_State *L, int index, Error *e) {
  if (luaL_testudata(L, index, BINDING_HDF5) == NULL)
    return archive_reader(check_archive(L, index), e);
  return (State){ .mode = STATE_READ, .context = binding_check_hdf5(L, index), .error = e, .find = find_in_file, .get = get_from_file };
}

/* net:write_state({ arrays }) -> archive with all state but that of the arrays; net:write_state({ arrays }, file): to the group "engine" of an HDF5 file. */
static int write_state(lua_State *L) {
  Error e = { "" };
  Network *n = binding_check_network(L, 1);
  if (!lua_isnoneornil(L, 3)) {
    State *s = keep(L, (State){ .mode = STATE_WRITE, .context = binding_check_hdf5(L, 3), .error = &e, .put = put_in_file });
    pass_arrays(L, s, 2);
    run_state(L, n, s);
    return 0;
  }
  Archive *a = lua_newuserdatauv(L, sizeof *a, 0);
  *a = (Archive){ 0 };
  luaL_setmetatable(L, BINDING_ARCHIVE);
  State *s = keep(L, archive_writer(a, &e));
  pass_arrays(L, s, 2);
  run_state(L, n, s);
  lua_pop(L, 1);
  return 1;
}

static bool option(lua_State *L, int index, const char *name) {
  bool is_on = lua_istable(L, index) && lua_getfield(L, index, name) != LUA_TNIL && lua_toboolean(L, -1);
  lua_settop(L, index);
  return is_on;
}

/* net:read_state(archive or file, { arrays } [, { may_lack =, keeps_recorded = }]) */
static int read_state(lua_State *L) {
  Error e = { "" };
  Network *n = binding_check_network(L, 1);
  State source = reader_of(L, 2, &e);
  lua_settop(L, 4);
  source.may_lack = option(L, 4, "may_lack");
  source.keeps_recorded = option(L, 4, "keeps_recorded");
  State *s = keep(L, source);
  pass_arrays(L, s, 3);
  run_state(L, n, s);
  return 0;
}

/* net:tear(): it holds a part of a state, and does not run until it has read a whole one. */
static int tear(lua_State *L) {
  binding_check_network(L, 1)->is_torn = true;
  return 0;
}

/* projection:read_storage(archive or file) */
static int read_storage(lua_State *L) {
  Error e = { "" };
  Handle *h = binding_check_handle(L, 1, BINDING_PROJECTION);
  State *s = keep(L, reader_of(L, 2, &e));
  if (!network_read_storage(h->network, h->object, s))
    return binding_raise(L, &e);
  return 0;
}

static bool put_digest(void *context, const StateItem *item, const void *data, Error *e) {
  lua_State *L = context;
  (void)e;
  lua_pushinteger(L, (lua_Integer)archive_digest(data, item->n * (int64_t)array_type_size(item->type)));
  lua_setfield(L, -2, item->name);
  return true;
}

/* net:digest_state({ arrays }) -> { [name of an item] = number }: two are equal where no bit differs */
static int digest_state(lua_State *L) {
  Error e = { "" };
  Network *n = binding_check_network(L, 1);
  State *s = keep(L, (State){ .mode = STATE_WRITE, .context = L, .error = &e, .put = put_digest });
  pass_arrays(L, s, 2);
  luaL_checkstack(L, 8, "state");
  lua_newtable(L);
  run_state(L, n, s);
  return 1;
}

/* engine.digest(array): the same of the elements of a contiguous array */
int binding_digest_array(lua_State *L) {
  const Array *a = binding_check_array(L, 1);
  luaL_argcheck(L, array_is_contiguous(a), 1, "contiguous array expected");
  lua_pushinteger(L, (lua_Integer)archive_digest(a->at, array_count(a) * (int64_t)array_type_size(a->type)));
  return 1;
}

static const luaL_Reg network_methods[] = {
  { "write_state", write_state }, { "read_state", read_state }, { "digest_state", digest_state }, { "tear", tear }, { NULL, NULL }
};
static const luaL_Reg projection_methods[] = { { "read_storage", read_storage }, { NULL, NULL } };

void binding_open_state(lua_State *L) {
  static const char *const types[] = { BINDING_NETWORK,   BINDING_POPULATION, BINDING_PROJECTION,
                                       BINDING_OPERATION, BINDING_RECORDER,   BINDING_SPIKE_RECORDER };
  for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
    luaL_getmetatable(L, types[k]);
    lua_getfield(L, -1, "__index");
    lua_pushstring(L, types[k]);
    lua_pushcclosure(L, list_state, 1);
    lua_setfield(L, -2, "state");
    lua_pop(L, 2);
  }
  binding_new_type(L, BINDING_ARCHIVE, archive_methods, archive_gc);
  binding_add_methods(L, BINDING_NETWORK, network_methods);
  binding_add_methods(L, BINDING_PROJECTION, projection_methods);
}
