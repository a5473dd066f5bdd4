#include "host/report.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ranks.h"
#include "host/modules.h"
#include "host/signals.h"

static lua_CFunction raise; /* what scripts know as `error` */

typedef struct {
  int first, last;        /* levels of the innermost and the outermost frame of the user; -1: there is none */
  int n;                  /* frames in all, level 0 (the handler) included */
  bool is_library_on_top; /* the error came out of a file of the library */
} Frames;

static Frames read_frames(lua_State *L) {
  Frames f = { -1, -1, 1, false };
  lua_Debug ar;
  bool has_lua = false;
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    f.n = level + 1;
    lua_getinfo(L, "S", &ar);
    if (*ar.what == 'C')
      continue;
    bool is_library = modules_owns(ar.source);
    if (!has_lua)
      f.is_library_on_top = is_library;
    has_lua = true;
    if (is_library)
      continue;
    if (f.first < 0)
      f.first = level;
    f.last = level;
  }
  return f;
}

/* Length of the "file:12: " that opens `text`, 0 when there is none. */
static size_t position_length(const char *text) {
  size_t line = strcspn(text, "\n");
  for (const char *p = strchr(text, ':'); p && (size_t)(p - text) < line; p = strchr(p + 1, ':')) {
    size_t digits = strspn(p + 1, "0123456789");
    if (digits > 0 && p[1 + digits] == ':')
      return (size_t)(p - text) + digits + 2 + (p[2 + digits] == ' ');
  }
  return 0;
}

/* Where "lunapse/file.lua:12: " begins in a position that lies in the library (whose name Lua may have shortened to
** "...its end"); NULL for a position elsewhere. */
static const char *library_place(const char *text, size_t n) {
  const char *folder = modules_folder(), *place = NULL;
  if (n == 0 || !folder)
    return NULL;
  size_t n_folder = strlen(folder);
  if (strncmp(text, folder, n_folder) == 0 && text[n_folder] == '/')
    return text + n_folder + 1;
  if (strncmp(text, "...", 3) != 0)
    return NULL;
  for (const char *p = strstr(text, "/lunapse/"); p && p < text + n; p = strstr(p + 1, "/lunapse/"))
    place = p + 1;
  return place;
}

/* ---- long messages ---- */

enum { LONGEST_WORD = 200, LONGEST_LINE = 1200, KEPT_BEHIND = 40 }; /* bytes */

/* Add `n` bytes of text; of more than `most` the beginning and the end, in whole characters. */
static void add_short(luaL_Buffer *b, const char *text, size_t n, size_t most) {
  if (n <= most) {
    luaL_addlstring(b, text, n);
    return;
  }
  size_t first = most - KEPT_BEHIND, last = n - KEPT_BEHIND;
  while (first > 0 && (text[first] & 0xC0) == 0x80)
    first--;
  while (last < n && (text[last] & 0xC0) == 0x80)
    last++;
  luaL_addlstring(b, text, first);
  luaL_addstring(b, "[...]");
  luaL_addlstring(b, text + last, n - last);
}

/* Replace the text on top by one whose pieces, which end at bytes of `ends`, have at most `most` bytes. */
static void shorten_pieces(lua_State *L, const char *ends, size_t most) {
  luaL_Buffer b;
  int index = lua_gettop(L);
  luaL_buffinit(L, &b);
  for (const char *p = lua_tostring(L, index);; p++) {
    size_t n = strcspn(p, ends);
    add_short(&b, p, n, most);
    p += n;
    if (*p == '\0')
      break;
    luaL_addchar(&b, *p);
  }
  luaL_pushresult(&b);
  lua_replace(L, index);
}

/* Names and texts of any length may stand in messages, as they were given: this is where they are made short. */
static void shorten(lua_State *L) {
  if (lua_rawlen(L, -1) <= LONGEST_WORD)
    return;
  shorten_pieces(L, " \t\n", LONGEST_WORD);
  shorten_pieces(L, "\n", LONGEST_LINE);
}

/* Whether the error that is handled was raised by the library, and not by `error` of a script. Level 0 is the handler. */
static bool is_raised_by_library(lua_State *L) {
  lua_Debug ar;
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sf", &ar);
    lua_CFunction f = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    if (*ar.what != 'C')
      return modules_owns(ar.source);
    if (level == 1 && f != raise)
      return true;
  }
  return false;
}

/* Push the message as the user should read it: what the library raised at its own line, or without any, gets the user's. */
static void push_message(lua_State *L, const char *text, const Frames *f) {
  lua_Debug ar;
  size_t n = position_length(text);
  const char *place = library_place(text, n);
  bool is_nowhere = n == 0 && f->is_library_on_top;
  if (!(place || is_nowhere) || !lua_getstack(L, f->first, &ar) || !lua_getinfo(L, "Sl", &ar) || ar.currentline <= 0) {
    lua_pushstring(L, text);
    return;
  }
  lua_pushfstring(L, "%s:%d: %s", ar.short_src, ar.currentline, text + n);
  if (place && strncmp(text + n, "attempt to ", 11) == 0) { /* a fault of ours, not a refusal: say where */
    lua_pushliteral(L, " (in ");
    lua_pushlstring(L, place, (size_t)(text + n - place) - 2);
    lua_pushliteral(L, ")");
    lua_concat(L, 4);
  }
}

