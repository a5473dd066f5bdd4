#include "sound/shape.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"

/* Every stream of this file: some sources, read in one way or another. */
typedef struct {
  Stream stream;
  Stream **sources; /* owned references */
  int64_t n_sources;
  double *block;    /* owned: rows of a source that cannot be read into `out` itself; NULL where not needed */
  int64_t *numbers; /* owned: channels, or first rows of the parts; NULL where not needed */
  double *gains;    /* owned or NULL */
  int64_t n_on, n_off, first;
  ShapeFunction function;
} Shape;

static bool reset_sources(Stream *s) {
  Shape *p = (Shape *)s;
  for (int64_t k = 0; k < p->n_sources; k++)
    if (!stream_reset(p->sources[k]))
      return stream_fail(s, p->sources[k]);
  return true;
}

static bool seek_sources(Stream *s, int64_t at) {
  Shape *p = (Shape *)s;
  for (int64_t k = 0; k < p->n_sources; k++)
    if (!stream_seek(p->sources[k], at))
      return stream_fail(s, p->sources[k]);
  return true;
}

static void free_shape(Stream *s) {
  Shape *p = (Shape *)s;
  for (int64_t k = 0; k < p->n_sources; k++)
    stream_release(p->sources[k]);
  if (p->function.free)
    p->function.free(p->function.context);
  memory_free(p->sources);
  memory_free(p->block);
  memory_free(p->numbers);
  memory_free(p->gains);
  memory_free(p);
}

/* A shape over `sources`, as wide as the first and as long as the longest, with a block for rows of `block_width` channels (0: none). */
static Shape *new_shape(Stream *const *sources, int64_t n, int64_t block_width, bool (*read)(Stream *, double *, int64_t), Error *e) {
  Shape *p = memory_new(sizeof *p);
  if (!p)
    return error_memory(e, "a stream", sizeof *p), NULL;
  stream_init(&p->stream, sources[0]->n_channels, sources[0]->rate, sources[0]->n_samples);
  p->stream.read = read, p->stream.reset = reset_sources, p->stream.seek = seek_sources, p->stream.free = free_shape;
  size_t bytes = sizeof(double) * STREAM_BLOCK * (size_t)block_width;
  p->sources = memory_new(sizeof *p->sources * (size_t)n);
  p->block = block_width ? memory_new(bytes) : NULL;
  if (!p->sources || (block_width && !p->block)) {
    stream_release(&p->stream);
    return error_memory(e, "a stream", (double)bytes), NULL;
  }
  for (int64_t k = 0; k < n; k++) {
    p->sources[k] = stream_retain(sources[k]);
    p->n_sources++;
    int64_t length = sources[k]->n_samples;
    if (length < 0 || p->stream.n_samples < 0)
      p->stream.n_samples = -1;
    else if (length > p->stream.n_samples)
      p->stream.n_samples = length;
  }
  return p;
}

static Stream *finish(Shape *p) { return p ? &p->stream : NULL; }

static bool agree(const char *what, Stream *const *sources, int64_t n, bool width_too, Error *e) {
  if (n < 1)
    return error_set(e, "%s: nothing to put together", what);
  for (int64_t k = 1; k < n; k++) {
    if (sources[k]->rate != sources[0]->rate)
      return error_set(e, "%s: part %lld has %g rows a second, part 1 has %g", what, (long long)(k + 1), sources[k]->rate,
                       sources[0]->rate);
    if (width_too && sources[k]->n_channels != sources[0]->n_channels)
      return error_set(e, "%s: part %lld has %lld channels, part 1 has %lld", what, (long long)(k + 1), (long long)sources[k]->n_channels,
                       (long long)sources[0]->n_channels);
  }
  return true;
}

/* Rows of source k into `to`. */
static bool pull(Shape *p, int64_t k, double *to, int64_t n) {
  return stream_read(p->sources[k], to, n) >= 0 || stream_fail(&p->stream, p->sources[k]);
}

/* ---- ramps and gains ---- */

static double ramp_at(int64_t k, int64_t m) { /* m = 1: the only value of a ramp from 0 is 0 */
  if (m == 1)
    return 0;
  double s = sin(M_PI / 2 * ((double)k / (double)(m - 1)));
  return s * s;
}

static bool read_ramp(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  if (!pull(p, 0, out, n))
    return false;
  for (int64_t k = 0; k < n; k++) {
    int64_t from_start = s->at + k, from_end = s->n_samples - 1 - from_start;
    double e = 1;
    if (from_start < p->n_on)
      e *= ramp_at(from_start, p->n_on);
    if (from_end >= 0 && from_end < p->n_off)
      e *= ramp_at(from_end, p->n_off);
    if (e != 1)
      for (int64_t c = 0; c < s->n_channels; c++)
        out[k * s->n_channels + c] *= e;
  }
  return true;
}

Stream *shape_ramp(Stream *source, int64_t n_on, int64_t n_off, Error *e) {
  int64_t longer = n_on > n_off ? n_on : n_off;
  if (source->n_samples < 0 || longer > source->n_samples)
    return error_set(e, "ramp: %lld samples do not fit into a sound of %lld", (long long)longer, (long long)source->n_samples), NULL;
  Shape *p = new_shape(&source, 1, 0, read_ramp, e);
  if (p)
    p->n_on = n_on, p->n_off = n_off;
  return finish(p);
}

