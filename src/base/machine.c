#define _GNU_SOURCE
#include "base/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const double WORTH_TELLING = 1e7; /* bytes: where less fails, the size of memory is not the reason */

/* The number in a file that holds one; false for "max", or where there is none. */
static bool number_in(const char *path, double *value) {
  FILE *f = fopen(path, "re");
  bool is_good = f != NULL && fscanf(f, "%lf", value) == 1;
  if (f != NULL)
    fclose(f);
  return is_good;
}

static void narrow(double *all, double *available, double limit, double used) {
  if (limit < *all)
    *all = limit;
  if (limit - used < *available)
    *available = limit > used ? limit - used : 0;
}

/* The limit of a group of processes (a container, a job), in the two forms that Linux has for it. */
static void narrow_to_group(double *all, double *available) {
  double limit, used;
  if (number_in("/sys/fs/cgroup/memory.max", &limit) && number_in("/sys/fs/cgroup/memory.current", &used))
    narrow(all, available, limit, used);
  if (number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes", &limit) && number_in("/sys/fs/cgroup/memory/memory.usage_in_bytes", &used))
    narrow(all, available, limit, used);
}

static void narrow_to_process(double *all, double *available) {
  struct rlimit limit;
  double pages = 0;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && number_in("/proc/self/statm", &pages))
    narrow(all, available, (double)limit.rlim_cur, 4096 * pages);
}

bool machine_memory(double *all, double *available) {
  char line[128];
  double kilobytes, total = 0, unused = 0, swap = 0;
  FILE *f = fopen("/proc/meminfo", "re");
  if (f == NULL)
    return false;
  while (fgets(line, sizeof line, f) != NULL) {
    if (sscanf(line, "MemTotal: %lf", &kilobytes) == 1)
      total = 1024 * kilobytes;
    else if (sscanf(line, "MemAvailable: %lf", &kilobytes) == 1)
      unused = 1024 * kilobytes;
    else if (sscanf(line, "SwapFree: %lf", &kilobytes) == 1)
      swap = 1024 * kilobytes;
  }
  fclose(f);
  if (total <= 0 || unused <= 0)
    return false;
  *all = total + swap;
  *available = unused + swap;
  narrow_to_group(all, available);
  narrow_to_process(all, available);
  return true;
}

void machine_bytes(double bytes, char *text, size_t size) {
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
  size_t k = 0;
  for (; bytes >= 999.5 && k + 1 < sizeof units / sizeof *units; k++)
    bytes /= 1000;
  snprintf(text, size, "%.3g %s", bytes, units[k]);
}

void machine_need(double bytes, char text[MACHINE_NEED]) {
  char needed[16], all[16], available[16];
  double total, unused;
  machine_bytes(bytes, needed, sizeof needed);
  snprintf(text, MACHINE_NEED, "%s", needed);
  if (bytes < WORTH_TELLING || !machine_memory(&total, &unused))
    return;
  machine_bytes(total, all, sizeof all);
  machine_bytes(unused, available, sizeof available);
  snprintf(text, MACHINE_NEED, "%s; of %s in this machine %s are free", needed, all, available);
}