/* Cut the last `n` frames (one line each, a note about tail calls may follow) from the traceback on top. */
static void cut_frames(lua_State *L, int n) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  while (n > 0 && length > 0) {
    size_t start = length;
    while (start > 0 && text[start - 1] != '\n')
      start--;
    if (start == 0)
      break;
    if (strncmp(text + start, "\t(...", 5) != 0)
      n--;
    length = start - 1;
  }
  lua_pushlstring(L, text, length);
  lua_remove(L, -2);
}

/* Push the text of the error value at index 1. */
static void push_text(lua_State *L) {
  if (lua_isstring(L, 1) || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL)
    luaL_tolstring(L, 1, NULL);
  else
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
}

int report_handler(lua_State *L) {
  signals_uncaught();
  const char *wish = getenv("LUNAPSE_TRACE");
  push_text(L);
  if (is_raised_by_library(L))
    shorten(L);
  const char *text = lua_tostring(L, -1);
  Frames f = read_frames(L);
  bool is_full = f.first < 0 || (wish && *wish && strcmp(wish, "0") != 0);
  if (is_full) {
    luaL_traceback(L, L, text, 1);
    return 1;
  }
  push_message(L, text, &f);
  luaL_traceback(L, L, lua_tostring(L, -1), f.first);
  cut_frames(L, f.n - 1 - f.last);
  return 1;
}

/* ---- pcall --------------------------------------------------------------------------------------------------------------- */

enum { FAR = 1000 }; /* frames: after a stack overflow there are many more */

/* Message handler of pcall: what the library raised at its own line gets the user's, as at the end of a program. */
static int locate(lua_State *L) {
  lua_Debug ar;
  Frames f = { -1, -1, 1, false };
  if (lua_type(L, 1) != LUA_TSTRING)
    return 1;
  if (is_raised_by_library(L))
    shorten(L);
  if (!library_place(lua_tostring(L, 1), position_length(lua_tostring(L, 1))))
    return 1;
  for (int level = 1; f.first < 0 && level < FAR && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0 && !modules_owns(ar.source))
      f.first = level;
  }
  if (f.first >= 0)
    push_message(L, lua_tostring(L, 1), &f);
  return 1;
}

static int as_it_is(lua_State *L) {
  (void)L;
  return 1;
}

static int finish_call(lua_State *L, int status, lua_KContext n_own) {
  if (status == LUA_OK || status == LUA_YIELD)
    return lua_gettop(L) - (int)n_own;
  lua_pushboolean(L, 0);
  lua_pushvalue(L, -2);
  return 2;
}

/* The library itself, which catches an error in order to say more, gets it as it is. */
static int call_protected(lua_State *L) {
  lua_Debug ar;
  luaL_checkany(L, 1);
  bool is_ours = lua_getstack(L, 1, &ar) && lua_getinfo(L, "S", &ar) && modules_owns(ar.source);
  lua_pushcfunction(L, is_ours ? as_it_is : locate);
  lua_pushboolean(L, 1);
  lua_rotate(L, 1, 2);
  return finish_call(L, lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 1, 1, finish_call), 1);
}

void report_install_pcall(lua_State *L) {
  lua_getglobal(L, "error");
  raise = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  lua_register(L, "pcall", call_protected);
}

/* ---- warnings ------------------------------------------------------------------------------------------------------------ */

static struct {
  bool is_on, is_off;      /* said so; neither at first */
  bool is_inside, is_told; /* between the pieces of one message; and whether it is printed */
} warnings;

static void warn(void *data, const char *piece, int more) {
  static const char ours[] = "lunapse: ";
  (void)data;
  if (!warnings.is_inside && !more && piece[0] == '@') {
    if (strcmp(piece, "@on") == 0 || strcmp(piece, "@off") == 0) {
      warnings.is_on = piece[2] == 'n';
      warnings.is_off = !warnings.is_on;
    }
    return;
  }
  if (!warnings.is_inside) {
    bool is_ours = strncmp(piece, ours, sizeof ours - 1) == 0;
    warnings.is_told = warnings.is_on || (is_ours && !warnings.is_off);
    if (warnings.is_told)
      fprintf(stderr, "%s", is_ours ? "lunapse: warning: " : "Lua warning: ");
    if (is_ours)
      piece += sizeof ours - 1;
  }
  if (warnings.is_told)
    fprintf(stderr, "%s%s", piece, more ? "" : "\n");
  warnings.is_inside = more != 0;
}

void report_install_warnings(lua_State *L) { lua_setwarnf(L, warn, NULL); }

void report_print(const char *text) {
  fflush(stdout);
  if (ranks_n() > 1) { /* all may have the same */
    ranks_note_failure(text);
    return;
  }
  fprintf(stderr, "lunapse: %s\n", text);
  fflush(stderr);
}
