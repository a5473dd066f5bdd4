/* Requests for memory of a script, each failing once: at each one the process forks, and the request fails in the child alone, which goes on to its end.
** A Lua library:
**   package.loadlib("build/tests/each_request.so", "luaopen_each_request")()("engine", first, step, folder)
** From here on request `first` and every `step`-th after it is tried. All requests of the engine count; of those of Lua, some hundred thousand, the first one of
** each place (the functions of C and the lines of Lua that led to it). The script runs in `folder`; a child finds there a copy of what there is, and the script
** goes on with its own. File descriptor 3 is told "REQUEST exited|killed STATUS" of each child; a byte from descriptor 4 lets the script go on, and by then
** `folder` must be empty again. One thread.
**
** It is preloaded, too (LD_PRELOAD), so that a child takes itself for the script, whose files it goes on to write. */
#define _GNU_SOURCE
#include <dirent.h>
#include <execinfo.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

enum { TELL = 3, ANSWER = 4, SECONDS = 60 };

static struct {
  char folder[PATH_MAX - 256], kept[PATH_MAX - 250];
  long at, next, step; /* requests that counted so far, the one that is tried next */
  pid_t owner;         /* the script: neither its children here nor the processes that it makes itself */
  pid_t child;         /* in a child: its number */
  bool is_busy;
} each;

pid_t getpid(void) {
  pid_t real = (pid_t)syscall(SYS_getpid);
  return real == each.child ? each.owner : real;
}

pid_t getppid(void) {
  pid_t real = (pid_t)syscall(SYS_getppid);
  return real == each.child ? each.owner : real;
}

static void give_up(const char *what) {
  perror(what);
  _exit(3);
}

static void copy_file(const char *from, const char *to) {
  struct stat s;
  int in = open(from, O_RDONLY | O_CLOEXEC),
      out = in < 0 || fstat(in, &s) != 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, s.st_mode & 0777);
  if (out < 0)
    give_up(from);
  for (off_t left = s.st_size; left > 0;) {
    ssize_t n = sendfile(out, in, NULL, (size_t)left);
    if (n <= 0)
      give_up(to);
    left -= n;
  }
  close(in);
  close(out);
}

/* What the script has so far is kept as it is, under another name: open files stay the same. The child gets copies. */
static void copy_folder(void) {
  char from[2 * PATH_MAX], to[2 * PATH_MAX];
  if (rename(each.folder, each.kept) != 0 || mkdir(each.folder, 0700) != 0)
    give_up(each.folder);
  DIR *d = opendir(each.kept);
  if (d == NULL)
    give_up(each.kept);
  for (struct dirent *entry; (entry = readdir(d)) != NULL;)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      snprintf(from, sizeof from, "%s/%s", each.kept, entry->d_name);
      snprintf(to, sizeof to, "%s/%s", each.folder, entry->d_name);
      copy_file(from, to);
    }
  closedir(d);
}

/* Files that are open are the copies, or opened anew: a process that reads on, or closes a file, moves the place of all who share it. */
static void open_copies(void) {
  const size_t length = strlen(each.kept);
  for (int fd = 0; fd < 256; fd++) {
    char link[64], path[PATH_MAX], copy[2 * PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0)
      continue;
    path[n] = 0;
    bool is_copied = strncmp(path, each.kept, length) == 0 && path[length] == '/';
    struct stat s;
    if (!is_copied && (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)))
      continue;
    snprintf(copy, sizeof copy, "%s%s", is_copied ? each.folder : "", path + (is_copied ? length : 0));
    int now = open(copy, fcntl(fd, F_GETFL) & ~(O_CREAT | O_EXCL | O_TRUNC));
    if (now < 0)
      continue; /* it had no name any more */
    lseek(now, lseek(fd, 0, SEEK_CUR), SEEK_SET);
    dup3(now, fd, fcntl(fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0);
    close(now);
  }
}

