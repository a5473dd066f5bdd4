/* libhdf5 does not survive every damaged file: some make it crash, some make it go round for ever. So a child process reads a file first, in the way in which this one
** will, and where the child does not come back the file is damaged. Data of more than some megabytes the child leaves out: there the library only copies. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "files/hdf5_inside.h"

#ifdef __SANITIZE_ADDRESS__
enum { SECONDS = 20 }; /* all is slower */
#else
enum { SECONDS = 2 };
#endif
enum { DEEPEST = 100, MOST_DATA = 16 << 20, BYTES_A_SECOND = 10 << 20, TIMES_LARGER = 64, MOST_MEMORY = 1 << 30 };

typedef struct {
  Hdf5 *f;
  uint64_t (*groups)[2]; /* that were walked: links may lead round */
  int64_t n, capacity;
} Walk;

static bool is_known(Walk *w, const uint64_t id[2]) {
  for (int64_t k = 0; k < w->n; k++)
    if (w->groups[k][0] == id[0] && w->groups[k][1] == id[1])
      return true;
  if (memory_reserve(&w->groups, w->n, w->n + 1, &w->capacity, sizeof *w->groups))
    memcpy(w->groups[w->n++], id, sizeof *w->groups);
  return false;
}

static bool is_large(const Hdf5Info *info) {
  double bytes = (double)array_type_size(info->type);
  for (int k = 0; k < info->n_dims; k++)
    bytes *= (double)info->shape[k];
  return info->kind == HDF5_NUMBERS && bytes > MOST_DATA;
}

/* Look at all that is below. What is refused is fine: the question is whether we live. */
static void walk(Walk *w, const char *path, int depth) {
  Hdf5Info info;
  Hdf5Names names;
  Hdf5Value value;
  Error e;
  if (!hdf5_info(w->f, path, NULL, &info, &e) || info.kind == HDF5_BROKEN)
    return;
  if (hdf5_names(w->f, path, true, &names, &e)) {
    for (int64_t k = 0; k < names.n; k++)
      if (hdf5_info(w->f, path, names.names[k], &(Hdf5Info){ 0 }, &e) && hdf5_read(w->f, path, names.names[k], NULL, &value, &e))
        hdf5_value_free(&value);
    hdf5_names_free(&names);
  }
  if (info.kind != HDF5_GROUP) {
    if (!is_large(&info) && hdf5_read(w->f, path, NULL, NULL, &value, &e))
      hdf5_value_free(&value);
    return;
  }
  if (depth > DEEPEST || is_known(w, info.id) || !hdf5_names(w->f, path, false, &names, &e))
    return;
  for (int64_t k = 0; k < names.n; k++) {
    char *inner = memory_new(strlen(path) + strlen(names.names[k]) + 2);
    if (inner == NULL)
      break;
    if (path[0] != '\0')
      strcat(strcpy(inner, path), "/");
    walk(w, strcat(inner, names.names[k]), depth + 1);
    memory_free(inner);
  }
  hdf5_names_free(&names);
}

static void limit(int what, rlim_t most) {
  struct rlimit r;
  if (getrlimit(what, &r) != 0 || (r.rlim_cur != RLIM_INFINITY && r.rlim_cur < most))
    return;
  r.rlim_cur = most;
  setrlimit(what, &r);
}

#ifdef __SANITIZE_ADDRESS__
static void limit_memory(double bytes) { (void)bytes; } /* it reserves much more than there is */
#else
static void limit_memory(double bytes) {
  FILE *f = fopen("/proc/self/statm", "re");
  long long pages = 0;
  bool is_read = f != NULL && fscanf(f, "%lld", &pages) == 1;
  if (f != NULL)
    fclose(f);
  if (is_read)
    limit(RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MOST_MEMORY / 2 + (rlim_t)(TIMES_LARGER * bytes));
}
#endif

/* It does not outlive the one that asks. */
_Noreturn static void be_child(pid_t parent, const char *path, double bytes) {
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGXCPU };
  for (size_t k = 0; k < sizeof signals / sizeof *signals; k++)
    signal(signals[k], SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(1);
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere >= 0)
    dup2(nowhere, STDOUT_FILENO), dup2(nowhere, STDERR_FILENO);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, SECONDS + (rlim_t)(bytes / BYTES_A_SECOND));
  limit_memory(bytes);
  Error e;
  Walk w = { .f = hdf5_open_to_look(path, &e) };
  if (w.f != NULL)
    walk(&w, "", 0);
  _exit(hdf5_was_short);
}

bool hdf5_survives(const char *path, double bytes) {
  pid_t parent = getpid(), child = fork();
  if (child < 0)
    return true; /* no processes to be had: we do as without */
  if (child == 0)
    be_child(parent, path, bytes);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return true;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
