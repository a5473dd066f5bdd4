#define _GNU_SOURCE
#include "base/ranks.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/ranks_transport.h"

static struct {
  const RanksTransport *transport; /* NULL: alone */
  int me, n, n_here;
  int out, err; /* standard output and error as they were; -1: they are still */
  bool is_ending, is_apart, is_failing;
  int64_t n_meetings; /* so far */
  char failure[8192];
} ranks = { .n = 1, .n_here = 1, .out = -1, .err = -1 };

int ranks_n(void) { return ranks.n; }
int ranks_me(void) { return ranks.me; }
int ranks_n_here(void) { return ranks.n_here; }

bool ranks_apart(bool is_apart) {
  const bool was = ranks.is_apart;
  ranks.is_apart = is_apart;
  return was;
}

int ranks_together(void) { return ranks.is_apart ? 1 : ranks.n; }

/* ---- beginning ---- */

/* What those set who start many processes of one program, and what says how many. */
static const struct {
  const char *count, *sign; /* `sign`: it counts only where this is set, too */
} starters[] = {
  { "OMPI_COMM_WORLD_SIZE", NULL },           /* mpirun of Open MPI */
  { "PMI_SIZE", NULL },                       /* mpirun of MPICH */
  { "SLURM_STEP_NUM_TASKS", "SLURM_PROCID" }, /* srun */
};

static int count_of_starter(void) {
  for (size_t k = 0; k < sizeof starters / sizeof *starters; k++) {
    const char *count = getenv(starters[k].count);
    if (count != NULL && (starters[k].sign == NULL || getenv(starters[k].sign) != NULL))
      return atoi(count);
  }
  return 1;
}

static int rank_of_starter(void) {
  static const char *const names[] = { "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID" };
  for (size_t k = 0; k < sizeof names / sizeof *names; k++)
    if (getenv(names[k]) != NULL)
      return atoi(getenv(names[k]));
  return 0;
}

/* Beside the program, or where it is installed. `why`: what the system says where it is there and cannot be opened. */
static void *open_library(const char *program, const char **why) {
  static const char *const places[] = { "", "../lib/lunapse/" };
  char path[PATH_MAX + 64];
  const char *slash = program != NULL ? strrchr(program, '/') : NULL;
  void *library = NULL;
  for (size_t k = 0; k < sizeof places / sizeof *places && library == NULL; k++) {
    snprintf(path, sizeof path, "%.*s%slunapse_mpi.so", slash != NULL ? (int)(slash - program) + 1 : 0, program, places[k]);
    if (access(path, R_OK) != 0)
      continue;
    library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL)
      *why = dlerror();
  }
  return library;
}

static int hide(int fd) {
  int kept = fcntl(fd, F_DUPFD_CLOEXEC, 10), nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nothing >= 0) {
    dup2(nothing, fd);
    close(nothing);
  }
  return kept;
}

