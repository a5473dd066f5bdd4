#define _GNU_SOURCE
#include "kernel/compiler.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined __x86_64__
#include <cpuid.h>
#elif defined __linux__
#include <sys/auxv.h>
#endif

#include "base/debug.h"

static struct {
  bool is_known;
  char path[PATH_MAX];           /* "": none */
  char identity[PATH_MAX + 256]; /* changes when the compiler or the processor does */
} compiler;

static bool is_program(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 && S_ISREG(s.st_mode) && access(path, X_OK) == 0;
}

static bool find_on_path(const char *name, char *out, size_t size) {
  if (strchr(name, '/') != NULL)
    return snprintf(out, size, "%s", name) < (int)size && is_program(out);
  const char *p = getenv("PATH");
  while (p != NULL && *p != '\0') {
    size_t n = strcspn(p, ":");
    /* an empty or relative entry means the current folder: what lies there was not installed by anybody */
    if (p[0] == '/' && snprintf(out, size, "%.*s/%s", (int)n, p, name) < (int)size && is_program(out))
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

static const char *wanted_compiler(void) {
  const char *wanted = getenv("LUNAPSE_CC");
  return wanted != NULL && wanted[0] != '\0' ? wanted : NULL;
}

static void find_compiler(void) {
  static const char *const names[] = { "cc", "gcc", "clang" };
  const char *wanted = wanted_compiler();
  bool is_found = false;
  compiler.is_known = true;
  if (wanted != NULL)
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

const char *compiler_path(Error *e) {
  if (!compiler.is_known)
    find_compiler();
  if (compiler.path[0] != '\0')
    return compiler.path;
  const char *wanted = wanted_compiler();
  if (wanted == NULL)
    error_set(e, "there is no C compiler: neither cc, gcc nor clang is on PATH");
  else if (strcmp(wanted, "none") == 0)
    error_set(e, "there is no C compiler: LUNAPSE_CC=none");
  else
    error_set(e, "there is no C compiler: LUNAPSE_CC names '%.300s', which is no program", wanted);
  return NULL;
}

const char *compiler_identity(void) {
  compiler_path(NULL);
  return compiler.identity;
}

void compiler_flags(bool is_fast, const char **flags) {
  int n = 0;
  flags[n++] = "-std=gnu11";
  flags[n++] = IS_DEBUG ? "-O1" : "-O3";
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

int compiler_timeout(Error *e) {
  const char *given = getenv("LUNAPSE_CC_TIMEOUT");
  if (given == NULL || given[0] == '\0')
    return COMPILER_TIMEOUT;
  char *end;
  long seconds = strtol(given, &end, 10);
  if (*end == '\0' && seconds >= 1 && seconds <= 1000000)
    return (int)seconds;
  error_set(e, "LUNAPSE_CC_TIMEOUT must be a whole number of seconds in 1..1000000, got '%.100s'", given);
  return 0;
}
