#define _GNU_SOURCE
#include "kernel/native.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined __x86_64__
#include <cpuid.h>
#elif defined __linux__
#include <sys/auxv.h>
#endif

#include "base/memory.h"
#include "kernel/cache.h"

extern char **environ;

enum { MOST_BUILDS = 2, LOG_MAX = 4000 };

/* ---- the layout that generated C believes in -------------------------------------------------------------------------- */
#define KernelArgs PreludeKernelArgs
#define Storage PreludeStorage
#include "kernel/prelude_args.h"
#undef KernelArgs
#undef Storage
#define SAME_PLACE(type, field) _Static_assert(offsetof(type, field) == offsetof(Prelude##type, field), #type "." #field)
_Static_assert(sizeof(KernelArgs) == sizeof(PreludeKernelArgs) && sizeof(Storage) == sizeof(PreludeStorage), "prelude_args.h");
SAME_PLACE(KernelArgs, first);
SAME_PLACE(KernelArgs, list);
SAME_PLACE(KernelArgs, begin);
SAME_PLACE(KernelArgs, storage);
SAME_PLACE(KernelArgs, t);
SAME_PLACE(KernelArgs, step);
SAME_PLACE(KernelArgs, seed);
SAME_PLACE(KernelArgs, object);
SAME_PLACE(KernelArgs, spikes);
SAME_PLACE(KernelArgs, scratch);
SAME_PLACE(Storage, n_synapses);
SAME_PLACE(Storage, n_pre);
SAME_PLACE(Storage, pre_first);
SAME_PLACE(Storage, row);
SAME_PLACE(Storage, minor);
SAME_PLACE(Storage, column);
SAME_PLACE(Storage, column_major);
SAME_PLACE(Storage, column_place);
SAME_PLACE(Storage, is_unique);

