/* The program `lunapse`: read the command line, run what it says, tell an error once, end with the right status. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/output.h"
#include "base/ranks.h"
#include "base/version.h"
#include "binding/kernel.h"
#include "host/host.h"
#include "host/modules.h"
#include "host/options.h"
#include "host/report.h"
#include "host/signals.h"

enum { STATUS_INTERRUPTED = 130 }; /* what shells say of a program that Ctrl-C ended */

typedef struct {
  int argc;
  char **argv;
  Options options;
  bool is_done; /* everything ran without an error */
} Run;

static void print_version(void) {
  printf("Lunapse %s (%s)\n", LUNAPSE_VERSION, LUA_RELEASE);
  fflush(stdout);
}

/* Call the function below its n arguments with the error handler; on failure print the message. */
static bool call(lua_State *L, int n_arguments, int n_results) {
  int base = lua_gettop(L) - n_arguments;
  lua_pushcfunction(L, report_handler);
  lua_insert(L, base);
  int status = lua_pcall(L, n_arguments, n_results, base);
  lua_remove(L, base);
  if (status != LUA_OK)
    report_print(lua_tostring(L, -1));
  return status == LUA_OK;
}

static bool call_loaded(lua_State *L, int load_status, int n_arguments) {
  if (load_status == LUA_OK)
    return call(L, n_arguments, 0);
  report_print(lua_tostring(L, -1));
  return false;
}

static bool run_text(lua_State *L, const char *text, const char *name) {
  return call_loaded(L, luaL_loadbuffer(L, text, strlen(text), name), 0);
}

/* LUA_INIT_5_4, else LUA_INIT: a statement, or the name of a file after '@'. */
static bool run_init(lua_State *L) {
  static const char *const names[] = { "=LUA_INIT_5_4", "=LUA_INIT" };
  for (int i = 0; i < 2; i++) {
    const char *text = getenv(names[i] + 1);
    if (text && text[0] == '@')
      return call_loaded(L, luaL_loadfile(L, text + 1), 0);
    if (text)
      return run_text(L, text, names[i]);
  }
  return true;
}

/* -l name, -l global=name. */
static bool run_require(lua_State *L, const char *value) {
  const char *equals = strchr(value, '='), *module = equals ? equals + 1 : value;
  lua_pushlstring(L, value, equals ? (size_t)(equals - value) : strlen(value));
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  if (!call(L, 1, 1))
    return false;
  lua_pushglobaltable(L);
  lua_insert(L, -3);
  lua_settable(L, -3);
  lua_pop(L, 1);
  return true;
}

/* What ranks cannot do together. */
static bool is_alone(const char *what) {
  if (ranks_n() == 1)
    return true;
  char text[200];
  snprintf(text, sizeof text, "%s, and %d were started together: give them a script", what, ranks_n());
  report_print(text);
  return false;
}

/* Standard input and what time is it are rank 0's on all ranks: lunapse.ranks. */
static bool join_ranks(lua_State *L) {
  if (ranks_n() == 1)
    return true;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "lunapse.ranks");
  if (!call(L, 1, 1))
    return false;
  lua_getfield(L, -1, "join");
  bool is_fine = call(L, 0, 0);
  lua_settop(L, 1);
  return is_fine;
}

static bool run_steps(lua_State *L, const Run *run) {
  OptionStep step;
  for (int at = 1; options_next(&run->options, run->argv, &at, &step);) {
    bool is_fine = true;
    if (step.letter == 'e')
      is_fine = run_text(L, step.value, "=(command line)");
    else if (step.letter == 'l')
      is_fine = run_require(L, step.value);
    else if (step.letter == 'W')
      lua_warning(L, "@on", 0);
    else
      host_set_option(L, step.name, step.value);
    if (!is_fine)
      return false;
  }
  return true;
}

/* For --dump=STAGE: call this function of lunapse.dump with the stage. Without the option there is nothing to do. */
static bool run_dump(lua_State *L, const char *function) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "lunapse.core.host");
  if (!call(L, 1, 1))
    return false;
  lua_getfield(L, -1, "options");
  if (lua_getfield(L, -1, "dump") == LUA_TNIL) {
    lua_pop(L, 3);
    return true;
  }
  lua_getglobal(L, "require");
  lua_pushliteral(L, "lunapse.tell.dump");
  if (!call(L, 1, 1))
    return false;
  lua_getfield(L, -1, function);
  lua_pushvalue(L, -3);
  bool is_fine = call(L, 1, 0);
  lua_settop(L, 1);
  return is_fine;
}

