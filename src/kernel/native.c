#define _GNU_SOURCE
#include "kernel/native.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/debug.h"
#include "base/memory.h"
#include "kernel/build.h"
#include "kernel/cache.h"
#include "kernel/compiler.h"
#include "kernel/draws.h"

enum { MOST_BUILDS = 2, PATIENCE_AT_END = 30 /* seconds */ };

/* ---- the prelude of generated C ------------------------------------------------------------------------------------------ */
/* The headers as text, put in by the assembler (which searches the same folders as #include), so that there is one copy of the truth.
** They are included as well: make learns of an .incbin in no other way, and what does not compile is noticed here. */
#include "kernel/prelude_args.h"
#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"
#include "kernel/prelude_loop.h"
#include "kernel/prelude_tables.h"
__asm__(".pushsection .rodata\n"
        "lunapse_prelude_text:\n"
        ".incbin \"kernel/prelude_args.h\"\n"
        ".incbin \"kernel/prelude_math.h\"\n"
        ".incbin \"kernel/prelude_random.h\"\n"
        ".incbin \"kernel/prelude_loop.h\"\n"
        ".incbin \"kernel/prelude_tables.h\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char lunapse_prelude_text[] __attribute__((visibility("hidden")));

const char *native_prelude(void) { return lunapse_prelude_text; }

/* ---- requests ----------------------------------------------------------------------------------------------------------- */
struct Native {
  int references;
  CacheKey key;
  NativeState state;
  void *handle; /* of dlopen */
  char *text;   /* owned; until it is compiled */
  bool is_fast;
  Build build;  /* process 0: not started */
  char *log;    /* owned, or NULL */
  Native *next; /* in `all` */
};

static Native *all; /* every Native that is not freed; the list holds no reference */
static int n_running;
static bool is_watching_exit, has_hung; /* a compiler that did not end once is not waited for again */

static const char *const state_names[] = {
  [NATIVE_READY] = "ready", [NATIVE_BUILDING] = "building", [NATIVE_FAILED] = "failed", [NATIVE_NONE] = "none"
};

const char *native_state_name(NativeState state) { return state_names[state]; }

static char *copy_text(const char *text) {
  size_t n = strlen(text) + 1;
  char *copy = memory_new(n);
  if (copy != NULL)
    memcpy(copy, text, n);
  return copy;
}

static void set_state(Native *n, NativeState state, const char *log) {
  n->state = state;
  memory_free(n->log);
  n->log = log != NULL && log[0] != '\0' ? copy_text(log) : NULL; /* a log that does not fit in memory is missed by nobody */
  if (state != NATIVE_BUILDING) {
    memory_free(n->text);
    n->text = NULL;
  }
}

static void free_native(Native *n) {
  for (Native **at = &all; *at != NULL; at = &(*at)->next)
    if (*at == n) {
      *at = n->next;
      break;
    }
  if (n->handle != NULL)
    dlclose(n->handle);
  memory_free(n->text);
  memory_free(n->log);
  memory_free(n);
}

/* A library in a memory file, by a name that it never had before: of two files under one name dlopen would load the first again. So the number of the
** load stands in the path, a "/./" for each 1 and a "//" for each 0, and the descriptor can be closed and its number used again. */
static void *open_library(int fd) {
  static unsigned n_opened;
  char path[160], *at = path + sprintf(path, "/proc/self");
  for (unsigned bits = ++n_opened, k = 0; k < 32; k++, bits >>= 1)
    at += sprintf(at, bits & 1 ? "/." : "/");
  sprintf(at, "/fd/%d", fd);
  return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

/* Load the library, whose descriptor is closed. What cannot be loaded is no longer kept; dlerror says why. */
static bool load(Native *n, int library) {
  n->handle = open_library(library);
  close(library);
  if (n->handle == NULL && cache_folder(NULL) != NULL)
    cache_drop(&n->key);
  return n->handle != NULL;
}

static bool load_kept(Native *n) {
  int library = cache_folder(NULL) != NULL ? cache_take(&n->key) : -1;
  if (library < 0 || !load(n, library))
    return false;
  set_state(n, NATIVE_READY, NULL);
  return true;
}

/* ---- building ----------------------------------------------------------------------------------------------------------- */
static void stop_builds(void) {
  for (Native *n = all; n != NULL; n = n->next)
    if (n->build.process > 0)
      build_stop(&n->build);
}

static const char hung[] = "the C compiler did not end in time once, and is not started again";

static void start_build(Native *n) {
  Error e = { "" };
  if (has_hung) {
    set_state(n, NATIVE_FAILED, hung);
    return;
  }
  if (!is_watching_exit)
    is_watching_exit = atexit(stop_builds) == 0;
  if (build_start(&n->build, &n->key, n->text, n->is_fast, cache_folder(NULL), &e))
    n_running++;
  else
    set_state(n, NATIVE_FAILED, e.text);
}

/* Has the build ended? Then take what it gave. */
static bool finish_build(Native *n) {
  int library;
  char *log;
  BuildState state = build_poll(&n->build, &library, &log);
  if (state == BUILD_RUNS)
    return false;
  n_running--;
  has_hung = has_hung || state == BUILD_HUNG;
  if (state != BUILD_DONE)
    set_state(n, NATIVE_FAILED, log != NULL && log[0] != '\0' ? log : "the C compiler was ended");
  else if (load(n, library))
    set_state(n, NATIVE_READY, log); /* "", or why the library is not kept */
  else
    set_state(n, NATIVE_FAILED, dlerror());
  memory_free(log);
  return true;
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Look at the running builds and start waiting ones; at most once in a millisecond. */
static void look_after(void) {
  static double last;
  double now = seconds_now();
  if (now - last < 1e-3)
    return;
  last = now;
  for (Native *n = all, *next; n != NULL; n = next) {
    next = n->next;
    if (n->build.process > 0)
      finish_build(n);
    if (n->references == 0 && n->build.process == 0)
      free_native(n);
  }
  for (Native *n = all; n != NULL && n_running < MOST_BUILDS; n = n->next)
    if (n->state == NATIVE_BUILDING && n->build.process == 0 && !load_kept(n))
      start_build(n);
}

void native_after_fork(void) {
  for (Native *n = all; n != NULL; n = n->next)
    if (n->build.process > 0)
      build_forget(&n->build);
  n_running = 0;
}

void native_finish_builds(void) {
  const struct timespec pause = { .tv_nsec = 1000000 };
  double end = seconds_now() + PATIENCE_AT_END;
  for (Native *n = all; n != NULL; n = n->next)
    while (n->build.process > 0 && !finish_build(n)) {
      if (seconds_now() > end) {
        build_stop(&n->build);
        break;
      }
      nanosleep(&pause, NULL);
    }
}

/* ---- the public face ---------------------------------------------------------------------------------------------------- */
static CacheKey key_of(const char *text, bool is_fast) {
  const char *flags[COMPILER_FLAGS], *parts[COMPILER_FLAGS + 4];
  int n = 0;
  compiler_flags(is_fast, flags);
  parts[n++] = text;
  parts[n++] = compiler_identity();
  for (int k = 0; flags[k] != NULL; k++)
    parts[n++] = flags[k];
  parts[n] = NULL;
  return cache_key(parts);
}

static void begin(Native *n) {
  Error e = { "" };
  if (compiler_path(&e) == NULL || compiler_timeout(&e) == 0 || (cache_folder(&e) == NULL && cache_is_named())) {
    set_state(n, NATIVE_NONE, e.text);
  } else if (!load_kept(n)) {
    set_state(n, NATIVE_BUILDING, NULL);
    if (n_running < MOST_BUILDS)
      start_build(n);
  }
}

Native *native_request(const char *c_text, bool is_fast) {
  look_after(); /* also reaps builds that nobody asks about any more */
  CacheKey key = key_of(c_text, is_fast);
  for (Native *n = all; n != NULL; n = n->next)
    if (strcmp(n->key.text, key.text) == 0 && (n->state == NATIVE_READY || n->state == NATIVE_BUILDING))
      return native_retain(n);
  Native *n = memory_new(sizeof *n);
  if (n == NULL)
    return NULL;
  n->references = 1;
  n->key = key;
  n->is_fast = is_fast;
  n->text = copy_text(c_text);
  n->next = all;
  all = n;
  if (n->text == NULL) {
    free_native(n);
    return NULL;
  }
  begin(n);
  return n;
}

Native *native_retain(Native *n) {
  ASSERT(n->references >= 0); /* 0: nobody waits for it any more, but it is still being built */
  n->references++;
  return n;
}

void native_release(Native *n) {
  if (n != NULL && --n->references == 0 && n->build.process == 0)
    free_native(n); /* a running build is finished first, for the cache's sake: look_after frees it */
}

NativeState native_poll(Native *n) {
  if (n->state == NATIVE_BUILDING)
    look_after();
  return n->state;
}

KernelFunction native_symbol(Native *n, const char *name) {
  KernelFunction f = NULL;
  if (n->state == NATIVE_READY)
    *(void **)&f = dlsym(n->handle, name); /* the cast that POSIX asks for */
  return f;
}

const char *native_log(Native *n) {
  native_poll(n);
  return n->log != NULL ? n->log : "";
}

const char *native_compiler(void) { return compiler_path(NULL); }

const char *native_cache_folder(Error *e) { return cache_folder(e); }

bool native_set_cache_folder(const char *path, Error *e) {
  for (const Native *n = all; n != NULL; n = n->next)
    if (n->build.process > 0)
      return error_set(e, "kernels are being compiled: the cache folder cannot change now");
  return cache_set_folder(path, e);
}
