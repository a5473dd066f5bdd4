#include "sound/play.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* Start it with nothing to read, and nobody to speak to. Gives an error number. */
static int start(pid_t *child, const char *const *arguments) {
  posix_spawn_file_actions_t actions;
  int status = posix_spawn_file_actions_init(&actions);
  if (status)
    return status;
  for (int file = 0; file <= 2 && !status; file++)
    status = posix_spawn_file_actions_addopen(&actions, file, "/dev/null", file == 0 ? O_RDONLY : O_WRONLY, 0);
  char *const *list;
  memcpy(&list, &arguments, sizeof list); /* which execvp does not change */
  if (!status)
    status = posix_spawnp(child, arguments[0], &actions, NULL, list, environ);
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

PlayResult play_file(const char *const *arguments, Error *e) {
  pid_t child;
  int status = start(&child, arguments);
  if (status == ENOENT || status == EACCES || status == ENOTDIR)
    return PLAY_MISSING;
  if (status)
    return error_set(e, "play: %s cannot be started: %s", arguments[0], strerror(status)), PLAY_FAILED;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return error_set(e, "play: %s: %s", arguments[0], strerror(errno)), PLAY_FAILED;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return PLAY_DONE;
  return error_set(e, "play: %s could not play the sound (status %d)", arguments[0],
                   WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)),
         PLAY_FAILED;
}
