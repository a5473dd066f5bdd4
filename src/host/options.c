#include "host/options.h"

#include <string.h>

/* Long options. One with an argument name is given as --name=VALUE and kept for the library as
** `require "lunapse.core.host".options.name`; the others set a switch of Options. To add one, add a row. */
typedef struct {
  const char *name, *argument, *help;
  void (*set)(Options *); /* NULL for one that has a value */
} LongOption;

static void set_version(Options *o) { o->wants_version = true; }
static void set_help(Options *o) { o->wants_help = true; }
static void set_kernel(Options *o) { o->wants_kernel = true; }
static void set_plan(Options *o) { snprintf(o->plan, sizeof o->plan, " "); }

static const LongOption long_options[] = {
  { "help", NULL, "print this text", set_help },
  { "version", NULL, "print the version", set_version },
  { "dump", "STAGE", "after the script, print what was made of its models: tokens, tree, model, program, c or plan", NULL },
  { "plan", NULL, "print what the network of the script would take, instead of running it: --plan ranks=1024 rate=5 script.lua", set_plan },
  { "kernel", NULL, "serve a Jupyter notebook: --kernel install makes it known to Jupyter, --kernel FILE is how Jupyter starts it",
    set_kernel },
};
enum { N_LONG = sizeof long_options / sizeof *long_options };

static const LongOption *find_long(const char *text) {
  size_t n = strcspn(text, "=");
  for (int i = 0; i < N_LONG; i++)
    if (strlen(long_options[i].name) == n && strncmp(long_options[i].name, text, n) == 0)
      return &long_options[i];
  return NULL;
}

static bool read_long(Options *options, const char *word, Error *error) {
  const LongOption *row = find_long(word + 2);
  if (!row)
    return error_set(error, "unrecognized option '%s'", word);
  bool has_value = strchr(word, '=') != NULL;
  if (row->argument && !has_value)
    return error_set(error, "'%s' needs a value: --%s=%s", word, row->name, row->argument);
  if (!row->argument && has_value)
    return error_set(error, "'--%s' takes no value", row->name);
  if (row->set)
    row->set(options);
  return true;
}

/* Words with "=" behind --plan belong to it: Lua reads them (lunapse.network.planned). */
static bool take_plan(Options *options, const char *word) {
  const size_t n = strlen(options->plan);
  if (n == 0 || word[0] == '-' || strchr(word, '=') == NULL || n + strlen(word) + 2 > sizeof options->plan)
    return false;
  strcat(strcat(options->plan, word), " ");
  return true;
}

bool options_read(Options *options, int argc, char **argv, Error *error) {
  *options = (Options){ .script = argc };
  for (int i = 1; i < argc; i++) {
    const char *word = argv[i];
    if (take_plan(options, word))
      continue;
    if (word[0] != '-' || word[1] == '\0') {
      options->script = i;
      options->is_stdin = word[0] == '-';
      return true;
    }
    if (word[1] == '-' && word[2] == '\0') {
      options->script = i + 1;
      return true;
    }
    bool is_alone = word[2] == '\0', is_known = true;
    switch (word[1]) {
    case '-':
      if (!read_long(options, word, error))
        return false;
      break;
    case 'E':
      options->ignores_environment = true;
      is_known = is_alone;
      break;
    case 'W': is_known = is_alone; break;
    case 'i':
      options->wants_prompt = true;
      options->wants_version = true;
      is_known = is_alone;
      break;
    case 'v':
      options->wants_version = true;
      is_known = is_alone;
      break;
    case 'e': options->has_code = true; /* fallthrough */
    case 'l':
      if (is_alone && (++i >= argc || argv[i][0] == '-'))
        return error_set(error, "'%s' needs argument", word);
      break;
    default: is_known = false;
    }
    if (!is_known)
      return error_set(error, "unrecognized option '%s'", word);
  }
  return true;
}

bool options_next(const Options *options, char **argv, int *at, OptionStep *step) {
  while (*at < options->script) {
    const char *word = argv[(*at)++];
    if (word[1] == '-' && word[2] != '\0') {
      const LongOption *row = find_long(word + 2);
      if (row->set == set_plan) {
        *step = (OptionStep){ '-', row->name, options->plan };
        return true;
      }
      if (!row->argument)
        continue;
      *step = (OptionStep){ '-', row->name, strchr(word, '=') + 1 };
      return true;
    }
    if (word[1] == 'e' || word[1] == 'l') {
      *step = (OptionStep){ word[1], NULL, word[2] != '\0' ? word + 2 : argv[(*at)++] };
      return true;
    }
    if (word[1] == 'W') {
      *step = (OptionStep){ 'W', NULL, NULL };
      return true;
    }
  }
  return false;
}

void options_print_help(FILE *out) {
  fputs("usage: lunapse [options] [script [args]]\n"
        "Run a Lua script; without one, open the prompt (or run what comes through a pipe).\n"
        "  -e stat          run the Lua statement 'stat'\n"
        "  -i               open the prompt after running 'script'\n"
        "  -l mod           require module 'mod' into global 'mod'\n"
        "  -l g=mod         require module 'mod' into global 'g'\n"
        "  -v               print the version\n"
        "  -E               ignore the environment variables of Lua\n"
        "  -W               turn warnings on\n"
        "  --               stop handling options\n"
        "  -                stop handling options and run stdin\n",
        out);
  for (int i = 0; i < N_LONG; i++) {
    const LongOption *row = &long_options[i];
    int n = fprintf(out, "  --%s%s%s", row->name, row->argument ? "=" : "", row->argument ? row->argument : "");
    fprintf(out, "%*s%s\n", n < 18 ? 19 - n : 1, "", row->help);
  }
  fputs("environment:\n"
        "  LUNAPSE_PATH     folder that holds the Lua library (lunapse/init.lua)\n"
        "  LUNAPSE_TRACE=1  errors show every frame, those inside Lunapse too\n"
        "  LUNAPSE_CC       the C compiler for kernels (cc, gcc or clang unless given; none: they are interpreted)\n"
        "  LUNAPSE_CC_TIMEOUT  seconds that it may take for one library (120 unless given)\n"
        "  LUNAPSE_CACHE    folder of compiled kernels ($XDG_CACHE_HOME/lunapse or ~/.cache/lunapse unless given)\n"
        "  LUA_INIT LUA_PATH LUA_CPATH   as for lua\n"
        "exit status:\n"
        "  0   all is well\n"
        "  1   an error, or output that could not be written\n"
        "  130 Ctrl-C; what another signal ends has the status that the shell gives it\n",
        out);
}