static void be_child(void) {
  each.child = (pid_t)syscall(SYS_getpid);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(SECONDS);
  close(TELL);
  close(ANSWER);
  if (chdir(each.folder) != 0)
    give_up(each.folder);
  open_copies();
}

/* Must this request fail? In the child, which begins here. */
static bool is_refused(void) {
  if (each.step == 0 || each.is_busy || ++each.at != each.next || (pid_t)syscall(SYS_getpid) != each.owner)
    return false;
  each.is_busy = true;
  each.next += each.step;
  copy_folder();
  pid_t child = fork();
  if (child < 0)
    give_up("fork");
  if (child == 0) {
    be_child();
    return true;
  }
  int status = 0;
  char answer;
  waitpid(child, &status, 0);
  bool has_exited = WIFEXITED(status);
  dprintf(TELL, "%ld %s %d\n", each.at, has_exited ? "exited" : "killed", has_exited ? WEXITSTATUS(status) : WTERMSIG(status));
  if (read(ANSWER, &answer, 1) != 1)
    _exit(4); /* nobody listens any more */
  if (rmdir(each.folder) != 0 || rename(each.kept, each.folder) != 0)
    give_up(each.folder);
  each.is_busy = false;
  return false;
}

/* ---- Lua's own requests ------------------------------------------------------------------------------------------------- */

static lua_Alloc allocate_before;
static int fails; /* left: Lua collects its garbage and asks once more */

enum { FUNCTIONS = 8, LINES = 2, PLACES_BITS = 20 };

static uint64_t places[1 << PLACES_BITS]; /* a set of hashes; 0: free */
static lua_State *thread;

static uint64_t mix(uint64_t hash, uint64_t with) {
  hash = (hash ^ with) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 29;
}

static uint64_t hash_place(void) {
  void *functions[FUNCTIONS + 2];
  lua_Debug line;
  uint64_t hash = 1;
  int n = backtrace(functions, FUNCTIONS + 2);
  for (int k = 2; k < n; k++)
    hash = mix(hash, (uintptr_t)functions[k]);
  for (int level = 0; level < LINES && lua_getstack(thread, level, &line); level++) {
    lua_getinfo(thread, "Sl", &line);
    hash = mix(hash, (uint64_t)line.currentline);
    for (const char *c = line.short_src; *c != 0; c++)
      hash = mix(hash, (unsigned char)*c);
  }
  return hash | 1;
}

static bool is_new_place(void) {
  uint64_t hash = hash_place(), at = hash >> (64 - PLACES_BITS);
  while (places[at] != 0 && places[at] != hash)
    at = (at + 1) & ((1 << PLACES_BITS) - 1);
  if (places[at] == hash)
    return false;
  places[at] = hash;
  return true;
}

static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
  bool grows = new_size > 0 && (block == NULL || new_size > old_size); /* without a block the old size is a type */
  if (grows && each.step > 0 && !each.is_busy && is_new_place() && is_refused())
    fails = 2;
  if (grows && fails > 0) {
    fails--;
    return NULL;
  }
  return allocate_before(context, block, old_size, new_size);
}

static int begin(lua_State *L) {
  static const char *const names[] = { "engine", "lua", NULL };
  int whose = luaL_checkoption(L, 1, NULL, names);
  each.owner = getpid();
  each.next = (long)luaL_checkinteger(L, 2);
  snprintf(each.folder, sizeof each.folder, "%s", luaL_checkstring(L, 4));
  snprintf(each.kept, sizeof each.kept, "%s.kept", each.folder);
  if (whose == 0) {
    memory_refuses = is_refused;
  } else {
    void *context;
    thread = L;
    backtrace((void *[1]){ 0 }, 1); /* loads what it needs */
    allocate_before = lua_getallocf(L, &context);
    lua_setallocf(L, allocate, context);
  }
  each.step = (long)luaL_checkinteger(L, 3);
  return 0;
}

int luaopen_each_request(lua_State *L);
int luaopen_each_request(lua_State *L) {
  lua_pushcfunction(L, begin);
  return 1;
}
