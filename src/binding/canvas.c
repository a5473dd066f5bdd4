#include "binding/canvas.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/array_block.h"
#include "base/version.h"
#include "binding/array.h"
#include "binding/path.h"
#include "canvas/canvas.h"
#include "canvas/data.h"
#include "canvas/movie.h"

enum { MAX_NOTES = 64, N_COLORS = 256 };
#define MOVIE "lunapse.movie"

/* ---- arguments ---- */

static Canvas **box(lua_State *L) { return luaL_checkudata(L, 1, BINDING_CANVAS); }

static Canvas *check_canvas(lua_State *L) {
  Canvas *c = *box(L);
  if (!c)
    luaL_error(L, "the canvas is closed");
  return c;
}

static int fail(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

static double field_number(lua_State *L, int table, const char *name, double otherwise) {
  int type = lua_getfield(L, table, name);
  if (type != LUA_TNIL && type != LUA_TNUMBER)
    luaL_error(L, "%s: a number expected, got %s", name, luaL_typename(L, -1));
  double value = type == LUA_TNIL ? otherwise : lua_tonumber(L, -1);
  lua_pop(L, 1);
  return value;
}

static bool field_flag(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

static uint32_t field_color(lua_State *L, int table, const char *name, uint32_t otherwise) {
  int type = lua_getfield(L, table, name);
  if (type != LUA_TNIL && !lua_isinteger(L, -1))
    luaL_error(L, "%s: a colour 0xRRGGBBAA expected, got %s", name, luaL_typename(L, -1));
  uint32_t value = type == LUA_TNIL ? otherwise : (uint32_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value;
}

/* The string field `name` as an index into `names`, which ends with NULL. */
static int field_option(lua_State *L, int table, const char *name, const char *otherwise, const char *const names[]) {
  lua_getfield(L, table, name);
  const char *given = lua_isnil(L, -1) ? otherwise : lua_tostring(L, -1);
  for (int k = 0; names[k] && given; k++)
    if (strcmp(names[k], given) == 0) {
      lua_pop(L, 1);
      return k;
    }
  return luaL_error(L, "%s: unknown value '%s'", name, given ? given : luaL_typename(L, -1));
}

/* { color, width, dash = { on, off, ... } }; nothing: an invisible pen. */
static CanvasPen check_pen(lua_State *L, int index) {
  CanvasPen pen = { 0 };
  if (lua_isnoneornil(L, index))
    return pen;
  luaL_checktype(L, index, LUA_TTABLE);
  pen.color = field_color(L, index, "color", 0x000000ff);
  pen.width = field_number(L, index, "width", 1);
  double sum = 0;
  if (lua_getfield(L, index, "dash") == LUA_TTABLE) {
    lua_Integer n = luaL_len(L, -1);
    pen.n_dash = n > CANVAS_MAX_DASH ? CANVAS_MAX_DASH : (int)n;
    for (int k = 0; k < pen.n_dash; k++) {
      lua_rawgeti(L, -1, k + 1);
      pen.dash[k] = lua_tonumber(L, -1);
      if (!(pen.dash[k] >= 0))
        luaL_error(L, "dash: lengths must not be negative");
      sum += pen.dash[k];
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  if (!(sum > 0))
    pen.n_dash = 0;
  return pen;
}

static CanvasFont check_font(lua_State *L, int index) {
  CanvasFont font = { 10, false, false };
  if (lua_isnoneornil(L, index))
    return font;
  luaL_checktype(L, index, LUA_TTABLE);
  font.size = field_number(L, index, "size", 10);
  font.is_bold = field_flag(L, index, "bold");
  font.is_italic = field_flag(L, index, "italic");
  return font;
}

static CanvasMark check_mark(lua_State *L, int index) {
  static const char *const shapes[] = { "circle", "square", "diamond", "triangle", "cross", "plus", "tick", NULL };
  luaL_checktype(L, index, LUA_TTABLE);
  CanvasMark mark;
  mark.shape = (CanvasShape)field_option(L, index, "shape", "circle", shapes);
  mark.size = field_number(L, index, "size", 3);
  mark.width = field_number(L, index, "width", 1);
  mark.color = field_color(L, index, "color", 0x000000ff);
  return mark;
}

/* The numbers of a float64 array without gaps, `n` of them (n < 0: any number, stored in *count). */
static const double *check_data(lua_State *L, int index, int64_t n, size_t *count) {
  Array *a = binding_check_array(L, index);
  luaL_argcheck(L, a->type == ARRAY_F64 && array_is_contiguous(a), index,
                "a float64 array without gaps expected (canvas.numbers makes one)");
  int64_t has = array_count(a);
  if (n >= 0 && has != n) {
    luaL_argerror(L, index, lua_pushfstring(L, "%I values expected, got %I", (LUAI_UACINT)n, (LUAI_UACINT)has));
  }
  if (count)
    *count = (size_t)has;
  return (const double *)(const void *)a->at;
}

static const double *optional_data(lua_State *L, int index, size_t n) {
  return lua_isnoneornil(L, index) ? NULL : check_data(L, index, (int64_t)n, NULL);
}

/* A table of numbers as scratch memory, which Lua frees. */
static double *table_numbers(lua_State *L, int index, size_t *n) {
  luaL_checktype(L, index, LUA_TTABLE);
  *n = (size_t)luaL_len(L, index);
  double *out = lua_newuserdatauv(L, (*n + 1) * sizeof *out, 0);
  for (size_t k = 0; k < *n; k++) {
    lua_geti(L, index, (lua_Integer)k + 1);
    out[k] = luaL_checknumber(L, -1);
    lua_pop(L, 1);
  }
  return out;
}

/* ---- animations ---- */

static Movie **movie_box(lua_State *L) { return luaL_checkudata(L, 1, MOVIE); }

static Movie *check_movie(lua_State *L) {
  Movie *m = *movie_box(L);
  if (!m)
    luaL_error(L, "the animation is closed");
  return m;
}

/* movie(path, format, fps, loops) */
static int canvas_module_movie(lua_State *L) {
  static const char *const formats[] = { "gif", "apng", "mp4", NULL };
  Error e = { "" };
  const char *path = binding_check_path(L, 1);
  MovieFormat format = (MovieFormat)luaL_checkoption(L, 2, NULL, formats);
  double fps = luaL_checknumber(L, 3);
  luaL_argcheck(L, fps > 0 && fps <= 1000, 3, "0 to 1000 frames a second expected");
  Movie **m = lua_newuserdatauv(L, sizeof *m, 0);
  *m = NULL;
  luaL_setmetatable(L, MOVIE);
  *m = movie_begin(path, format, fps, lua_toboolean(L, 4), &e);
  return *m ? 1 : fail(L, &e);
}

/* movie:add(canvas) */
static int movie_method_add(lua_State *L) {
  Error e = { "" };
  Movie *m = check_movie(L);
  Canvas **c = luaL_checkudata(L, 2, BINDING_CANVAS);
  luaL_argcheck(L, *c, 2, "the canvas is closed");
  return movie_add(m, *c, &e) ? 0 : fail(L, &e);
}

/* movie:save(): write what is left, and put the file in its place */
static int movie_method_save(lua_State *L) {
  Error e = { "" };
  Movie *m = check_movie(L);
  *movie_box(L) = NULL;
  return movie_end(m, true, &e) ? 0 : fail(L, &e);
}

static int movie_gc(lua_State *L) {
  Error e = { "" };
  Movie **m = movie_box(L);
  if (*m)
    movie_end(*m, false, &e);
  *m = NULL;
  return 0;
}

/* ---- the module ---- */

static Canvas **new_box(lua_State *L) {
  Canvas **c = lua_newuserdatauv(L, sizeof *c, 0);
  *c = NULL;
  luaL_setmetatable(L, BINDING_CANVAS);
  return c;
}

static int canvas_module_open(lua_State *L) {
  static const char *const formats[] = { "png", "svg", "pdf", NULL };
  Error e = { "" };
  luaL_checktype(L, 1, LUA_TTABLE);
  CanvasPage page;
  page.format = (CanvasFormat)field_option(L, 1, "format", "png", formats);
  page.width = field_number(L, 1, "width", 460.8);
  page.height = field_number(L, 1, "height", 345.6);
  page.dpi = field_number(L, 1, "dpi", 100);
  page.background = field_color(L, 1, "background", 0xffffffff);
  lua_getfield(L, 1, "family");
  page.family = luaL_optstring(L, -1, "DejaVu Sans");
  Canvas **c = new_box(L);
  *c = canvas_open(&page, &e);
  return *c ? 1 : fail(L, &e);
}

static int canvas_module_read_png(lua_State *L) {
  Error e = { "" };
  const char *path = binding_check_path(L, 1);
  Canvas **c = new_box(L);
  *c = canvas_read_png(path, &e);
  return *c ? 1 : fail(L, &e);
}

/* numbers(x) -> a private float64 copy without gaps, number of axes, rows, columns */
static int canvas_module_numbers(lua_State *L) {
  luaL_checkany(L, 1);
  Array *a = binding_to_array(L, 1, ARRAY_F64);
  binding_push_array(L, array_duplicate(a, ARRAY_F64));
  lua_pushinteger(L, a->n_axes);
  lua_pushinteger(L, (lua_Integer)a->shape[0]);
  lua_pushinteger(L, (lua_Integer)a->shape[1]);
  return 4;
}

static int canvas_module_range(lua_State *L) {
  size_t n;
  double lo = 0, hi = 0;
  const double *values = check_data(L, 1, -1, &n);
  size_t count = canvas_range(values, n, lua_toboolean(L, 2), &lo, &hi);
  if (count == 0)
    return 0;
  lua_pushnumber(L, lo);
  lua_pushnumber(L, hi);
  lua_pushinteger(L, (lua_Integer)count);
  return 3;
}

static int canvas_module_histogram(lua_State *L) {
  size_t n, n_edges;
  const double *values = check_data(L, 1, -1, &n), *edges = check_data(L, 2, -1, &n_edges);
  luaL_argcheck(L, n_edges >= 2, 2, "at least two edges expected");
  for (size_t k = 1; k < n_edges; k++)
    luaL_argcheck(L, edges[k] > edges[k - 1], 2, "ascending edges expected");
  Array *counts = array_new(ARRAY_F64, (int64_t)n_edges - 1, 0);
  binding_push_array(L, counts);
  size_t counted = canvas_histogram(values, n, edges, n_edges - 1, (double *)(void *)counts->at);
  lua_pushinteger(L, (lua_Integer)counted);
  return 2;
}

/* ---- methods: the page ---- */

static int canvas_method_size(lua_State *L) {
  double width, height;
  canvas_size(check_canvas(L), &width, &height);
  lua_pushnumber(L, width);
  lua_pushnumber(L, height);
  return 2;
}

static int canvas_method_snap(lua_State *L) {
  lua_pushnumber(L, canvas_snap(check_canvas(L), luaL_checknumber(L, 2), luaL_optnumber(L, 3, 0)));
  return 1;
}

/* measure(text, font) -> width, ascent, descent, ink_top, ink_bottom */
static int canvas_method_measure(lua_State *L) {
  Error e = { "" };
  CanvasExtent out;
  CanvasFont font = check_font(L, 3);
  if (!canvas_measure(check_canvas(L), luaL_checkstring(L, 2), &font, &out, &e))
    return fail(L, &e);
  const double values[] = { out.width, out.ascent, out.descent, out.ink_top, out.ink_bottom };
  for (int k = 0; k < 5; k++)
    lua_pushnumber(L, values[k]);
  return 5;
}

/* text(x, y, text, font, angle, color) */
static int canvas_method_text(lua_State *L) {
  Error e = { "" };
  CanvasFont font = check_font(L, 5);
  uint32_t color = (uint32_t)luaL_optinteger(L, 7, 0x000000ff);
  double x = luaL_checknumber(L, 2), y = luaL_checknumber(L, 3);
  if (!canvas_text(check_canvas(L), x, y, luaL_checkstring(L, 4), &font, luaL_optnumber(L, 6, 0), color, &e))
    return fail(L, &e);
  return 0;
}

/* rules({ x1, y1, x2, y2, ... }, pen) */
static int canvas_method_rules(lua_State *L) {
  size_t n;
  Canvas *c = check_canvas(L);
  CanvasPen pen = check_pen(L, 3);
  const double *xy = table_numbers(L, 2, &n);
  luaL_argcheck(L, n % 4 == 0, 2, "four numbers a segment expected");
  canvas_rules(c, xy, n / 4, &pen);
  return 0;
}

/* box(left, top, width, height, { radius, fill }, pen) */
static int canvas_method_box(lua_State *L) {
  Canvas *c = check_canvas(L);
  double at[4];
  for (int k = 0; k < 4; k++)
    at[k] = luaL_checknumber(L, 2 + k);
  luaL_checktype(L, 6, LUA_TTABLE);
  CanvasPen pen = check_pen(L, 7);
  canvas_box(c, at[0], at[1], at[2], at[3], field_number(L, 6, "radius", 0), field_color(L, 6, "fill", 0), &pen);
  return 0;
}

/* shape({ x1, y1, x2, y2, ... }, { open, clip, fill }, pen) */
static int canvas_method_shape(lua_State *L) {
  size_t n;
  Canvas *c = check_canvas(L);
  luaL_checktype(L, 3, LUA_TTABLE);
  CanvasPen pen = check_pen(L, 4);
  const double *xy = table_numbers(L, 2, &n);
  luaL_argcheck(L, n % 2 == 0, 2, "two numbers a corner expected");
  canvas_shape(c, xy, n / 2, field_flag(L, 3, "open"), field_flag(L, 3, "clip"), field_color(L, 3, "fill", 0), &pen);
  return 0;
}

static int canvas_method_mark(lua_State *L) {
  Canvas *c = check_canvas(L);
  CanvasMark mark = check_mark(L, 4);
  canvas_mark(c, luaL_checknumber(L, 2), luaL_checknumber(L, 3), &mark);
  return 0;
}

/* ---- methods: data ---- */

static int canvas_method_set_frame(lua_State *L) {
  Canvas *c = check_canvas(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  CanvasFrame f = { .left = field_number(L, 2, "left", 0),
                    .top = field_number(L, 2, "top", 0),
                    .width = field_number(L, 2, "width", 0),
                    .height = field_number(L, 2, "height", 0),
                    .x0 = field_number(L, 2, "x0", 0),
                    .x1 = field_number(L, 2, "x1", 1),
                    .y0 = field_number(L, 2, "y0", 0),
                    .y1 = field_number(L, 2, "y1", 1),
                    .x_log = field_flag(L, 2, "x_log"),
                    .y_log = field_flag(L, 2, "y_log"),
                    .x_linear = field_number(L, 2, "x_linear", 0),
                    .y_linear = field_number(L, 2, "y_linear", 0) };
  bool is_sane = f.width > 0 && f.height > 0 && f.x0 != f.x1 && f.y0 != f.y1 && isfinite(f.x1 - f.x0) && isfinite(f.y1 - f.y0) &&
                 (!f.x_log || (f.x0 > 0 && f.x1 > 0)) && (!f.y_log || (f.y0 > 0 && f.y1 > 0)) && f.x_linear >= 0 && f.y_linear >= 0;
  luaL_argcheck(L, is_sane, 2, "a frame needs an area, finite and different limits, and positive ones on a log axis");
  canvas_set_frame(c, &f);
  return 0;
}

static int canvas_method_place(lua_State *L) {
  Canvas *c = check_canvas(L);
  lua_pushnumber(L, canvas_place_x(c, luaL_checknumber(L, 2)));
  lua_pushnumber(L, canvas_place_y(c, luaL_checknumber(L, 3)));
  return 2;
}

/* curve(x or nil, y, pen, is_stair) */
static int canvas_method_curve(lua_State *L) {
  size_t n;
  Canvas *c = check_canvas(L);
  const double *y = check_data(L, 3, -1, &n), *x = optional_data(L, 2, n);
  CanvasPen pen = check_pen(L, 4);
  canvas_curve(c, x, y, n, lua_toboolean(L, 5), &pen);
  return 0;
}

/* area(x or nil, low, high, color) */
static int canvas_method_area(lua_State *L) {
  size_t n;
  Canvas *c = check_canvas(L);
  const double *low = check_data(L, 3, -1, &n), *high = check_data(L, 4, (int64_t)n, NULL), *x = optional_data(L, 2, n);
  canvas_area(c, x, low, high, n, (uint32_t)luaL_checkinteger(L, 5));
  return 0;
}

/* The 256 colours of a map. */
static void check_colors(lua_State *L, int index, uint32_t lut[N_COLORS]) {
  luaL_checktype(L, index, LUA_TTABLE);
  for (int k = 0; k < N_COLORS; k++) {
    lua_rawgeti(L, index, k + 1);
    lut[k] = (uint32_t)luaL_checkinteger(L, -1);
    lua_pop(L, 1);
  }
}

/* marks(x or nil, y, mark, sizes or nil, places in the map or nil, { 256 colours }) */
static int canvas_method_marks(lua_State *L) {
  size_t n;
  uint32_t lut[N_COLORS];
  Canvas *c = check_canvas(L);
  const double *y = check_data(L, 3, -1, &n), *x = optional_data(L, 2, n);
  CanvasMark mark = check_mark(L, 4);
  CanvasEach each = { optional_data(L, 5, n), optional_data(L, 6, n), lut };
  if (each.colors)
    check_colors(L, 7, lut);
  canvas_marks(c, x, y, n, &mark, &each);
  return 0;
}

/* bars(x0, x1, low or base, high, { fill, flat }, edge) */
static int canvas_method_bars(lua_State *L) {
  size_t n;
  Canvas *c = check_canvas(L);
  CanvasBars bars = { 0 };
  bars.high = check_data(L, 5, -1, &n);
  bars.x0 = check_data(L, 2, (int64_t)n, NULL);
  bars.x1 = check_data(L, 3, (int64_t)n, NULL);
  if (lua_isnumber(L, 4))
    bars.base = lua_tonumber(L, 4);
  else
    bars.low = check_data(L, 4, (int64_t)n, NULL);
  luaL_checktype(L, 6, LUA_TTABLE);
  bars.fill = field_color(L, 6, "fill", 0x000000ff);
  bars.is_flat = field_flag(L, 6, "flat");
  bars.edge = check_pen(L, 7);
  canvas_bars(c, &bars, n);
  return 0;
}

/* The edges of `n` cells, which stay on the stack; NULL where there are none. */
static const double *field_edges(lua_State *L, int table, const char *name, size_t n) {
  if (lua_getfield(L, table, name) == LUA_TNIL)
    return lua_pop(L, 1), NULL;
  const double *edges = check_data(L, lua_gettop(L), (int64_t)n + 1, NULL);
  for (size_t k = 0; k < n; k++)
    if (!(edges[k] < edges[k + 1]))
      luaL_error(L, "%s: ascending edges expected", name);
  return edges;
}

/* image(matrix or rows x columns x 3 or 4 channels, { 256 colours }, { lo, hi, x0, x1, y0, y1, x_edges, y_edges }) */
static int canvas_method_image(lua_State *L) {
  Error e = { "" };
  uint32_t lut[N_COLORS];
  Canvas *c = check_canvas(L);
  Array *a = binding_check_array(L, 2);
  CanvasImage image = { .values = check_data(L, 2, -1, NULL), .lut = lut };
  image.rows = (size_t)a->shape[0], image.columns = (size_t)a->shape[1], image.channels = (size_t)a->shape[2];
  luaL_argcheck(L, a->n_axes <= 3 && (a->shape[2] == 1 || a->shape[2] == 3 || a->shape[2] == 4), 2, "1, 3 or 4 channels expected");
  check_colors(L, 3, lut);
  luaL_checktype(L, 4, LUA_TTABLE);
  image.x_edges = field_edges(L, 4, "x_edges", image.columns);
  image.y_edges = field_edges(L, 4, "y_edges", image.rows);
  image.lo = field_number(L, 4, "lo", 0);
  image.hi = field_number(L, 4, "hi", 1);
  image.x0 = field_number(L, 4, "x0", 0);
  image.x1 = field_number(L, 4, "x1", 1);
  image.y0 = field_number(L, 4, "y0", 0);
  image.y1 = field_number(L, 4, "y1", 1);
  return canvas_image(c, &image, &e) ? 0 : fail(L, &e);
}

/* ---- methods: pixels and files ---- */

static int canvas_method_ink(lua_State *L) {
  Canvas *c = check_canvas(L);
  lua_pushnumber(L, canvas_ink(c, luaL_checknumber(L, 2), luaL_checknumber(L, 3), luaL_checknumber(L, 4), luaL_checknumber(L, 5)));
  return 1;
}

static int canvas_method_hash(lua_State *L) {
  char text[17];
  lua_Unsigned hash = canvas_hash(check_canvas(L));
  for (int k = 0; k < 16; k++)
    text[k] = "0123456789abcdef"[hash >> (60 - 4 * k) & 15];
  lua_pushlstring(L, text, 16);
  return 1;
}

/* pixel(column, row), from 1 -> red, green, blue, alpha; nothing outside */
static int canvas_method_pixel(lua_State *L) {
  Canvas *c = check_canvas(L);
  long column = (long)luaL_checkinteger(L, 2) - 1, row = (long)luaL_checkinteger(L, 3) - 1;
  if (canvas_pixel(c, column, row, 0) < 0)
    return 0;
  for (int k = 0; k < 4; k++)
    lua_pushinteger(L, canvas_pixel(c, column, row, k));
  return 4;
}

/* difference(other) -> mean, greatest; nil where sizes differ */
static int canvas_method_difference(lua_State *L) {
  double mean, greatest;
  Canvas *c = check_canvas(L), **other = luaL_checkudata(L, 2, BINDING_CANVAS);
  if (!*other || !canvas_difference(c, *other, &mean, &greatest))
    return luaL_pushfail(L), 1;
  lua_pushnumber(L, mean);
  lua_pushnumber(L, greatest);
  return 2;
}

/* A key as the PNG specification wants it: 1 to 79 printable ASCII characters, no space at an end. */
static const char *check_key(lua_State *L, int index) {
  size_t n;
  const char *key = luaL_checklstring(L, index, &n);
  bool ok = n >= 1 && n <= 79 && key[0] != ' ' && key[n - 1] != ' ' && !strstr(key, "  ");
  for (size_t k = 0; k < n; k++)
    ok = ok && key[k] >= 32 && key[k] < 127;
  if (!ok)
    luaL_error(L, "the key '%s' of a note must have 1 to 79 printable characters and single spaces only", key);
  return key;
}

/* save(path, { { key, value }, ... }) */
static int canvas_method_save(lua_State *L) {
  Error e = { "" };
  Canvas *c = check_canvas(L);
  const char *path = binding_check_path(L, 2);
  CanvasNote notes[MAX_NOTES];
  size_t n = lua_isnoneornil(L, 3) ? 0 : (size_t)luaL_len(L, 3);
  if (n > MAX_NOTES)
    return luaL_error(L, "at most %d notes", MAX_NOTES);
  luaL_checkstack(L, 3 * MAX_NOTES + 8, "notes");
  for (size_t k = 0; k < n; k++) {
    lua_geti(L, 3, (lua_Integer)k + 1);
    luaL_checktype(L, -1, LUA_TTABLE);
    int pair = lua_gettop(L);
    lua_geti(L, pair, 1);
    lua_geti(L, pair, 2);
    notes[k].key = check_key(L, -2);
    notes[k].value = luaL_checkstring(L, -1); /* stays on the stack until the file is written */
  }
  if (!canvas_save(c, path, notes, n, &e))
    return fail(L, &e);
  lua_pushvalue(L, 2);
  return 1;
}

/* bytes() -> what save would write, without notes */
static int canvas_method_bytes(lua_State *L) {
  Error e = { "" };
  size_t n;
  const char *bytes = canvas_encode(check_canvas(L), &n, &e);
  if (!bytes)
    return fail(L, &e);
  lua_pushlstring(L, bytes, n);
  return 1;
}

static int canvas_gc(lua_State *L) {
  Canvas **c = box(L);
  canvas_free(*c);
  *c = NULL;
  return 0;
}

static int canvas_tostring(lua_State *L) {
  double width, height;
  Canvas *c = *box(L);
  if (!c)
    return lua_pushliteral(L, "canvas (closed)"), 1;
  canvas_size(c, &width, &height);
  lua_pushfstring(L, "canvas (%f x %f inch)", width / 72, height / 72);
  return 1;
}

static const luaL_Reg module[] = {
  { "open", canvas_module_open },
  { "read_png", canvas_module_read_png },
  { "numbers", canvas_module_numbers },
  { "range", canvas_module_range },
  { "histogram", canvas_module_histogram },
  { "movie", canvas_module_movie },
  { NULL, NULL },
};

static const luaL_Reg methods[] = {
  { "size", canvas_method_size },
  { "snap", canvas_method_snap },
  { "measure", canvas_method_measure },
  { "text", canvas_method_text },
  { "rules", canvas_method_rules },
  { "box", canvas_method_box },
  { "shape", canvas_method_shape },
  { "mark", canvas_method_mark },
  { "set_frame", canvas_method_set_frame },
  { "place", canvas_method_place },
  { "curve", canvas_method_curve },
  { "area", canvas_method_area },
  { "marks", canvas_method_marks },
  { "bars", canvas_method_bars },
  { "image", canvas_method_image },
  { "ink", canvas_method_ink },
  { "hash", canvas_method_hash },
  { "pixel", canvas_method_pixel },
  { "difference", canvas_method_difference },
  { "save", canvas_method_save },
  { "bytes", canvas_method_bytes },
  { "close", canvas_gc },
  { NULL, NULL },
};

static const luaL_Reg meta[] = {
  { "__gc", canvas_gc },
  { "__close", canvas_gc },
  { "__tostring", canvas_tostring },
  { NULL, NULL },
};

static const luaL_Reg movie_methods[] = {
  { "add", movie_method_add }, { "save", movie_method_save }, { "__gc", movie_gc }, { "__close", movie_gc }, { NULL, NULL },
};

int binding_open_canvas(lua_State *L) {
  luaL_requiref(L, "lunapse.core.array", binding_open_array, 0); /* data come and go as arrays */
  lua_pop(L, 1);
  luaL_newmetatable(L, BINDING_CANVAS);
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_newmetatable(L, MOVIE);
  luaL_setfuncs(L, movie_methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_newlib(L, module);
  lua_pushliteral(L, "Lunapse " LUNAPSE_VERSION);
  lua_setfield(L, -2, "software");
  return 1;
}
