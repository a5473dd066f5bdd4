#include "host/editor.h"

#include <errno.h>
#include <histedit.h>
#include <lauxlib.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/interrupt.h"
#include "host/signals.h"

#define TYPE_NAME "lunapse.editor"
enum { N_HISTORY = 5000 };

typedef struct {
  EditLine *line;   /* owned; NULL when closed */
  History *history; /* owned */
  lua_State *L;     /* borrowed: the thread that is in editor:read */
  int complete;     /* registry reference of the completion function */
  char *prompt;     /* owned */
} Editor;

static volatile sig_atomic_t is_resized;
static void on_resize(int number) {
  (void)number;
  is_resized = 1;
}

static char *show_prompt(EditLine *line) {
  Editor *e;
  el_get(line, EL_CLIENTDATA, &e);
  return e->prompt;
}

/* One character from the terminal. Ours, because libedit's own does not say which signal interrupted it: a new window size
** only redraws, Ctrl-C ends the line. */
static int read_character(EditLine *line, wchar_t *out) {
  mbstate_t state = { 0 };
  for (;;) {
    char byte;
    ssize_t n = read(STDIN_FILENO, &byte, 1);
    if (n == 1) {
      size_t used = mbrtowc(out, &byte, 1, &state);
      if (used == (size_t)-2)
        continue;
      if (used == (size_t)-1) { /* not text in this locale: drop it */
        memset(&state, 0, sizeof state);
        continue;
      }
      return 1;
    }
    if (n == 0)
      return 0;
    if (errno != EINTR || interrupt_flag)
      return -1;
    if (is_resized) {
      is_resized = 0;
      el_resize(line);
      el_set(line, EL_REFRESH);
    }
  }
}

static unsigned char on_tab(EditLine *line, int key) {
  (void)key;
  Editor *e;
  el_get(line, EL_CLIENTDATA, &e);
  lua_State *L = e->L;
  const LineInfo *info = el_line(line);
  int top = lua_gettop(L);
  unsigned char result = CC_ERROR;
  lua_rawgeti(L, LUA_REGISTRYINDEX, e->complete);
  lua_pushlstring(L, info->buffer, (size_t)(info->lastchar - info->buffer));
  lua_pushinteger(L, info->cursor - info->buffer);
  if (lua_pcall(L, 2, 2, 0) == LUA_OK) {
    const char *insert = lua_tostring(L, -2), *show = lua_tostring(L, -1);
    if (insert && *insert && el_insertstr(line, insert) == 0)
      result = CC_REFRESH;
    if (show) {
      printf("\n%s\n", show);
      fflush(stdout);
      result = CC_REDISPLAY;
    }
  }
  lua_settop(L, top);
  return result;
}

static Editor *check_editor(lua_State *L) {
  Editor *e = luaL_checkudata(L, 1, TYPE_NAME);
  luaL_argcheck(L, e->line, 1, "the editor is closed");
  return e;
}

static int editor_read(lua_State *L) {
  Editor *e = check_editor(L);
  char *prompt = strdup(luaL_checkstring(L, 2));
  if (!prompt)
    return luaL_error(L, "not enough memory");
  free(e->prompt);
  e->prompt = prompt;
  e->L = L;
  errno = 0;
  int n = 0;
  el_set(e->line, EL_PREP_TERM, 1); /* or a key that comes right after the prompt would be echoed twice */
  const char *text = el_gets(e->line, &n);
  if (text && n > 0) {
    lua_pushlstring(L, text, (size_t)(text[n - 1] == '\n' ? n - 1 : n));
    return 1;
  }
  bool was_interrupted = interrupt_flag != 0;
  signals_clear();
  if (was_interrupted) { /* leave the abandoned line on the screen */
    el_reset(e->line);
    fputs("^C\n", stdout);
  } else {
    fputc('\n', stdout);
  }
  fflush(stdout);
  lua_pushnil(L);
  lua_pushstring(L, was_interrupted ? "interrupted" : "end");
  return 2;
}

static int editor_remember(lua_State *L) {
  Editor *e = check_editor(L);
  HistEvent event;
  history(e->history, &event, H_ENTER, luaL_checkstring(L, 2));
  return 0;
}

static int editor_close(lua_State *L) {
  Editor *e = luaL_checkudata(L, 1, TYPE_NAME);
  if (e->line)
    el_end(e->line);
  if (e->history)
    history_end(e->history);
  free(e->prompt);
  luaL_unref(L, LUA_REGISTRYINDEX, e->complete);
  *e = (Editor){ .complete = LUA_NOREF };
  return 0;
}

static void watch_size(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_resize;
  sigaction(SIGWINCH, &action, NULL);
}

static void bind_keys(EditLine *line) {
  static const char *const keys[][2] = {
    { "\t", "lunapse-complete" },         { "^R", "em-inc-search-prev" }, { "\\ep", "ed-search-prev-history" },
    { "\\en", "ed-search-next-history" }, { "\\e[1;5C", "em-next-word" }, { "\\e[1;5D", "ed-prev-word" },
    { "\\e[3~", "ed-delete-next-char" },  { "\\e[H", "ed-move-to-beg" },  { "\\e[F", "ed-move-to-end" },
    { "\\e[1~", "ed-move-to-beg" },       { "\\e[4~", "ed-move-to-end" },
  };
  el_set(line, EL_EDITOR, "emacs");
  el_set(line, EL_ADDFN, "lunapse-complete", "Complete the name before the cursor", on_tab);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    el_set(line, EL_BIND, keys[i][0], keys[i][1], NULL);
  el_source(line, NULL); /* the user's ~/.editrc has the last word */
}

static const luaL_Reg methods[] = {
  { "read", editor_read }, { "remember", editor_remember }, { "close", editor_close }, { "__gc", editor_close }, { NULL, NULL },
};

int editor_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
    return 0;
  Editor *e = lua_newuserdatauv(L, sizeof *e, 0);
  *e = (Editor){ .complete = LUA_NOREF };
  if (luaL_newmetatable(L, TYPE_NAME)) {
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  e->complete = luaL_ref(L, LUA_REGISTRYINDEX);
  setlocale(LC_CTYPE, ""); /* characters only: numbers keep their dot */
  e->prompt = strdup("");
  e->history = history_init();
  e->line = el_init("lunapse", stdin, stdout, stderr);
  if (!e->prompt || !e->history || !e->line)
    return luaL_error(L, "cannot open the line editor");
  HistEvent event;
  history(e->history, &event, H_SETSIZE, N_HISTORY);
  history(e->history, &event, H_SETUNIQUE, 1);
  el_set(e->line, EL_CLIENTDATA, e);
  el_set(e->line, EL_PROMPT_ESC, show_prompt, '\1');
  el_set(e->line, EL_HIST, history, e->history);
  el_set(e->line, EL_SIGNAL, 0);
  el_set(e->line, EL_GETCFN, read_character);
  bind_keys(e->line);
  watch_size();
  return 1;
}
