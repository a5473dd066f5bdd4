#define _GNU_SOURCE
#include "canvas/movie.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAS_GIF
#include <gif_lib.h>
#endif

#include "base/memory.h"
#include "base/whole_file.h"
#include "canvas/inside.h"

extern char **environ;

struct Movie {
  MovieFormat format;
  double fps;
  bool loops;
  int width, height; /* of the first picture; 0: none yet */
  long n;
  WholeFile file;
  char *path; /* owned */
  void *gif;  /* owned: GifFileType */
  unsigned char
      *planes;   /* owned: red, green, blue of a picture, of the one before it, and the places of its colours; [7][width * height] */
  pid_t encoder; /* ffmpeg; 0: not started */
  int socket;    /* to its standard input; -1: closed */
};

/* ---- GIF ---- */

#ifdef HAS_GIF
static bool gif_fault(Movie *m, Error *e) {
  GifFileType *gif = m->gif;
  const char *why = gif ? GifErrorString(gif->Error) : NULL;
  return error_set(e, "cannot write '%s': %s", m->path, why ? why : "no GIF can be made");
}

static bool gif_begin(Movie *m, Error *e) {
  static const unsigned char forever[] = { 1, 0, 0 };
  int fault, fd = dup(fileno(m->file.file));
  m->planes = memory_new(7 * (size_t)m->width * (size_t)m->height);
  if (!m->planes || fd < 0) {
    if (fd >= 0)
      close(fd);
    return error_memory(e, "a GIF", 7.0 * m->width * m->height);
  }
  m->gif = EGifOpenFileHandle(fd, &fault);
  if (!m->gif) {
    close(fd);
    return error_set(e, "cannot write '%s': %s", m->path, GifErrorString(fault));
  }
  EGifSetGifVersion(m->gif, true);
  if (EGifPutScreenDesc(m->gif, m->width, m->height, 8, 0, NULL) == GIF_ERROR)
    return gif_fault(m, e);
  if (m->loops && (EGifPutExtensionLeader(m->gif, APPLICATION_EXT_FUNC_CODE) == GIF_ERROR ||
                   EGifPutExtensionBlock(m->gif, 11, "NETSCAPE2.0") == GIF_ERROR ||
                   EGifPutExtensionBlock(m->gif, 3, forever) == GIF_ERROR || EGifPutExtensionTrailer(m->gif) == GIF_ERROR))
    return gif_fault(m, e);
  return true;
}

/* The channels of the picture on white, each by itself. */
static void split(Canvas *picture, unsigned char *red) {
  int width, height, stride;
  const uint32_t *pixels = canvas_pixels(picture, &width, &height, &stride);
  size_t plane = (size_t)width * (size_t)height;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      uint32_t p = pixels[(ptrdiff_t)y * stride + x], bare = 255 - (p >> 24);
      size_t at = (size_t)y * (size_t)width + (size_t)x;
      for (size_t k = 0; k < 3; k++)
        red[k * plane + at] = (unsigned char)((p >> (16 - 8 * k) & 255) + bare);
    }
}

typedef struct {
  int x0, y0, x1, y1;
} Part;

/* The part of the picture that is not as it was. */
static Part changed(const Movie *m, const unsigned char *now, const unsigned char *before) {
  Part part = { m->width, m->height, 0, 0 };
  size_t plane = (size_t)m->width * (size_t)m->height;
  for (int y = 0; y < m->height; y++)
    for (int x = 0; x < m->width; x++) {
      size_t at = (size_t)y * (size_t)m->width + (size_t)x;
      if (now[at] == before[at] && now[plane + at] == before[plane + at] && now[2 * plane + at] == before[2 * plane + at])
        continue;
      part.x0 = x < part.x0 ? x : part.x0, part.x1 = x >= part.x1 ? x + 1 : part.x1;
      part.y0 = y < part.y0 ? y : part.y0, part.y1 = y >= part.y1 ? y + 1 : part.y1;
    }
  return part.x1 > part.x0 ? part : (Part){ 0, 0, 1, 1 };
}

/* The part's channels, one behind the other. */
static void crop(const Movie *m, const unsigned char *from, Part part, unsigned char *to) {
  size_t plane = (size_t)m->width * (size_t)m->height, wide = (size_t)(part.x1 - part.x0);
  for (size_t k = 0; k < 3; k++)
    for (int y = part.y0; y < part.y1; y++, to += wide)
      memcpy(to, from + k * plane + (size_t)y * (size_t)m->width + (size_t)part.x0, wide);
}

