#define _GNU_SOURCE
#include "host/notebook.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "binding/json.h"
#include "binding/socket.h"
#include "host/signals.h"

enum { CHUNK = 1 << 18 };

/* ---- order ----------------------------------------------------------------------------------------------------------- */

static struct {
  lua_State *L;
  pid_t pid; /* of the worker: its children have no frontend to ask */
  int channel;
  int last; /* descriptor that was written to last */
  char *line;
  size_t n, at; /* what has come of the input, how much of it was read */
} worker;

/* There is no order between the two pipes and the channel, so what was written to last must be empty before another is written to. (The relay reads the
** pipes before it takes a packet.) */
static void turn_to(int fd) {
  static const struct timespec moment = { .tv_nsec = 20000 };
  int last = worker.last, n;
  worker.last = fd;
  if (last != fd && fd != worker.channel)
    while (ioctl(last, last == worker.channel ? TIOCOUTQ : FIONREAD, &n) == 0 && n > 0)
      nanosleep(&moment, NULL);
}

/* All that was printed is on its way before a packet is. */
static void flush_streams(void) {
  fflush(stdout);
  turn_to(worker.channel);
}

/* ---- the channel: packets, each behind its length -------------------------------------------------------------------- */

static bool write_all(int fd, const void *bytes, size_t n) {
  for (const char *at = bytes; n > 0;) {
    ssize_t written = write(fd, at, n);
    if (written < 0 && errno != EINTR)
      return false;
    if (written > 0) {
      at += written;
      n -= (size_t)written;
    }
  }
  return true;
}

static bool send_packet(int fd, const char *bytes, size_t n) {
  uint64_t length = n;
  return write_all(fd, &length, sizeof length) && write_all(fd, bytes, n);
}

/* False at the end of the channel, and where `stops` when a signal comes before the first byte. */
static bool read_all(int fd, void *bytes, size_t n, bool stops) {
  char *at = bytes;
  for (size_t left = n; left > 0;) {
    ssize_t got = read(fd, at, left);
    if (got == 0 || (got < 0 && (errno != EINTR || (stops && left == n))))
      return false;
    if (got > 0) {
      at += got;
      left -= (size_t)got;
    }
  }
  return true;
}

/* Pushes the next packet; pushes nothing and is false where there is none. */
static bool receive_packet(lua_State *L, int fd, bool stops) {
  uint64_t n;
  luaL_Buffer buffer;
  if (!read_all(fd, &n, sizeof n, stops))
    return false;
  char *bytes = luaL_buffinitsize(L, &buffer, (size_t)n);
  if (!read_all(fd, bytes, (size_t)n, false)) {
    luaL_pushresultsize(&buffer, 0);
    lua_pop(L, 1);
    return false;
  }
  luaL_pushresultsize(&buffer, (size_t)n);
  return true;
}

static int channel_send(lua_State *L) {
  size_t n;
  int fd = (int)luaL_checkinteger(L, 1);
  const char *bytes = luaL_checklstring(L, 2, &n);
  flush_streams();
  lua_pushboolean(L, send_packet(fd, bytes, n));
  return 1;
}

/* What is interrupted while it waits has nothing to stop, and what is left of a line that was typed is gone. */
static int channel_receive(lua_State *L) {
  bool is_there = receive_packet(L, (int)luaL_checkinteger(L, 1), false);
  if (worker.pid != 0) {
    __fpurge(stdin);
    worker.at = worker.n;
  }
  signals_clear();
  return is_there ? 1 : 0;
}

/* ---- the worker's streams -------------------------------------------------------------------------------------------- */

static ssize_t write_stream(void *cookie, const char *bytes, size_t n) {
  int fd = (int)(intptr_t)cookie;
  if (fd == STDERR_FILENO) /* which keeps nothing back itself */
    fflush(stdout);
  turn_to(fd);
  return write_all(fd, bytes, n) ? (ssize_t)n : 0;
}

/* Standard input asks the frontend for a line. Nothing where it gives none. */
static ssize_t read_line(void *cookie, char *bytes, size_t n) {
  static const char request[] = "input";
  (void)cookie;
  if (getpid() != worker.pid)
    return 0;
  if (worker.at == worker.n) {
    size_t length;
    flush_streams();
    if (!send_packet(worker.channel, request, sizeof request - 1))
      return 0;
    if (!receive_packet(worker.L, worker.channel, true)) {
      errno = EINTR;
      return -1;
    }
    const char *line = lua_tolstring(worker.L, -1, &length);
    free(worker.line);
    worker.at = worker.n = 0;
    worker.line = malloc(length + 1);
    if (worker.line) {
      memcpy(worker.line, line, length);
      worker.n = length;
    }
    lua_pop(worker.L, 1);
  }
  size_t part = worker.n - worker.at < n ? worker.n - worker.at : n;
  if (part > 0)
    memcpy(bytes, worker.line + worker.at, part);
  worker.at += part;
  return (ssize_t)part;
}

static int keep_open(lua_State *L) {
  luaL_pushfail(L);
  lua_pushliteral(L, "cannot close standard file");
  return 2;
}