/* The headers as text, put in by the assembler (which searches the same folders as #include), so that there is one copy of the truth.
** They are included as well: make learns of an .incbin in no other way, and what does not compile is noticed here. */
#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"
#include "kernel/prelude_loop.h"
__asm__(".pushsection .rodata\n"
        "lunapse_prelude_text:\n"
        ".incbin \"kernel/prelude_args.h\"\n"
        ".incbin \"kernel/prelude_math.h\"\n"
        ".incbin \"kernel/prelude_random.h\"\n"
        ".incbin \"kernel/prelude_loop.h\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char lunapse_prelude_text[] __attribute__((visibility("hidden")));

const char *native_prelude(void) { return lunapse_prelude_text; }

/* ---- the compiler ------------------------------------------------------------------------------------------------------ */
static struct {
  bool is_known;
  char path[PATH_MAX];           /* "": none */
  char identity[PATH_MAX + 256]; /* changes when the compiler or the processor does */
} compiler;

static bool find_on_path(const char *name, char *out, size_t size) {
  struct stat s;
  if (strchr(name, '/') != NULL)
    return snprintf(out, size, "%s", name) < (int)size && stat(out, &s) == 0 && S_ISREG(s.st_mode) && access(out, X_OK) == 0;
  const char *p = getenv("PATH");
  while (p != NULL && *p != '\0') {
    size_t n = strcspn(p, ":");
    /* an empty or relative entry means the current folder: what lies there was not installed by anybody */
    if (p[0] == '/' && snprintf(out, size, "%.*s/%s", (int)n, p, name) < (int)size && stat(out, &s) == 0 && S_ISREG(s.st_mode) &&
        access(out, X_OK) == 0)
      return true;
    p += n + (p[n] == ':');
  }
  return false;
}

/* Everything about the processor that -march=native may depend on. */
static void describe_processor(char *out, size_t size) {
#if defined __x86_64__
  unsigned r[5][4] = { { 0 } };
  __get_cpuid(0, &r[0][0], &r[0][1], &r[0][2], &r[0][3]);
  __get_cpuid(1, &r[1][0], &r[1][1], &r[1][2], &r[1][3]);
  __get_cpuid_count(7, 0, &r[2][0], &r[2][1], &r[2][2], &r[2][3]);
  __get_cpuid_count(7, 1, &r[3][0], &r[3][1], &r[3][2], &r[3][3]);
  __get_cpuid(0x80000001, &r[4][0], &r[4][1], &r[4][2], &r[4][3]);
  snprintf(out, size, "x86-64 %x %x %x %x %x %x %x %x %x %x %x %x %x", r[0][1], r[0][2], r[0][3], r[1][0], r[1][2], r[1][3], r[2][1],
           r[2][2], r[2][3], r[3][0], r[3][3], r[4][2], r[4][3]);
#elif defined __linux__
  snprintf(out, size, "hwcap %lx %lx", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
#else
  snprintf(out, size, "generic");
#endif
}

static void find_compiler(void) {
  static const char *const names[] = { "cc", "gcc", "clang" };
  const char *wanted = getenv("LUNAPSE_CC");
  bool is_found = false;
  compiler.is_known = true;
  if (wanted != NULL && wanted[0] != '\0')
    is_found = strcmp(wanted, "none") != 0 && find_on_path(wanted, compiler.path, sizeof compiler.path);
  else
    for (int k = 0; k < 3 && !is_found; k++)
      is_found = find_on_path(names[k], compiler.path, sizeof compiler.path);
  if (!is_found) {
    compiler.path[0] = '\0';
    return;
  }
  struct stat s = { 0 };
  char real[PATH_MAX], processor[160];
  if (realpath(compiler.path, real) == NULL || stat(real, &s) != 0)
    strcpy(real, compiler.path);
  describe_processor(processor, sizeof processor);
  snprintf(compiler.identity, sizeof compiler.identity, "%s %lld %lld %s", real, (long long)s.st_size, (long long)s.st_mtim.tv_sec,
           processor);
}

const char *native_compiler(void) {
  if (!compiler.is_known)
    find_compiler();
  return compiler.path[0] != '\0' ? compiler.path : NULL;
}

/* Flags that change the speed but not one bit of a result; `is_fast` alone allows contraction. A NULL ends them. */
static void list_flags(bool is_fast, const char **flags) {
  int n = 0;
  flags[n++] = "-std=gnu11";
  flags[n++] = "-O3";
#if defined __x86_64__
  flags[n++] = "-march=native";
  if (__builtin_cpu_supports("avx512f"))
    flags[n++] = "-mprefer-vector-width=512";
#elif defined __aarch64__
  flags[n++] = "-mcpu=native";
#endif
  flags[n++] = is_fast ? "-ffp-contract=fast" : "-ffp-contract=off";
  flags[n++] = "-fno-math-errno";
  flags[n++] = "-fno-trapping-math";
  flags[n++] = "-fno-stack-protector";
  flags[n++] = "-fPIC";
  flags[n++] = "-shared";
  flags[n++] = "-w";
  flags[n] = NULL;
}

/* ---- requests ----------------------------------------------------------------------------------------------------------- */
struct Native {
  int references;
  CacheKey key;
  NativeState state;
  void *handle; /* of dlopen */
  char *text;   /* owned; until it is compiled */
  bool is_fast;
  pid_t process; /* 0: not started */
  char *log;     /* owned, or NULL */
  Native *next;  /* in `all` */
};

static Native *all; /* every Native that is not freed; the list holds no reference */
static int n_running;
static bool is_watching_exit;

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

static bool load(Native *n) {
  char path[PATH_MAX];
  cache_library_path(&n->key, path, sizeof path);
  n->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (n->handle == NULL) {
    const char *why = dlerror();
    unlink(path);
    set_state(n, NATIVE_FAILED, why);
    return false;
  }
  set_state(n, NATIVE_READY, NULL);
  return true;
}

/* ---- building ----------------------------------------------------------------------------------------------------------- */
static void stop_builds(void) {
  for (Native *n = all; n != NULL; n = n->next)
    if (n->process > 0) {
      kill(-n->process, SIGKILL);
      waitpid(n->process, NULL, 0); /* dies at once */
      n->process = 0;
    }
  cache_close_work();
}

void native_kill_builds(void) {
  for (const Native *n = all; n != NULL; n = n->next)
    if (n->process > 0)
      kill(-n->process, SIGKILL);
}

static bool write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return false;
  size_t n = strlen(text), done = 0;
  while (done < n) {
    ssize_t wrote = write(fd, text + done, n - done);
    if (wrote <= 0)
      break;
    done += (size_t)wrote;
  }
  return close(fd) == 0 && done == n;
}

/* The environment with TMPDIR in our temporary folder and messages in English. The array is the caller's, its strings are not. */
static char **make_environment(char *tmpdir) {
  static char english[] = "LC_ALL=C";
  size_t n = 0, kept = 0;
  while (environ[n] != NULL)
    n++;
  char **list = memory_new(sizeof *list * (n + 3));
  for (size_t k = 0; list != NULL && k < n; k++)
    if (strncmp(environ[k], "TMPDIR=", 7) != 0 && strncmp(environ[k], "LC_ALL=", 7) != 0)
      list[kept++] = environ[k];
  if (list != NULL) {
    list[kept++] = tmpdir;
    list[kept++] = english;
  }
  return list;
}

/* Start the compiler: text on its standard input, messages into a file. 0 or an errno. */
static int spawn(Native *n) {
  char c[PATH_MAX], log[PATH_MAX], so[PATH_MAX], tmpdir[PATH_MAX];
  const char *argv[32] = { compiler.path };
  cache_work_path(&n->key, ".c", c, sizeof c);
  cache_work_path(&n->key, ".log", log, sizeof log);
  cache_work_path(&n->key, ".so", so, sizeof so);
  snprintf(tmpdir, sizeof tmpdir, "TMPDIR=%s", cache_work_folder());
  if (!write_text(c, n->text))
    return errno != 0 ? errno : EIO;
  list_flags(n->is_fast, argv + 1);
  int k = 1;
  while (argv[k] != NULL)
    k++;
  const char *const rest[] = { "-o", so, "-x", "c", "-", NULL };
  memcpy(argv + k, rest, sizeof rest);
  char **environment = make_environment(tmpdir);
  if (environment == NULL)
    return ENOMEM;
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, every;
  sigemptyset(&none);
  sigfillset(&every);
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, c, O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0); /* Ctrl-C is for us, not for the compiler; and it can be killed with its children */
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &every);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int error = posix_spawn(&n->process, compiler.path, &files, &attributes, (char *const *)argv, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  memory_free(environment);
  if (error != 0)
    n->process = 0;
  return error;
}