/* Up to 256 colours as they are: their places in the map. False where there are more. */
static bool few_colors(const unsigned char *own, size_t n, unsigned char *places, GifColorType *colors) {
  enum { SLOTS = 1024 };
  int slot[SLOTS], n_colors = 0;
  memset(slot, -1, sizeof slot);
  for (size_t k = 0; k < n; k++) {
    GifColorType c = { own[k], own[n + k], own[2 * n + k] };
    unsigned at = (c.Red * 7919u + c.Green * 104729u + c.Blue * 1299709u) % SLOTS;
    while (slot[at] >= 0 && memcmp(&colors[slot[at]], &c, sizeof c) != 0)
      at = (at + 1) % SLOTS;
    if (slot[at] < 0 && n_colors == 256)
      return false;
    if (slot[at] < 0) {
      colors[n_colors] = c;
      slot[at] = n_colors++;
    }
    places[k] = (unsigned char)slot[at];
  }
  return true;
}

/* The library looks at the upper five bits of a colour alone: here each colour of the map becomes the mean of those that it stands for, so that white stays white. */
static void mean_colors(const unsigned char *own, size_t n, const unsigned char *places, GifColorType *colors) {
  double sum[256][4] = { { 0 } };
  for (size_t k = 0; k < n; k++)
    for (size_t c = 0; c < 4; c++)
      sum[places[k]][c] += c < 3 ? own[c * n + k] : 1;
  for (int k = 0; k < 256; k++)
    if (sum[k][3] > 0)
      colors[k] = (GifColorType){ (GifByteType)lround(sum[k][0] / sum[k][3]), (GifByteType)lround(sum[k][1] / sum[k][3]),
                                  (GifByteType)lround(sum[k][2] / sum[k][3]) };
}

static bool choose_colors(unsigned char *own, int wide, int high, unsigned char *places, GifColorType *colors) {
  size_t n = (size_t)wide * (size_t)high;
  int n_colors = 256;
  if (few_colors(own, n, places, colors))
    return true;
  if (GifQuantizeBuffer((unsigned)wide, (unsigned)high, &n_colors, own, own + n, own + 2 * n, places, colors) != GIF_OK)
    return false;
  mean_colors(own, n, places, colors);
  return true;
}

static bool gif_add(Movie *m, Canvas *picture, Error *e) {
  size_t plane = (size_t)m->width * (size_t)m->height;
  unsigned char *now = m->planes, *before = now + 3 * plane, *places = now + 6 * plane, *own = NULL;
  split(picture, now);
  Part part = m->n == 0 ? (Part){ 0, 0, m->width, m->height } : changed(m, now, before);
  int wide = part.x1 - part.x0, high = part.y1 - part.y0;
  size_t n = (size_t)wide * (size_t)high;
  ColorMapObject *map = GifMakeMapObject(256, NULL);
  own = memory_new(3 * n);
  bool ok = map && own;
  if (ok)
    crop(m, now, part, own);
  ok = ok && choose_colors(own, wide, high, places, map->Colors);
  if (!ok)
    error_memory(e, "a picture of a GIF", 4.0 * (double)n);
  unsigned hundredths = (unsigned)lround(100 / m->fps);
  const unsigned char control[] = { 4, (unsigned char)(hundredths & 255), (unsigned char)(hundredths >> 8 & 255), 0 };
  if (ok && (EGifPutExtension(m->gif, GRAPHICS_EXT_FUNC_CODE, 4, control) == GIF_ERROR ||
             EGifPutImageDesc(m->gif, part.x0, part.y0, wide, high, false, map) == GIF_ERROR))
    ok = gif_fault(m, e);
  for (int y = 0; y < high && ok; y++)
    if (EGifPutLine(m->gif, places + (size_t)y * (size_t)wide, wide) == GIF_ERROR)
      ok = gif_fault(m, e);
  if (map)
    GifFreeMapObject(map);
  memory_free(own);
  memcpy(before, now, 3 * plane);
  return ok;
}

static bool gif_end(Movie *m, Error *e) {
  int fault = 0;
  bool ok = m->gif == NULL || EGifCloseFile(m->gif, &fault) == GIF_OK;
  m->gif = NULL;
  return ok || error_set(e, "cannot write '%s': %s", m->path, GifErrorString(fault));
}
#else
static bool gif_begin(Movie *m, Error *e) {
  (void)m;
  return error_set(e, "this Lunapse was built without libgif-dev, which GIFs need: install it (Debian's package) and build anew");
}
static bool gif_add(Movie *m, Canvas *picture, Error *e) { return (void)m, (void)picture, (void)e, false; }
static bool gif_end(Movie *m, Error *e) { return (void)m, (void)e, true; }
#endif

/* ---- ffmpeg ---- */