/* The stream as Lua's io.NAME, and what io.read or io.write use (`setter`). */
static void give_stream(lua_State *L, FILE *file, const char *name, const char *setter) {
  lua_getglobal(L, "io");
  luaL_Stream *stream = lua_newuserdatauv(L, sizeof *stream, 0);
  *stream = (luaL_Stream){ .f = file, .closef = keep_open };
  luaL_setmetatable(L, LUA_FILEHANDLE);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, name);
  if (setter) {
    lua_getfield(L, -2, setter);
    lua_insert(L, -2);
    lua_call(L, 1, 0);
  }
  lua_settop(L, 0);
}

static void open_streams(lua_State *L) {
  cookie_io_functions_t writing = { .write = write_stream }, reading = { .read = read_line };
  FILE *out = fopencookie((void *)(intptr_t)STDOUT_FILENO, "w", writing), *err = fopencookie((void *)(intptr_t)STDERR_FILENO, "w", writing);
  FILE *in = fopencookie(NULL, "r", reading);
  if (!out || !err || !in)
    luaL_error(L, "not enough memory");
  setvbuf(out, NULL, _IOLBF, BUFSIZ);
  setvbuf(err, NULL, _IONBF, 0);
  setvbuf(in, NULL, _IONBF, 0);
  give_stream(L, in, "stdin", "input");
  give_stream(L, out, "stdout", "output");
  give_stream(L, err, "stderr", NULL);
#if defined(__GLIBC__) /* elsewhere these names are no variables: what C prints goes to the descriptors as it is */
  stdin = in;
  stdout = out;
  stderr = err;
#endif
}

/* ---- the two --------------------------------------------------------------------------------------------------------- */

static int fail(lua_State *L, const char *what) { return luaL_error(L, "cannot %s: %s", what, strerror(errno)); }

static int become_worker(lua_State *L, const int out[2], const int err[2], const int channel[2], pid_t relay) {
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* of a worker without a relay nobody hears */
#endif
  if (getppid() != relay)
    _exit(EXIT_FAILURE);
  int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out[1], STDOUT_FILENO);
  dup2(err[1], STDERR_FILENO);
  close(nothing);
  close(channel[0]);
  worker.L = L;
  worker.pid = getpid();
  worker.channel = channel[1];
  worker.last = STDOUT_FILENO;
  open_streams(L);
  lua_pushinteger(L, channel[1]);
  return 1;
}

static int split(lua_State *L) {
  int out[2], err[2], channel[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0)
    return fail(L, "make a pipe");
  fflush(NULL);
  pid_t relay = getpid(), pid = fork();
  if (pid < 0)
    return fail(L, "start a process");
  if (pid == 0)
    return become_worker(L, out, err, channel, relay);
  close(out[1]);
  close(err[1]);
  close(channel[1]);
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  signal(SIGINT, SIG_IGN); /* it is meant for the worker */
  signal(SIGPIPE, SIG_IGN);
  lua_pushinteger(L, channel[0]);
  lua_pushinteger(L, out[0]);
  lua_pushinteger(L, err[0]);
  lua_pushinteger(L, pid);
  return 4;
}

/* read(fd) -> what is there; "" when there is nothing now, nil when nothing will come any more */
static int read_available(lua_State *L) {
  luaL_Buffer buffer;
  int fd = (int)luaL_checkinteger(L, 1);
  char *bytes = luaL_buffinitsize(L, &buffer, CHUNK);
  ssize_t n;
  do
    n = read(fd, bytes, CHUNK);
  while (n < 0 && errno == EINTR);
  if (n == 0 || (n < 0 && errno != EAGAIN))
    return 0;
  luaL_pushresultsize(&buffer, n > 0 ? (size_t)n : 0);
  return 1;
}

/* signal(pid, "interrupt" | "kill") */
static int send_signal(lua_State *L) {
  static const char *const names[] = { "interrupt", "kill", NULL };
  static const int numbers[] = { SIGINT, SIGKILL };
  kill((pid_t)luaL_checkinteger(L, 1), numbers[luaL_checkoption(L, 2, NULL, names)]);
  return 0;
}

/* ended(pid) -> nil while it runs; status, or nil and the name of the signal that ended it as "how" */
static int has_ended(lua_State *L) {
  int status;
  if (waitpid((pid_t)luaL_checkinteger(L, 1), &status, WNOHANG) <= 0)
    return 0;
  if (WIFSIGNALED(status))
    lua_pushfstring(L, "was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
  else
    lua_pushfstring(L, "ended with status %d", WEXITSTATUS(status));
  return 1;
}

static const luaL_Reg functions[] = {
  { "bind", binding_socket_bind },
  { "decode", binding_json_decode },
  { "encode", binding_json_encode },
  { "ended", has_ended },
  { "hmac", binding_hmac },
  { "poll", binding_socket_poll },
  { "read", read_available },
  { "receive", channel_receive },
  { "send", channel_send },
  { "signal", send_signal },
  { "split", split },
  { NULL, NULL },
};

int notebook_open(lua_State *L) {
  binding_prepare_socket(L);
  luaL_newlib(L, functions);
  return 1;
}
