/* The command line: the options of the stock `lua` program, letter for letter, and long ones by name from one table.
** Everything points into argv, which must outlive the Options. */
#ifndef LUNAPSE_HOST_OPTIONS_H
#define LUNAPSE_HOST_OPTIONS_H
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

typedef struct {
  int script;               /* argv index of the script; argc when there is none */
  bool is_stdin;            /* the script is "-" */
  bool wants_prompt;        /* -i */
  bool wants_version;       /* -v, -i, --version */
  bool wants_help;          /* --help */
  bool wants_kernel;        /* --kernel: what stands at `script` and behind it are its arguments */
  bool has_code;            /* -e */
  char plan[128];           /* --plan: the words such as ranks=8 that stand behind it */
  bool ignores_environment; /* -E */
} Options;

/* One -e, -l or -W, to be done in the order given, or a long option that takes a value. */
typedef struct {
  char letter;       /* 'e', 'l', 'W'; '-' for a long one */
  const char *name;  /* of a long one, without the dashes */
  const char *value; /* code, module, value; NULL where there is none */
} OptionStep;

/* Read argv; false with a message ("unrecognized option '-x'") when it makes no sense. */
bool options_read(Options *options, int argc, char **argv, Error *error);

/* The next thing to do among argv[*at .. script-1]; false when all are done. Start with *at = 1. */
bool options_next(const Options *options, char **argv, int *at, OptionStep *step);

/* The help text, all options listed. */
void options_print_help(FILE *out);

#endif
