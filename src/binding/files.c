/* `lunapse.core.files`: .npy, .npz, .csv, .png and videos. */
#include <lauxlib.h>
#include <string.h>

#include "base/array_block.h"
#include "binding/array.h"
#include "binding/array_parts.h"
#include "binding/files.h"
#include "binding/path.h"
#include "files/csv.h"
#include "files/image.h"
#include "files/npy.h"
#include "files/video.h"

#define ARCHIVE "lunapse.npz_archive"
#define TABLE "lunapse.csv_table"

static int fail(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

/* An array without axes is a number. */
static int push_array(lua_State *L, Array *a, const Error *e) {
  if (a == NULL)
    fail(L, e);
  binding_push_array(L, a);
  if (a->n_axes == 0) {
    binding_array_push_element(L, a->type, a->at);
    lua_remove(L, -2);
  }
  return 1;
}

/* The array at `index` (a number: one without axes) without gaps; what is made for that takes its place. */
static const Array *contiguous(lua_State *L, int index) {
  index = lua_absindex(L, index);
  if (lua_type(L, index) == LUA_TNUMBER || lua_isboolean(L, index)) {
    ArrayType type = lua_isboolean(L, index) ? ARRAY_BOOL : lua_isinteger(L, index) ? ARRAY_I64 : ARRAY_F64;
    Array *one = array_new_shaped(type, 0, NULL);
    binding_push_array(L, one);
    binding_array_set_element(L, type, one->at, index);
    lua_replace(L, index);
    return one;
  }
  Array *a = binding_check_element_array(L, index);
  if (array_is_contiguous(a))
    return a;
  binding_push_array(L, array_duplicate(a, a->type));
  lua_replace(L, index);
  return binding_check_element_array(L, index);
}

/* ---- .npy and .npz ---- */

/* files.npy_read(path [, is_float]) -> array or number */
static int files_npy_read(lua_State *L) {
  Error e;
  return push_array(L, npy_read(binding_check_path(L, 1), lua_toboolean(L, 2), &e), &e);
}

/* files.npy_write(path, array or number) */
static int files_npy_write(lua_State *L) {
  Error e;
  const char *path = binding_check_path(L, 1);
  if (!npy_write(path, contiguous(L, 2), &e))
    fail(L, &e);
  return 0;
}

static int archive_gc(lua_State *L) {
  Npz **box = luaL_checkudata(L, 1, ARCHIVE);
  npz_close(*box);
  *box = NULL;
  return 0;
}

/* files.npz_open(path) -> archive */
static int files_npz_open(lua_State *L) {
  Error e;
  const char *path = binding_check_path(L, 1);
  Npz **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, ARCHIVE);
  *box = npz_open(path, &e);
  if (*box == NULL)
    fail(L, &e);
  return 1;
}

static Npz *check_archive(lua_State *L) {
  Npz **box = luaL_checkudata(L, 1, ARCHIVE);
  luaL_argcheck(L, *box != NULL, 1, "the archive is closed");
  return *box;
}

/* archive:names() -> list */
static int archive_names(lua_State *L) {
  Npz *z = check_archive(L);
  lua_createtable(L, (int)npz_count(z), 0);
  for (int64_t k = 0; k < npz_count(z); k++) {
    lua_pushstring(L, npz_name(z, k));
    lua_rawseti(L, -2, k + 1);
  }
  return 1;
}

/* archive:read(k [, is_float]) -> array or number; k from 1 */
static int archive_read(lua_State *L) {
  Error e;
  Npz *z = check_archive(L);
  lua_Integer k = luaL_checkinteger(L, 2);
  luaL_argcheck(L, k >= 1 && k <= npz_count(z), 2, "no such array");
  return push_array(L, npz_read(z, k - 1, lua_toboolean(L, 3), &e), &e);
}