static bool read_gain(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  if (!pull(p, 0, out, n))
    return false;
  for (int64_t k = 0; k < n; k++)
    for (int64_t c = 0; c < s->n_channels; c++)
      *out++ *= p->gains[c];
  return true;
}

Stream *shape_gain(Stream *source, const double *gains, int64_t n_gains, Error *e) {
  if (n_gains != 1 && n_gains != source->n_channels)
    return error_set(e, "gain: %lld gains for %lld channels", (long long)n_gains, (long long)source->n_channels), NULL;
  Shape *p = new_shape(&source, 1, 0, read_gain, e);
  if (!p)
    return NULL;
  p->gains = memory_new(sizeof(double) * (size_t)source->n_channels);
  if (!p->gains) {
    stream_release(&p->stream);
    return error_memory(e, "the gains of a stream", (double)sizeof(double) * (double)source->n_channels), NULL;
  }
  for (int64_t c = 0; c < source->n_channels; c++)
    p->gains[c] = gains[n_gains == 1 ? 0 : c];
  return finish(p);
}

/* ---- sequences ---- */

/* The part that row `at` falls into; n_sources past the end. numbers[k]: the first row of part k. */
static int64_t find_part(const Shape *p, int64_t at) {
  int64_t low = 0, high = p->n_sources;
  while (low < high) { /* parts below `low` end at or before `at` */
    int64_t middle = (low + high) / 2;
    if (p->numbers[middle + 1] <= at)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool read_sequence(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  for (int64_t done = 0; done < n;) {
    int64_t at = s->at + done, part = find_part(p, at), rows = n - done;
    double *to = out + done * s->n_channels;
    if (part == p->n_sources) {
      memset(to, 0, sizeof *to * (size_t)(rows * s->n_channels));
      return true;
    }
    if (p->numbers[part + 1] - at < rows)
      rows = p->numbers[part + 1] - at;
    if (p->sources[part]->at != at - p->numbers[part] && !stream_seek(p->sources[part], at - p->numbers[part]))
      return stream_fail(s, p->sources[part]);
    if (!pull(p, part, to, rows))
      return false;
    done += rows;
  }
  return true;
}

/* read_sequence finds the place by itself; only a failed part has to be told. */
static bool seek_sequence(Stream *s, int64_t at) {
  Shape *p = (Shape *)s;
  int64_t part = find_part(p, at);
  return part == p->n_sources || stream_seek(p->sources[part], at - p->numbers[part]) || stream_fail(s, p->sources[part]);
}

Stream *shape_sequence(Stream *const *sources, int64_t n, Error *e) {
  if (!agree("sequence", sources, n, true, e))
    return NULL;
  for (int64_t k = 0; k < n; k++)
    if (sources[k]->n_samples < 0)
      return error_set(e, "sequence: part %lld has no end", (long long)(k + 1)), NULL;
  Shape *p = new_shape(sources, n, 0, read_sequence, e);
  if (!p)
    return NULL;
  p->stream.seek = seek_sequence;
  p->numbers = memory_new(sizeof(int64_t) * (size_t)(n + 1));
  if (!p->numbers) {
    stream_release(&p->stream);
    return error_memory(e, "a sequence", (double)sizeof(int64_t) * (double)(n + 1)), NULL;
  }
  for (int64_t k = 0; k < n; k++)
    p->numbers[k + 1] = p->numbers[k] + sources[k]->n_samples;
  p->stream.n_samples = p->numbers[n];
  return finish(p);
}

/* ---- channels ---- */

static bool read_join(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  int64_t first = 0;
  for (int64_t part = 0; part < p->n_sources; part++) {
    int64_t width = p->sources[part]->n_channels;
    if (!pull(p, part, p->block, n))
      return false;
    for (int64_t k = 0; k < n; k++)
      memcpy(out + k * s->n_channels + first, p->block + k * width, sizeof *out * (size_t)width);
    first += width;
  }
  return true;
}

Stream *shape_join(Stream *const *sources, int64_t n, Error *e) {
  if (!agree("join", sources, n, false, e))
    return NULL;
  int64_t widest = 0, total = 0;
  for (int64_t k = 0; k < n; k++) {
    total += sources[k]->n_channels;
    if (sources[k]->n_channels > widest)
      widest = sources[k]->n_channels;
  }
  Shape *p = new_shape(sources, n, widest, read_join, e);
  if (p)
    p->stream.n_channels = total;
  return finish(p);
}

static bool read_pick(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  if (!pull(p, 0, p->block, n))
    return false;
  for (int64_t k = 0; k < n; k++)
    for (int64_t c = 0; c < s->n_channels; c++)
      *out++ = p->block[k * p->sources[0]->n_channels + p->numbers[c]];
  return true;
}

Stream *shape_pick(Stream *source, const int64_t *channels, int64_t n, Error *e) {
  if (n < 1)
    return error_set(e, "pick: no channel"), NULL;
  for (int64_t c = 0; c < n; c++)
    if (channels[c] < 0 || channels[c] >= source->n_channels)
      return error_set(e, "pick: there is no channel %lld, there are %lld", (long long)(channels[c] + 1), (long long)source->n_channels),
             NULL;
  Shape *p = new_shape(&source, 1, source->n_channels, read_pick, e);
  if (!p)
    return NULL;
  p->numbers = memory_new(sizeof *channels * (size_t)n);
  if (!p->numbers) {
    stream_release(&p->stream);
    return error_memory(e, "a choice of channels", (double)sizeof *channels * (double)n), NULL;
  }
  memcpy(p->numbers, channels, sizeof *channels * (size_t)n);
  p->stream.n_channels = n;
  return finish(p);
}

static bool read_mono(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  int64_t width = p->sources[0]->n_channels;
  if (!pull(p, 0, p->block, n))
    return false;
  for (int64_t k = 0; k < n; k++) {
    double sum = 0;
    for (int64_t c = 0; c < width; c++)
      sum += p->block[k * width + c];
    out[k] = sum / (double)width;
  }
  return true;
}

Stream *shape_mono(Stream *source, Error *e) {
  Shape *p = new_shape(&source, 1, source->n_channels, read_mono, e);
  if (p)
    p->stream.n_channels = 1;
  return finish(p);
}

/* ---- cuts ---- */

/* Rows of the source before row 0 (first < 0) and from n_samples on are silence. */
static bool read_cut(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  int64_t lead = p->first < 0 && s->at < -p->first ? -p->first - s->at : 0, last = n;
  if (lead > n)
    lead = n;
  if (s->n_samples >= 0 && s->at + n > s->n_samples)
    last = s->at < s->n_samples ? s->n_samples - s->at : 0;
  if (lead > last)
    lead = last;
  memset(out, 0, sizeof *out * (size_t)(lead * s->n_channels));
  if (last > lead) {
    int64_t want = s->at + lead + p->first;
    if (p->sources[0]->at != want && !stream_seek(p->sources[0], want))
      return stream_fail(s, p->sources[0]);
    if (!pull(p, 0, out + lead * s->n_channels, last - lead))
      return false;
  }
  memset(out + last * s->n_channels, 0, sizeof *out * (size_t)((n - last) * s->n_channels));
  return true;
}

static bool seek_cut(Stream *s, int64_t at) {
  Shape *p = (Shape *)s;
  int64_t want = at + p->first;
  return stream_seek(p->sources[0], want > 0 ? want : 0) || stream_fail(s, p->sources[0]);
}

Stream *shape_cut(Stream *source, int64_t first, int64_t n, Error *e) {
  Shape *p = new_shape(&source, 1, 0, read_cut, e);
  if (!p)
    return NULL;
  p->stream.seek = seek_cut;
  p->first = first;
  p->stream.n_samples = n >= 0 || source->n_samples < 0 ? n : source->n_samples > first ? source->n_samples - first : 0;
  return finish(p);
}

/* ---- functions ---- */

static bool read_map(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  return pull(p, 0, out, n) && p->function.apply(p->function.context, out, n, s->n_channels, s->at, &s->error);
}

/* The same in whole blocks: block `first` is held, and handed out piece by piece. */
static bool read_map_whole(Stream *s, double *out, int64_t n) {
  Shape *p = (Shape *)s;
  for (int64_t done = 0; done < n;) {
    int64_t at = s->at + done, block = at / STREAM_BLOCK, skip = at % STREAM_BLOCK, rows = STREAM_BLOCK - skip;
    if (rows > n - done)
      rows = n - done;
    if (p->first != block) {
      p->first = -1;
      if (p->sources[0]->at != block * STREAM_BLOCK && !stream_seek(p->sources[0], block * STREAM_BLOCK))
        return stream_fail(s, p->sources[0]);
      if (!pull(p, 0, p->block, STREAM_BLOCK))
        return false;
      if (!p->function.apply(p->function.context, p->block, STREAM_BLOCK, s->n_channels, block * STREAM_BLOCK, &s->error))
        return false;
      p->first = block;
    }
    memcpy(out + done * s->n_channels, p->block + skip * s->n_channels, sizeof *out * (size_t)(rows * s->n_channels));
    done += rows;
  }
  return true;
}

static bool reset_map_whole(Stream *s) {
  ((Shape *)s)->first = -1;
  return reset_sources(s);
}

static bool seek_map_whole(Stream *s, int64_t at) { /* reading finds the block */
  (void)at;
  ((Shape *)s)->first = -1;
  return true;
}

Stream *shape_map(Stream *source, ShapeFunction function, Error *e) {
  bool is_whole = function.wants_whole_blocks;
  Shape *p = new_shape(&source, 1, is_whole ? source->n_channels : 0, is_whole ? read_map_whole : read_map, e);
  if (!p)
    return NULL;
  p->function = function;
  p->first = -1;
  if (is_whole)
    p->stream.reset = reset_map_whole, p->stream.seek = seek_map_whole;
  return finish(p);
}
