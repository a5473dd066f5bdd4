#define _GNU_SOURCE
#include "files/video.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "files/bytes.h"

extern char **environ;

enum { CHUNK = 1 << 18, MOST_SAID = 300 };

/* ffmpeg at work: frames come through one pipe; what it complains of goes to a file without a name. */
typedef struct Decoder {
  pid_t pid;
  int frames, complaints;
  unsigned char *bytes; /* owned; what came so far */
  int64_t n, room;
} Decoder;

static bool start(Decoder *d, const char *path, const VideoOptions *o, Error *e) {
  char from[32], length[32], rate[32], filter[160];
  int ends[2];
  snprintf(from, sizeof from, "%.6f", o->from / 1000);
  snprintf(length, sizeof length, "%.6f", isfinite(o->to) ? (o->to - o->from) / 1000 : 0);
  snprintf(rate, sizeof rate, "fps=%.9g", o->fps);
  /* the same frames on every processor */
  snprintf(filter, sizeof filter, "%s,scale=%d:%d:flags=area+accurate_rnd+bitexact", rate, o->columns, o->rows);
  char *input = memory_new(strlen(path) + 6);
  if (input == NULL)
    return error_memory(e, "a video", (double)strlen(path));
  sprintf(input, "file:%s", path); /* a file, whatever its name looks like */
  char *argv[32];
  int n = 0;
  char *common[] = { "ffmpeg", "-nostdin", "-loglevel", "error", "-threads", "1", "-ss", from, NULL };
  char *more[] = { "-i", input, "-map", "0:v:0", "-vf", filter, "-f", "rawvideo", "-pix_fmt", o->is_grey ? "gray" : "rgb24", "-", NULL };
  for (int k = 0; common[k]; k++)
    argv[n++] = common[k];
  if (isfinite(o->to)) {
    argv[n++] = "-t";
    argv[n++] = length;
  }
  for (int k = 0; more[k]; k++)
    argv[n++] = more[k];
  argv[n] = NULL;
  FILE *complaints = tmpfile();
  if (complaints == NULL || pipe2(ends, O_CLOEXEC) != 0) {
    error_set(e, "cannot start ffmpeg: %s", strerror(errno));
    if (complaints != NULL)
      fclose(complaints);
    memory_free(input);
    return false;
  }
  d->complaints = fcntl(fileno(complaints), F_DUPFD_CLOEXEC, 0);
  fclose(complaints);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, ends[1], 1);
  posix_spawn_file_actions_adddup2(&files, d->complaints, 2);
  int why = posix_spawnp(&d->pid, "ffmpeg", &files, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&files);
  memory_free(input);
  close(ends[1]);
  d->frames = ends[0];
  if (why == 0)
    return true;
  d->pid = 0;
  return error_set(e, "cannot read '%s': videos need the program ffmpeg (Debian's package ffmpeg): %s", path, strerror(why));
}

/* What it complained of at last. */
static const char *complaint(const Decoder *d, const char *path, char *text, size_t size) {
  const off_t all = lseek(d->complaints, 0, SEEK_END), most = (off_t)size - 1;
  ssize_t n = pread(d->complaints, text, size - 1, all > most ? all - most : 0);
  while (n > 0 && text[n - 1] == '\n')
    n--;
  text[n > 0 ? n : 0] = '\0';
  if (strrchr(text, '\n') != NULL)
    text = strrchr(text, '\n') + 1;
  const char *behind = strstr(text, path); /* "file:clip.mp4: Invalid data" */
  behind = behind != NULL ? behind + strlen(path) : text;
  behind += strspn(behind, ": ");
  return *behind != '\0' ? behind : "ffmpeg has failed";
}

static bool gather(Decoder *d, const char *path, Error *e) {
  for (;;) {
    if (!memory_reserve(&d->bytes, d->n, d->n + CHUNK, &d->room, 1))
      return error_memory(e, "a video", (double)(d->n + CHUNK));
    ssize_t n = read(d->frames, d->bytes + d->n, CHUNK);
    if (n == 0)
      return true;
    if (n < 0 && errno != EINTR)
      return error_set(e, "cannot read '%s': %s", path, strerror(errno));
    if (interrupt_take())
      return error_set(e, "interrupted");
    d->n += n > 0 ? n : 0;
  }
}

/* Wait for it; true where it has come to a good end. */
static bool end(Decoder *d, bool is_good) {
  int status = 0;
  if (d->frames >= 0)
    close(d->frames);
  if (d->pid == 0)
    return false;
  if (!is_good)
    kill(d->pid, SIGKILL);
  while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static Array *as_array(const Decoder *d, const char *path, const VideoOptions *o, Error *e) {
  const int64_t frame = (int64_t)o->rows * o->columns * (o->is_grey ? 1 : 3);
  if (d->n == 0 || d->n % frame != 0) {
    error_set(e, d->n == 0 ? "'%s' has no picture in this time" : "'%s' has ended within a picture", path);
    return NULL;
  }
  int64_t shape[4] = { d->n / frame, o->rows, o->columns, 3 };
  Array *a = array_new_shaped(ARRAY_I32, o->is_grey ? 3 : 4, shape);
  if (a == NULL) {
    error_memory(e, "a video", 4.0 * (double)d->n);
    return NULL;
  }
  for (int64_t k = 0; k < d->n; k++)
    ((int32_t *)a->at)[k] = d->bytes[k];
  return a;
}

Array *video_read(const char *path, const VideoOptions *o, Error *e) {
  int64_t size;
  FILE *f = bytes_open(path, &size, e); /* tells why it cannot be read better than ffmpeg does */
  if (f == NULL)
    return NULL;
  fclose(f);
  Decoder d = { .frames = -1, .complaints = -1 };
  bool is_good = start(&d, path, o, e) && gather(&d, path, e);
  const bool has_ended_well = end(&d, is_good);
  if (is_good && !has_ended_well) {
    char text[MOST_SAID];
    is_good = error_set(e, "cannot read '%s': ffmpeg says: %s", path, complaint(&d, path, text, sizeof text));
  }
  Array *a = is_good ? as_array(&d, path, o, e) : NULL;
  if (d.complaints >= 0)
    close(d.complaints);
  memory_free(d.bytes);
  return a;
}