/* files.npz_write(path, { names }, { arrays or numbers } [, is_packed]) */
static int files_npz_write(lua_State *L) {
  Error e;
  const char *path = binding_check_path(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_Integer n = luaL_len(L, 2);
  const char **names = lua_newuserdatauv(L, sizeof *names * (size_t)(n + 1), 0);
  const Array **arrays = lua_newuserdatauv(L, sizeof *arrays * (size_t)(n + 1), 0);
  lua_createtable(L, (int)n, 0); /* keeps the arrays alive */
  for (lua_Integer k = 0; k < n; k++) {
    lua_rawgeti(L, 2, k + 1);
    names[k] = luaL_checkstring(L, -1);
    lua_pop(L, 1);
    lua_rawgeti(L, 3, k + 1);
    arrays[k] = contiguous(L, -1);
    lua_rawseti(L, -2, k + 1);
  }
  if (!npz_write(path, n, names, arrays, lua_toboolean(L, 4), &e))
    fail(L, &e);
  return 0;
}

/* ---- .csv ---- */

static int table_gc(lua_State *L) {
  csv_free(luaL_checkudata(L, 1, TABLE));
  return 0;
}

static char one_character(lua_State *L, int index, const char *name, char otherwise) {
  size_t n;
  lua_getfield(L, index, name);
  const char *text = luaL_optlstring(L, -1, NULL, &n);
  if (text != NULL && n != 1)
    luaL_error(L, "%s must be one character, got '%s'", name, text);
  lua_pop(L, 1);
  return text != NULL ? text[0] : otherwise;
}

/* The words for missing values stay in the hands of the table that they came in. */
static CsvForm check_form(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  CsvForm form = { .separator = one_character(L, index, "separator", ','),
                   .decimal = one_character(L, index, "decimal", '.'),
                   .comment = one_character(L, index, "comment", '\0'),
                   .header = -1 };
  lua_getfield(L, index, "skip");
  form.skip = luaL_optinteger(L, -1, 0);
  if (lua_getfield(L, index, "header") != LUA_TNIL)
    form.header = lua_toboolean(L, -1);
  lua_pop(L, 2);
  if (lua_getfield(L, index, "missing") == LUA_TNIL) {
    lua_pop(L, 1);
    return form;
  }
  form.n_missing = luaL_len(L, -1);
  const char **words = lua_newuserdatauv(L, sizeof *words * (size_t)(form.n_missing + 1), 0);
  for (int64_t k = 0; k < form.n_missing; k++) {
    lua_rawgeti(L, -2, k + 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "missing must be a list of texts");
    words[k] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  form.missing = words;
  return form;
}

static void push_column(lua_State *L, CsvTable *t, CsvColumn *c) {
  if (c->numbers != NULL) {
    Array *a = c->numbers;
    c->numbers = NULL;
    binding_push_array(L, a);
    return;
  }
  lua_createtable(L, t->n_rows < 1 << 26 ? (int)t->n_rows : 0, 0);
  for (int64_t k = 0; k < t->n_rows; k++) {
    lua_pushlstring(L, c->texts[k].at, (size_t)c->texts[k].n);
    lua_rawseti(L, -2, k + 1);
  }
}

/* A matrix of columns that are all numbers: whole or truths if all are, else float64. */
static bool push_matrix(lua_State *L, CsvTable *t) {
  ArrayType type = t->columns[0].numbers != NULL ? t->columns[0].numbers->type : ARRAY_F64;
  for (int64_t k = 0; k < t->n_columns; k++) {
    if (t->columns[k].numbers == NULL)
      return false;
    type = t->columns[k].numbers->type == type ? type : ARRAY_F64;
  }
  Array *m = array_new(type, t->n_rows, t->n_columns);
  binding_push_array(L, m);
  int64_t strides[2] = { t->n_columns, 0 };
  for (int64_t k = 0; k < t->n_columns; k++) {
    Array *column = array_view(m, 1, k, &t->n_rows, strides);
    Error e;
    bool is_good = column != NULL && array_copy(column, t->columns[k].numbers, &e);
    array_release(column);
    if (!is_good)
      luaL_error(L, "out of memory for an array");
  }
  return true;
}

/* files.csv_read(path, form) -> matrix; or list of columns, list of names or nil */
static int files_csv_read(lua_State *L) {
  Error e;
  const char *path = binding_check_path(L, 1);
  CsvForm form = check_form(L, 2);
  CsvTable *t = lua_newuserdatauv(L, sizeof *t, 0);
  memset(t, 0, sizeof *t);
  luaL_setmetatable(L, TABLE);
  if (!csv_read(path, &form, t, &e))
    fail(L, &e);
  if (!t->has_header && push_matrix(L, t)) {
    csv_free(t);
    return 1;
  }
  lua_createtable(L, (int)t->n_columns, 0);
  for (int64_t k = 0; k < t->n_columns; k++) {
    push_column(L, t, &t->columns[k]);
    lua_rawseti(L, -2, k + 1);
  }
  if (!t->has_header)
    lua_pushnil(L);
  else
    lua_createtable(L, (int)t->n_columns, 0);
  for (int64_t k = 0; k < t->n_columns && t->has_header; k++) {
    lua_pushlstring(L, t->columns[k].name.at, (size_t)t->columns[k].name.n);
    lua_rawseti(L, -2, k + 1);
  }
  csv_free(t);
  return 2;
}

static CsvText check_text(lua_State *L, int table, int64_t k) {
  size_t n;
  if (lua_rawgeti(L, table, k) != LUA_TSTRING)
    luaL_error(L, "element %I is a %s, and the others are strings", (LUAI_UACINT)k, luaL_typename(L, -1));
  const char *at = lua_tolstring(L, -1, &n);
  lua_pop(L, 1); /* the table keeps it */
  return (CsvText){ at, (int64_t)n };
}

static CsvText *check_texts(lua_State *L, int table) {
  table = lua_absindex(L, table);
  lua_Integer n = luaL_len(L, table);
  CsvText *texts = lua_newuserdatauv(L, sizeof *texts * (size_t)(n + 1), 0);
  for (lua_Integer k = 0; k < n; k++)
    texts[k] = check_text(L, table, k + 1);
  return texts;
}

/* files.csv_write(path, separator, matrix or { columns: 1-d arrays, tables of strings } [, { names }]): columns are equally long */
static int files_csv_write(lua_State *L) {
  Error e;
  const char *path = binding_check_path(L, 1), *separator = luaL_checkstring(L, 2);
  lua_settop(L, 4);
  if (lua_isuserdata(L, 3)) {
    binding_check_array(L, 3); /* no complex numbers */
    CsvSource matrix = { .numbers = contiguous(L, 3) };
    if (!csv_write(path, separator[0], matrix.numbers->shape[0], -1, NULL, &matrix, &e))
      fail(L, &e);
    return 0;
  }
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_Integer n = luaL_len(L, 3), n_rows = 0;
  const CsvText *names = lua_istable(L, 4) ? check_texts(L, 4) : NULL;
  CsvSource *sources = lua_newuserdatauv(L, sizeof *sources * (size_t)(n + 1), 0);
  lua_createtable(L, (int)n, 0); /* keeps what is made alive */
  int kept = lua_gettop(L);
  for (lua_Integer k = 0; k < n; k++) {
    sources[k] = (CsvSource){ NULL, NULL };
    if (lua_rawgeti(L, 3, k + 1) == LUA_TTABLE) {
      n_rows = luaL_len(L, -1);
      sources[k].texts = check_texts(L, -1);
    } else {
      binding_check_array(L, -1);
      sources[k].numbers = contiguous(L, -1);
      n_rows = sources[k].numbers->shape[0];
    }
    lua_rawseti(L, kept, k + 1);
    lua_settop(L, kept + (sources[k].texts != NULL ? 1 : 0));
    if (sources[k].texts != NULL) { /* both the strings and the list of them are kept */
      lua_rawseti(L, kept, n + k + 1);
    }
  }
  if (!csv_write(path, separator[0], n_rows, n, names, sources, &e))
    fail(L, &e);
  return 0;
}

/* ---- .png ---- */

/* files.png_read(path) -> array, 8 or 16 bits */
static int files_png_read(lua_State *L) {
  Error e;
  int bits = 8;
  push_array(L, image_read(binding_check_path(L, 1), &bits, &e), &e);
  lua_pushinteger(L, bits);
  return 2;
}

/* files.png_write(path, array of int32, 8 or 16) */
static int files_png_write(lua_State *L) {
  Error e;
  const char *path = binding_check_path(L, 1);
  binding_check_array(L, 2);
  const Array *a = contiguous(L, 2);
  lua_Integer bits = luaL_checkinteger(L, 3);
  bool is_picture = a->n_axes == 2 || (a->n_axes == 3 && (a->shape[2] == 3 || a->shape[2] == 4));
  luaL_argcheck(L, a->type == ARRAY_I32 && is_picture && a->shape[0] > 0 && a->shape[1] > 0, 2, "no picture");
  luaL_argcheck(L, bits == 8 || bits == 16, 3, "8 or 16 bits");
  if (!image_write(path, a, (int)bits, &e))
    fail(L, &e);
  return 0;
}

/* files.video_read(path, rows, columns, is_grey, fps, from, to) -> array; ms */
static int files_video_read(lua_State *L) {
  Error e;
  VideoOptions o = { .rows = (int)luaL_checkinteger(L, 2),
                     .columns = (int)luaL_checkinteger(L, 3),
                     .is_grey = lua_toboolean(L, 4),
                     .fps = luaL_checknumber(L, 5),
                     .from = luaL_checknumber(L, 6),
                     .to = luaL_checknumber(L, 7) };
  luaL_argcheck(L, o.rows > 0 && o.columns > 0 && o.fps > 0 && o.from >= 0 && o.to > o.from, 2, "no such frames");
  return push_array(L, video_read(binding_check_path(L, 1), &o, &e), &e);
}

static const luaL_Reg functions[] = {
  { "csv_read", files_csv_read },     { "csv_write", files_csv_write },
  { "npy_read", files_npy_read },     { "npy_write", files_npy_write },
  { "npz_open", files_npz_open },     { "npz_write", files_npz_write },
  { "png_read", files_png_read },     { "png_write", files_png_write },
  { "video_read", files_video_read }, { NULL, NULL },
};

static const luaL_Reg archive_methods[] = {
  { "names", archive_names },
  { "read", archive_read },
  { NULL, NULL },
};

int binding_open_files(lua_State *L) {
  if (luaL_newmetatable(L, ARCHIVE)) {
    lua_pushcfunction(L, archive_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, archive_gc);
    lua_setfield(L, -2, "__close");
    luaL_newlib(L, archive_methods);
    lua_setfield(L, -2, "__index");
  }
  if (luaL_newmetatable(L, TABLE)) {
    lua_pushcfunction(L, table_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_pop(L, 2);
  luaL_newlib(L, functions);
  return 1;
}
