#include "web/server.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

enum { TOKEN_BYTES = 16, MOST_CONNECTIONS = 32, IDLE_SECONDS = 30 };

struct Server {
  struct MHD_Daemon *daemon;
  char *page; /* owned */
  size_t n_page;
  char token[2 * TOKEN_BYTES + 1];
  int port;
  pid_t pid; /* of the process that made it */
  atomic_bool is_paused;
  pthread_mutex_t lock; /* of what follows */
  char *state;          /* owned; NULL until something was published */
  size_t n_state;
  int64_t number; /* of what was published, from 1 */
  bool is_asked;
  char wish[SERVER_LONGEST_WISH];
};

/* ---- the thread of the server ---------------------------------------------------------------------------------------- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *kind, const char *bytes, size_t n,
                              bool is_paused, int64_t number) {
  struct MHD_Response *response = MHD_create_response_from_buffer(n, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
  if (!response)
    return MHD_NO;
  MHD_add_response_header(response, "Content-Type", kind);
  MHD_add_response_header(response, "Cache-Control", "no-store");
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(response, "Referrer-Policy", "no-referrer"); /* the token stands in the address */
  MHD_add_response_header(response, "Content-Security-Policy",
                          "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
                          "frame-ancestors 'none'");
  MHD_add_response_header(response, "Lunapse-Paused", is_paused ? "yes" : "no");
  char text[32];
  snprintf(text, sizeof text, "%" PRId64, number);
  MHD_add_response_header(response, "Lunapse-State", text);
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *text, bool is_paused) {
  return answer(connection, status, "text/plain", text, strlen(text), is_paused, 0);
}

static enum MHD_Result answer_state(Server *s, struct MHD_Connection *connection) {
  const char *show = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "show");
  const char *since = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "since");
  pthread_mutex_lock(&s->lock);
  s->is_asked = true;
  if (show)
    snprintf(s->wish, sizeof s->wish, "%s", show);
  bool is_known = !s->state || (since && strtoll(since, NULL, 10) == s->number);
  enum MHD_Result result = is_known
                               ? say(connection, MHD_HTTP_NO_CONTENT, "", s->is_paused)
                               : answer(connection, MHD_HTTP_OK, "application/octet-stream", s->state, s->n_state, s->is_paused, s->number);
  pthread_mutex_unlock(&s->lock);
  return result;
}

static bool is_our_host(const Server *s, struct MHD_Connection *connection) {
  const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
  char number[64], name[64];
  snprintf(number, sizeof number, "127.0.0.1:%d", s->port);
  snprintf(name, sizeof name, "localhost:%d", s->port);
  return host && (strcmp(host, number) == 0 || strcmp(host, name) == 0);
}

/* What stands behind the token; NULL where it is not ours. Takes as long for a wrong one, whatever of it is right. */
static const char *behind_token(const Server *s, const char *url) {
  size_t n = sizeof s->token - 1;
  if (strlen(url) < n + 2 || url[0] != '/' || url[n + 1] != '/')
    return NULL;
  unsigned differs = 0;
  for (size_t k = 0; k < n; k++)
    differs |= (unsigned)(url[k + 1] ^ s->token[k]);
  return differs == 0 ? url + n + 2 : NULL;
}

static enum MHD_Result handle(void *server, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *body, size_t *n_body, void **state) {
  static char is_begun;
  (void)version;
  (void)body;
  Server *s = server;
  if (!*state) { /* the headers have come; what a POST says follows */
    *state = &is_begun;
    return MHD_YES;
  }
  if (*n_body > 0) {
    *n_body = 0;
    return MHD_YES;
  }
  bool is_get = strcmp(method, MHD_HTTP_METHOD_GET) == 0, is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
  const char *what = is_our_host(s, connection) ? behind_token(s, url) : NULL;
  if (what && is_get && strcmp(what, "") == 0)
    return answer(connection, MHD_HTTP_OK, "text/html; charset=utf-8", s->page, s->n_page, s->is_paused, 0);
  if (what && is_get && strcmp(what, "state") == 0)
    return answer_state(s, connection);
  if (what && is_post && (strcmp(what, "pause") == 0 || strcmp(what, "resume") == 0)) {
    s->is_paused = what[0] == 'p';
    return say(connection, MHD_HTTP_NO_CONTENT, "", s->is_paused);
  }
  return say(connection, MHD_HTTP_NOT_FOUND, "nothing here\n", false);
}

/* ---- the thread of the run ------------------------------------------------------------------------------------------- */

static bool draw_token(Server *s) {
  unsigned char bytes[TOKEN_BYTES];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
    return false;
  for (int k = 0; k < TOKEN_BYTES; k++)
    snprintf(s->token + 2 * k, 3, "%02x", bytes[k]);
  return true;
}

/* Signals are for the thread of the run: the server's own takes none. */
static struct MHD_Daemon *start(Server *s, int port) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  errno = 0;
  struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, s, MHD_OPTION_SOCK_ADDR,
                                               (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
                                               MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return daemon;
}

Server *server_open(int port, const char *page, size_t n, Error *e) {
  Server *s = memory_new(sizeof *s);
  if (!s || !(s->page = memory_new(n))) {
    memory_free(s);
    error_memory(e, "the live view", (double)n);
    return NULL;
  }
  memcpy(s->page, page, n);
  s->n_page = n;
  s->pid = getpid();
  pthread_mutex_init(&s->lock, NULL);
  if (!draw_token(s)) {
    error_set(e, "no random bytes for the address: %s", strerror(errno));
  } else if (!(s->daemon = start(s, port))) {
    error_set(e, "cannot listen at 127.0.0.1, port %d: %s", port, errno ? strerror(errno) : "libmicrohttpd does not say why");
  } else {
    s->port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return s;
  }
  server_close(s);
  return NULL;
}

static bool is_here(const Server *s) { return s->pid == getpid(); }

void server_close(Server *s) {
  if (!is_here(s)) /* the thread was not copied with the process, and may have held the lock */
    return;
  if (s->daemon)
    MHD_stop_daemon(s->daemon);
  pthread_mutex_destroy(&s->lock);
  memory_free(s->state);
  memory_free(s->page);
  memory_free(s);
}

int server_port(const Server *s) { return s->port; }
const char *server_token(const Server *s) { return s->token; }

bool server_is_asked(Server *s, char *wish) {
  wish[0] = '\0';
  if (!is_here(s))
    return false;
  pthread_mutex_lock(&s->lock);
  bool is_asked = s->is_asked;
  memcpy(wish, s->wish, sizeof s->wish);
  pthread_mutex_unlock(&s->lock);
  return is_asked;
}

bool server_is_paused(Server *s) { return is_here(s) && s->is_paused; }
void server_set_paused(Server *s, bool is_paused) { s->is_paused = is_paused; }

void server_publish(Server *s, char *state, size_t n) {
  char *before = state;
  if (is_here(s)) {
    pthread_mutex_lock(&s->lock);
    before = s->state;
    s->state = state;
    s->n_state = n;
    s->number++;
    s->is_asked = false;
    pthread_mutex_unlock(&s->lock);
  }
  memory_free(before);
}

void server_wait(Server *s, int ms) {
  struct timespec moment = { .tv_nsec = 5000000 };
  for (int k = 0; k < ms / 5 && server_is_paused(s); k++)
    if (nanosleep(&moment, NULL) != 0) /* Ctrl-C */
      return;
}