/* What this program starts is no rank. */
static void forget_starter(void) {
  extern char **environ;
  static const char *const words[] = { "OMPI_", "PMI_", "PMIX_", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID" };
  for (bool is_found = true; is_found;) {
    is_found = false;
    for (char **at = environ; *at != NULL && !is_found; at++)
      for (size_t k = 0; k < sizeof words / sizeof *words && !is_found; k++)
        if (strncmp(*at, words[k], strlen(words[k])) == 0) {
          char name[256];
          snprintf(name, sizeof name, "%.*s", (int)strcspn(*at, "="), *at);
          is_found = unsetenv(name) == 0;
        }
  }
}

/* Rank 0 says it. */
static bool refuse_start(Error *e, const char *why, int n) {
  if (rank_of_starter() == 0)
    return error_set(e, why, n);
  sleep(1);
  return error_set(e, "%s", "");
}

bool ranks_start(const char *program, Error *e) {
  int n = count_of_starter();
  if (n <= 1)
    return true;
  if (getenv("OMPI_COMM_WORLD_SIZE") == NULL && getenv("PMI_SIZE") == NULL && getenv("PMIX_RANK") == NULL) /* MPI would say so at length */
    return refuse_start(e, "srun started %d tasks that do not know of each other: start them by srun --mpi=pmix", n);
  const char *why = NULL;
  void *library = open_library(program, &why);
  RanksTransportGiver giver = NULL;
  if (library != NULL)
    *(void **)&giver = dlsym(library, RANKS_TRANSPORT_FUNCTION);
  if (giver == NULL && why != NULL) { /* "libmpi.so.40: cannot open ..." */
    char text[512];
    snprintf(text, sizeof text,
             "%%d ranks need the library %.*s, which cannot be opened: install MPI (Debian's package openmpi-bin), or start one process",
             (int)strcspn(why, ":% "), why);
    return refuse_start(e, text, n);
  }
  if (giver == NULL)
    return refuse_start(
        e,
        "this Lunapse was built without libopenmpi-dev, which %d ranks need (lunapse_mpi.so beside the program): install it "
        "(Debian's package) and build anew, or start one process",
        n);
  const RanksTransport *t = giver();
  if (!t->start(&ranks.me, &ranks.n, &ranks.n_here))
    return error_set(e, "MPI cannot begin");
  if (ranks.n == 1)
    return refuse_start(e,
                        "%d processes were started together, and MPI sees one: start them by the mpirun of the MPI that Lunapse was built "
                        "with, or by srun --mpi=pmix",
                        n);
  ranks.transport = t;
  forget_starter();
  if (ranks.me > 0) {
    fflush(NULL);
    ranks.out = hide(STDOUT_FILENO);
    ranks.err = hide(STDERR_FILENO);
  }
  return true;
}

static void show_again(int *kept, int fd) {
  if (*kept < 0)
    return;
  dup2(*kept, fd);
  close(*kept);
  *kept = -1;
}

void ranks_leave(void) {
  if (ranks.transport == NULL)
    return;
  ranks.transport = NULL;
  ranks.me = 0;
  ranks.n = ranks.n_here = 1;
  show_again(&ranks.out, STDOUT_FILENO);
  show_again(&ranks.err, STDERR_FILENO);
}

/* ---- ending ---- */

static void say(const char *format, ...) {
  char text[sizeof ranks.failure + 256];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(text, sizeof text - 1, format, arguments);
  va_end(arguments);
  if (n < 0)
    return;
  n = n < (int)sizeof text - 1 ? n : (int)sizeof text - 2;
  text[n++] = '\n';
  fflush(NULL);
  ssize_t written = write(ranks.err >= 0 ? ranks.err : STDERR_FILENO, text, (size_t)n);
  (void)written;
}

static void pause_for(long us) {
  const struct timespec pause = { .tv_nsec = us * 1000 };
  nanosleep(&pause, NULL);
}

static volatile sig_atomic_t is_in_hurry;

void ranks_hurry(void) { is_in_hurry = 1; }

/* Who waits looks for a while, then lets others work, and then sleeps for longer and longer. */
typedef struct {
  int64_t begin;
  long sleep_us;
} Wait;

enum { LOOK_NS = 30000, YIELD_NS = 300000, LONGEST_SLEEP_US = 500, HURRY_SECONDS = 7, STATUS_TERMINATED = 143 };

/* True where it has slept: there is time for more. */
static bool wait_a_little(Wait *w) {
  int64_t now = parallel_nanoseconds();
  if (w->begin == 0)
    w->begin = now;
  if (now - w->begin < LOOK_NS)
    return false;
  if (now - w->begin < YIELD_NS) {
    sched_yield();
    return false;
  }
  if (is_in_hurry && now - w->begin > HURRY_SECONDS * 1000000000ll)
    _exit(STATUS_TERMINATED);
  w->sleep_us = w->sleep_us == 0 ? 10 : w->sleep_us * 2 < LONGEST_SLEEP_US ? w->sleep_us * 2 : LONGEST_SLEEP_US;
  pause_for(w->sleep_us);
  return true;
}

/* What was said goes through mpirun, whose own words on an abort are many: it gets a moment to pass ours on first. */
static _Noreturn void end_all(int status) {
  pause_for(300000);
  ranks.transport->abort(status);
  _exit(status);
}

_Noreturn void ranks_give_up(const char *text) {
  if (ranks.transport == NULL) {
    say("lunapse: %s", text);
    _exit(EXIT_FAILURE);
  }
  if (ranks.me > 0)
    sleep(3);
  say("lunapse: %s", text);
  end_all(EXIT_FAILURE);
}

void ranks_note_failure(const char *text) { snprintf(ranks.failure, sizeof ranks.failure, "%s", text); }

void ranks_say_failing(const char *text) {
  ranks.is_failing = text != NULL;
  ranks_note_failure(text != NULL ? text : "");
}

/* What a rank tells at its end: its status, and how many meetings it has been at. */
enum { STATUSES = 1 << 16 };

static int status_heard(int rank) {
  int64_t told = ranks.transport->heard_end(rank);
  return told < 0 ? -1 : (int)(told % STATUSES);
}

/* How many others have come to their ends, and how many of them with an error. */
static int count_ended(int *n_failed) {
  int n = 0;
  *n_failed = 0;
  for (int r = 0; r < ranks.n; r++) {
    int status = r == ranks.me ? -1 : status_heard(r);
    n += status >= 0;
    *n_failed += status > 0;
  }
  return n;
}

int ranks_end(int status) {
  enum { PATIENCE_NS = 2000000000 };
  if (ranks.transport == NULL || ranks.is_ending)
    return status;
  ranks.is_ending = true;
  fflush(NULL);
  ranks.transport->tell_end(ranks.n_meetings * STATUSES + (status & (STATUSES - 1)));
  Wait wait = { 0 };
  int64_t begin = parallel_nanoseconds();
  int n_failed, n_ended;
  while ((n_ended = count_ended(&n_failed)) < ranks.n - 1 && (status == 0 || parallel_nanoseconds() - begin < PATIENCE_NS))
    wait_a_little(&wait);
  bool is_of_all = n_failed == ranks.n - 1;
  if (status != 0 && is_of_all && ranks.me == 0 && ranks.failure[0] != '\0')
    say("lunapse: %s", ranks.failure);
  else if (status != 0 && !is_of_all && (ranks.me == 0 || status_heard(0) <= 0)) /* where rank 0 has failed, too, it says why */
    say("lunapse: rank %d: %s", ranks.me, ranks.failure[0] != '\0' ? ranks.failure : "has ended, the others have not");
  if (n_ended < ranks.n - 1)
    end_all(status);
  ranks.transport->stop();
  ranks.transport = NULL;
  return status;
}

_Noreturn void ranks_fail(const char *text) {
  if (ranks.transport == NULL)
    ranks_give_up(text);
  ranks_note_failure(text);
  _exit(ranks_end(EXIT_FAILURE));
}

/* ---- meeting ---- */

/* What each brings first: few bytes come with it, so that spikes of a step need one message. */
enum { WITH_HEAD = 896 };
typedef struct {
  char what[103];
  bool is_failing;
  int64_t number; /* of the meeting */
  int64_t n;      /* bytes, here or, where one of the ranks has more than find room here, behind it */
  char bytes[WITH_HEAD];
} Head;

enum { LARGE = 1 << 29 };

static void check_ends(const char *what) {
  for (int r = 0; r < ranks.n; r++) {
    int64_t told = r == ranks.me ? -1 : ranks.transport->heard_end(r);
    if (told >= 0 && told % STATUSES == 0 && told / STATUSES < ranks.n_meetings) { /* who ends with an error says so himself, and ends us */
      char text[512];
      snprintf(text, sizeof text,
               "rank %d has come to the end of its script while rank %d waits for it (%s): a script must do the same on all ranks", r,
               ranks.me, what);
      ranks_give_up(text);
    }
  }
}

static void gather(const char *what, const void *mine, void *all, const int64_t *n, const int64_t *at) {
  Wait wait = { 0 };
  ranks.transport->gather(mine, all, n, at);
  while (!ranks.transport->is_done())
    if (wait_a_little(&wait))
      check_ends(what);
}

/* However much it is. */
static bool gather_pieces(const char *what, const char *mine, char *all, const int64_t *n, const int64_t *at, Error *e) {
  if (at[ranks.n] <= LARGE) {
    gather(what, mine, all, n, at);
    return true;
  }
  int64_t *piece = memory_new((size_t)ranks.n * sizeof *piece), *place = memory_new((size_t)ranks.n * sizeof *place);
  bool is_good = (piece != NULL && place != NULL) || error_memory(e, "ranks", (double)ranks.n * 16);
  for (int r = 0; is_good && r < ranks.n; r++) {
    for (int64_t done = 0; done < n[r]; done += LARGE) {
      piece[r] = n[r] - done < LARGE ? n[r] - done : LARGE;
      place[r] = at[r] + done;
      gather(what, mine + done, all, piece, place);
    }
    piece[r] = 0;
  }
  memory_free(piece);
  memory_free(place);
  return is_good;
}

/* Ranks have come to different meetings because some of them have failed: they say why, and end the others, which get some time for it. */
static void leave_to_failing(const Head *heads) {
  bool is_any = false;
  for (int r = 0; r < ranks.n; r++)
    is_any |= heads[r].is_failing;
  if (ranks.is_failing)
    _exit(ranks_end(EXIT_FAILURE));
  if (is_any)
    sleep(HURRY_SECONDS);
}

/* All heads are the same but for n. */
static void check_heads(const Head *heads) {
  for (int r = 1; r < ranks.n; r++)
    if (strcmp(heads[r].what, heads[0].what) != 0 || heads[r].number != heads[0].number) {
      leave_to_failing(heads);
      char text[512];
      snprintf(text, sizeof text, "a script must do the same on all ranks, but rank 0 is at \"%s\" and rank %d at \"%s\"", heads[0].what, r,
               heads[r].what);
      ranks_give_up(text);
    }
}

bool ranks_gather(const char *what, const void *mine, int64_t n, void **all, int64_t **at, Error *e) {
  if (ranks.transport == NULL) { /* alone */
    *at = memory_new(2 * sizeof **at);
    *all = memory_new((size_t)n + 1);
    if (*at != NULL && *all != NULL) {
      (*at)[1] = n;
      memcpy(*all, mine, (size_t)n);
      return true;
    }
    memory_free(*at);
    memory_free(*all);
    return error_memory(e, "what ranks tell each other", (double)n);
  }
  size_t count = (size_t)ranks.n;
  *all = NULL;
  *at = memory_new((count + 1) * sizeof **at);
  Head *heads = memory_new(count * sizeof *heads), head = { .is_failing = ranks.is_failing, .number = ++ranks.n_meetings, .n = n };
  bool is_with_head = true;
  int64_t *sizes = memory_new(2 * count * sizeof *sizes), *places = sizes != NULL ? sizes + count : NULL;
  bool is_good = *at != NULL && heads != NULL && sizes != NULL;
  if (is_good) {
    snprintf(head.what, sizeof head.what, "%s", what);
    if (n > 0 && n <= WITH_HEAD)
      memcpy(head.bytes, mine, (size_t)n);
    for (int r = 0; r < ranks.n; r++) {
      sizes[r] = (int64_t)sizeof head;
      places[r] = r * (int64_t)sizeof head;
    }
    gather(what, &head, heads, sizes, places);
    check_heads(heads);
    for (int r = 0; r < ranks.n; r++) {
      sizes[r] = heads[r].n;
      (*at)[r + 1] = (*at)[r] + heads[r].n;
      is_with_head = is_with_head && heads[r].n <= WITH_HEAD;
    }
    *all = memory_new((size_t)(*at)[ranks.n] + 1);
    for (int r = 0; *all != NULL && is_with_head && r < ranks.n; r++)
      memcpy((char *)*all + (*at)[r], heads[r].bytes, (size_t)heads[r].n);
    is_good = *all != NULL && (is_with_head || gather_pieces(what, mine, *all, sizes, *at, e));
  }
  memory_free(heads);
  memory_free(sizes);
  if (is_good)
    return true;
  memory_free(*all);
  memory_free(*at);
  *all = *at = NULL;
  return error_memory(e, "what ranks tell each other", (double)n * ranks.n);
}

void ranks_share(const char *what, void *bytes, int64_t n) {
  void *all;
  int64_t *at;
  Error e;
  if (ranks.transport == NULL)
    return;
  if (!ranks_gather(what, bytes, ranks.me == 0 ? n : 0, &all, &at, &e))
    ranks_fail(e.text);
  memcpy(bytes, all, (size_t)n);
  memory_free(all);
  memory_free(at);
}

void ranks_meet(const char *what) { ranks_share(what, &(char){ 0 }, 0); }

bool ranks_share_result(const char *what, bool is_good, Error *e) {
  struct {
    bool is_good;
    Error error;
  } result = { .is_good = is_good };
  if (ranks.transport == NULL)
    return is_good;
  if (!is_good && e != NULL)
    result.error = *e;
  ranks_share(what, &result, sizeof result);
  return result.is_good || error_set(e, "%s", result.error.text);
}