static void start_build(Native *n) {
  Error e = { "" };
  if (!cache_open_work(&e)) {
    set_state(n, NATIVE_NONE, e.text);
    return;
  }
  if (!is_watching_exit)
    is_watching_exit = atexit(stop_builds) == 0;
  int error = spawn(n);
  if (error == 0) {
    n_running++;
    return;
  }
  error_set(&e, "cannot start the compiler '%s': %s", compiler.path, strerror(error));
  set_state(n, NATIVE_FAILED, e.text);
}

static void read_log(const Native *n, char *text, size_t size) {
  char path[PATH_MAX];
  cache_work_path(&n->key, ".log", path, sizeof path);
  FILE *f = fopen(path, "r");
  size_t got = f != NULL ? fread(text, 1, size - 1, f) : 0;
  text[got] = '\0';
  if (f != NULL)
    fclose(f);
}

static void finish_build(Native *n, int status) {
  static const char *const endings[] = { ".c", ".log", ".so" };
  char log[LOG_MAX], path[PATH_MAX];
  Error e = { "" };
  n->process = 0;
  n_running--;
  read_log(n, log, sizeof log);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    set_state(n, NATIVE_FAILED, log[0] != '\0' ? log : "the compiler ended without a message");
  else if (!cache_put(&n->key, &e))
    set_state(n, NATIVE_FAILED, e.text);
  else
    load(n);
  for (int k = 0; k < 3; k++) {
    cache_work_path(&n->key, endings[k], path, sizeof path);
    unlink(path);
  }
}

/* Look at the running builds and start waiting ones; at most once in a millisecond. */
static void look_after(void) {
  static struct timespec last;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if ((now.tv_sec - last.tv_sec) * 1000000000L + (now.tv_nsec - last.tv_nsec) < 1000000L)
    return;
  last = now;
  for (Native *n = all, *next; n != NULL; n = next) {
    int status = 0;
    next = n->next;
    if (n->process > 0) {
      pid_t ended = waitpid(n->process, &status, WNOHANG);
      if (ended == n->process || (ended < 0 && errno == ECHILD)) /* ECHILD: somebody else reaps children; the library tells */
        finish_build(n, ended > 0 ? status : 0);
    }
    if (n->references == 0 && n->process == 0)
      free_native(n);
  }
  for (Native *n = all; n != NULL && n_running < MOST_BUILDS; n = n->next)
    if (n->state == NATIVE_BUILDING && n->process == 0 && !(cache_has(&n->key) && load(n)) && n->state == NATIVE_BUILDING)
      start_build(n);
}

void native_after_fork(void) {
  for (Native *n = all; n != NULL; n = n->next)
    n->process = 0;
  n_running = 0;
  cache_leave_work();
}

void native_finish_builds(void) {
  for (Native *n = all, *next; n != NULL; n = next) {
    int status = 0;
    pid_t ended = 0;
    next = n->next;
    if (n->process <= 0)
      continue;
    do
      ended = waitpid(n->process, &status, 0);
    while (ended < 0 && errno == EINTR);
    finish_build(n, ended > 0 ? status : 0);
  }
  cache_close_work();
}

/* ---- the public face ---------------------------------------------------------------------------------------------------- */
static CacheKey key_of(const char *text, bool is_fast) {
  const char *flags[32], *parts[36];
  int n = 0;
  list_flags(is_fast, flags);
  parts[n++] = text;
  parts[n++] = compiler.identity;
  for (int k = 0; flags[k] != NULL; k++)
    parts[n++] = flags[k];
  parts[n] = NULL;
  return cache_key(parts);
}

static void begin(Native *n) {
  Error e = { "" };
  if (native_compiler() == NULL) {
    set_state(n, NATIVE_NONE, "there is no C compiler (cc, gcc or clang) on PATH: kernels are interpreted");
  } else if (cache_folder(&e) == NULL) {
    set_state(n, NATIVE_NONE, e.text);
  } else if (cache_has(&n->key) && load(n)) {
    return;
  } else {
    set_state(n, NATIVE_BUILDING, NULL);
    if (n_running < MOST_BUILDS)
      start_build(n);
  }
}

Native *native_request(const char *c_text, bool is_fast) {
  look_after(); /* also reaps builds that nobody asks about any more */
  native_compiler();
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
  n->references++;
  return n;
}

void native_release(Native *n) {
  if (n != NULL && --n->references == 0 && n->process == 0)
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

const char *native_cache_folder(Error *e) { return cache_folder(e); }

bool native_set_cache_folder(const char *path, Error *e) {
  for (const Native *n = all; n != NULL; n = n->next)
    if (n->process > 0)
      return error_set(e, "kernels are being compiled: the cache folder cannot change now");
  return cache_set_folder(path, e);
}