/* Start it: raw pictures come in through a socket (a pipe would end this program with a signal where ffmpeg has ended). */
static bool ffmpeg_begin(Movie *m, Error *e) {
  int ends[2];
  char size[32], rate[32], *target = m->file.beside[0] ? m->file.beside : m->file.target;
  snprintf(size, sizeof size, "%dx%d", m->width, m->height);
  snprintf(rate, sizeof rate, "%.6g", m->fps);
  char *common[] = { "ffmpeg", "-loglevel",  "quiet", "-y", "-f", "rawvideo", "-pixel_format", "bgra", "-video_size",
                     size,     "-framerate", rate,    "-i", "-",  NULL };
  char *apng[] = { "-plays", m->loops ? "0" : "1", "-f", "apng", target, NULL };
  /* sides of MP4 are even; the common players take no other colours */
  char *mp4[] = { "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", target,
                  NULL };
  char *argv[32], **more = m->format == MOVIE_APNG ? apng : mp4;
  int n = 0;
  for (int k = 0; common[k]; k++)
    argv[n++] = common[k];
  for (int k = 0; more[k]; k++)
    argv[n++] = more[k];
  argv[n] = NULL;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return error_set(e, "cannot start ffmpeg: %s", strerror(errno));
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[0], 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  int why = posix_spawnp(&m->encoder, "ffmpeg", &files, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&files);
  close(ends[0]);
  if (why != 0) {
    close(ends[1]);
    m->encoder = 0;
    return error_set(e, "'%s': APNG and MP4 need the program ffmpeg (Debian's package ffmpeg): %s", m->path, strerror(why));
  }
  m->socket = ends[1];
  return true;
}

static bool ffmpeg_fault(const Movie *m, Error *e) { return error_set(e, "cannot write '%s': ffmpeg has failed", m->path); }

static bool ffmpeg_add(Movie *m, Canvas *picture, Error *e) {
  int width, height, stride;
  const uint32_t *pixels = canvas_pixels(picture, &width, &height, &stride);
  for (int y = 0; y < height; y++) {
    const char *at = (const char *)(pixels + (ptrdiff_t)y * stride);
    for (size_t left = 4 * (size_t)width; left > 0;) {
      ssize_t sent = send(m->socket, at, left, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR)
        continue;
      if (sent <= 0)
        return ffmpeg_fault(m, e);
      at += sent;
      left -= (size_t)sent;
    }
  }
  return true;
}

static bool ffmpeg_end(Movie *m, bool is_good, Error *e) {
  int status = 0;
  if (m->socket >= 0)
    close(m->socket);
  m->socket = -1;
  if (m->encoder == 0)
    return true;
  if (!is_good)
    kill(m->encoder, SIGKILL);
  while (waitpid(m->encoder, &status, 0) < 0 && errno == EINTR)
    ;
  m->encoder = 0;
  return !is_good || (WIFEXITED(status) && WEXITSTATUS(status) == 0) || ffmpeg_fault(m, e);
}

/* ---- both ---- */

Movie *movie_begin(const char *path, MovieFormat format, double fps, bool loops, Error *e) {
  Movie *m = memory_new(sizeof *m);
  char *copy = memory_new(strlen(path) + 1);
  if (!m || !copy) {
    error_memory(e, "an animation", sizeof *m);
    memory_free(m);
    memory_free(copy);
    return NULL;
  }
  strcpy(copy, path);
  *m = (Movie){ .format = format, .fps = fps, .loops = loops, .path = copy, .socket = -1 };
  if (!whole_file_begin(&m->file, "", copy, e)) {
    memory_free(copy);
    memory_free(m);
    return NULL;
  }
  return m;
}

bool movie_add(Movie *m, Canvas *picture, Error *e) {
  int width, height, stride;
  if (!canvas_pixels(picture, &width, &height, &stride))
    return error_set(e, "an animation is made of pictures of pixels");
  if (m->n == 0) {
    m->width = width;
    m->height = height;
    if (!(m->format == MOVIE_GIF ? gif_begin(m, e) : ffmpeg_begin(m, e)))
      return false;
  }
  if (width != m->width || height != m->height)
    return error_set(e, "frame %ld has %d x %d pixels, the first has %d x %d", m->n + 1, width, height, m->width, m->height);
  bool ok = m->format == MOVIE_GIF ? gif_add(m, picture, e) : ffmpeg_add(m, picture, e);
  m->n++;
  return ok;
}

bool movie_end(Movie *m, bool is_good, Error *e) {
  if (is_good && m->n == 0)
    is_good = error_set(e, "'%s': an animation without frames", m->path);
  bool ok = gif_end(m, e);
  ok = ffmpeg_end(m, is_good && ok, e) && ok && is_good;
  Error silent = { "" };
  ok = whole_file_end(&m->file, ok, ok ? e : &silent) && ok;
  memory_free(m->planes);
  memory_free(m->path);
  memory_free(m);
  return ok;
}
