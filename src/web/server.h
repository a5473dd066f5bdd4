/* The live view of a run: a server for browsers of this machine (libmicrohttpd), with a thread of its own that touches nothing of the run. The run publishes
** states, which are bytes to this file, and the thread hands the latest one out; what browsers ask for, the run reads when it likes.
**
**   /TOKEN/                           the page
**   /TOKEN/state?show=TEXT&since=N    the latest state, with its number in the header Lunapse-State (204: none yet, or it is number N, which the browser has);
**                                     TEXT is what the browser wants to see
**   /TOKEN/pause, /resume             POST
**
** It listens at 127.0.0.1 alone. Who does not know the token, which is drawn anew for each server, gets 404, as does who came by another name than that
** of this machine (a page of somebody else's that renamed itself). Calls are those of the thread that made it; in a copy of the process nobody asks and nothing is
** published.
**
** This folder (web) has what is served to browsers. */
#ifndef LUNAPSE_WEB_SERVER_H
#define LUNAPSE_WEB_SERVER_H
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { SERVER_LONGEST_WISH = 256 };

typedef struct Server Server;

/* At `port`, or at any that is free (0). `page` is copied. NULL with an error when it cannot listen. */
Server *server_open(int port, const char *page, size_t n, Error *e);
void server_close(Server *s);

int server_port(const Server *s);
const char *server_token(const Server *s);

/* Has anybody asked for the state since it was last published? `wish` (SERVER_LONGEST_WISH bytes) gets what he wants to see. */
bool server_is_asked(Server *s, char *wish);

bool server_is_paused(Server *s);
void server_set_paused(Server *s, bool is_paused);

/* `state` (memory_new) is the server's from now on. */
void server_publish(Server *s, char *state, size_t n);

/* Sleep for some milliseconds, less when a browser asks to go on. */
void server_wait(Server *s, int ms);

#endif