static bool run_script(lua_State *L, const Run *run) {
  if (run->options.is_stdin && !is_alone("a script on the standard input is read by one process"))
    return false;
  int n = run->argc - run->options.script - 1;
  int status = luaL_loadfile(L, run->options.is_stdin ? NULL : run->argv[run->options.script]);
  luaL_checkstack(L, n, "too many arguments to script");
  if (status == LUA_OK)
    for (int i = 1; i <= n; i++)
      lua_pushstring(L, run->argv[run->options.script + i]);
  return call_loaded(L, status, n);
}

static bool run_prompt(lua_State *L) {
  if (!is_alone("the prompt serves one process"))
    return false;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "lunapse.prompt");
  if (!call(L, 1, 1))
    return false;
  lua_getfield(L, -1, "run");
  return call(L, 0, 0);
}

/* --kernel: lunapse.notebook.run(what stands behind it). */
static bool run_kernel(lua_State *L, const Run *run) {
  if (!is_alone("a notebook is served by one process"))
    return false;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "lunapse.notebook");
  if (!call(L, 1, 1))
    return false;
  lua_getfield(L, -1, "run");
  for (int i = run->options.script; i < run->argc; i++)
    lua_pushstring(L, run->argv[i]);
  return call(L, run->argc - run->options.script, 0);
}

/* Global `arg`: script at 0, its arguments from 1, what came before below 0. */
static void set_arguments(lua_State *L, const Run *run) {
  int zero = run->options.script == run->argc ? 0 : run->options.script;
  lua_createtable(L, run->argc - zero, zero + 1);
  for (int i = 0; i < run->argc; i++) {
    lua_pushstring(L, run->argv[i]);
    lua_rawseti(L, -2, i - zero);
  }
  lua_setglobal(L, "arg");
}

/* `status`, unless the program seems to have done its work and its output is lost. */
static int final_status(int status) {
  Error e;
  if (output_arrived(&e))
    return status;
  report_print(e.text);
  return status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}

/* os.exit as in stock lua, but what was printed must have arrived. */
static int exit_program(lua_State *L) {
  int status = lua_isboolean(L, 1) ? (lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE) : (int)luaL_optinteger(L, 1, EXIT_SUCCESS);
  if (lua_toboolean(L, 2))
    lua_close(L);
  exit(ranks_end(final_status(status)));
}

static void replace_exit(lua_State *L) {
  lua_getglobal(L, "os");
  lua_pushcfunction(L, exit_program);
  lua_setfield(L, -2, "exit");
  lua_pop(L, 1);
}

static bool run_everything(lua_State *L, const Run *run) {
  const Options *o = &run->options;
  if (o->wants_help)
    return options_print_help(stdout), true;
  if (o->wants_version)
    print_version();
  if (o->ignores_environment) {
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  }
  luaL_openlibs(L);
  report_install_warnings(L);
  report_install_pcall(L);
  modules_install(L, run->argv[0]);
  signals_install(L);
  replace_exit(L);
  set_arguments(L, run);
  if (!join_ranks(L))
    return false;
  if (!o->ignores_environment && !run_init(L))
    return false;
  if (!run_steps(L, run))
    return false;
  if (o->wants_kernel)
    return run_kernel(L, run);
  if (!run_dump(L, "start"))
    return false;
  if (o->script < run->argc && !run_script(L, run))
    return false;
  if (!run_dump(L, "finish"))
    return false;
  if (o->wants_prompt)
    return run_prompt(L);
  if (o->script < run->argc || o->has_code || o->wants_version)
    return true;
  if (!isatty(STDIN_FILENO))
    return is_alone("a script on the standard input is read by one process") && call_loaded(L, luaL_loadfile(L, NULL), 0);
  print_version();
  return run_prompt(L);
}

static int protected_main(lua_State *L) {
  Run *run = lua_touserdata(L, 1);
  luaL_checkversion(L);
  run->is_done = run_everything(L, run);
  return 0;
}

int main(int argc, char **argv) {
  Run run = { .argc = argc, .argv = argv };
  int status;
  if (binding_is_compiler(argc, argv, &status))
    return status;
  memory_begin();
  output_open();
  Error error;
  if (!options_read(&run.options, argc, argv, &error)) {
    report_print(error.text);
    options_print_help(stderr);
    return EXIT_FAILURE;
  }
  if (!ranks_start(modules_find_program(argv[0]), &error)) {
    if (error.text[0] != '\0')
      report_print(error.text);
    return EXIT_FAILURE;
  }
  lua_State *L = luaL_newstate();
  if (!L) {
    report_print("cannot create a Lua state: not enough memory");
    return EXIT_FAILURE;
  }
  lua_pushcfunction(L, protected_main);
  lua_pushlightuserdata(L, &run);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK)
    report_print(lua_tostring(L, -1));
  lua_close(L);
  return ranks_end(final_status(run.is_done ? EXIT_SUCCESS : signals_interrupted() ? STATUS_INTERRUPTED : EXIT_FAILURE));
}
