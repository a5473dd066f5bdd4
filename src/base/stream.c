#include "base/stream.h"

#include <math.h>
#include <stddef.h>

#include "base/interrupt.h"
#include "base/memory.h"

void stream_init(Stream *s, int64_t n_channels, double rate, int64_t n_samples) {
  s->n_channels = n_channels;
  s->rate = rate;
  s->n_samples = n_samples;
  s->at = 0;
  s->references = 1;
  s->is_failed = false;
  s->error.text[0] = '\0';
}

Stream *stream_retain(Stream *s) {
  ASSERT(s->references > 0);
  s->references++;
  return s;
}

void stream_release(Stream *s) {
  if (s && --s->references == 0)
    s->free(s);
}

int64_t stream_read(Stream *s, double *out, int64_t n) {
  if (s->is_failed)
    return -1;
  for (int64_t done = 0; done < n;) {
    int64_t rows = n - done < STREAM_BLOCK ? n - done : STREAM_BLOCK;
    if (!s->read(s, out + done * s->n_channels, rows)) {
      s->is_failed = true;
      return -1;
    }
    s->at += rows;
    done += rows;
  }
  return n;
}

int64_t stream_read_long(Stream *s, double *out, int64_t n) {
  for (int64_t done = 0; done < n;) {
    int64_t rows = n - done < STREAM_BLOCK ? n - done : STREAM_BLOCK;
    if (interrupt_flag && interrupt_take()) {
      error_set(&s->error, "interrupted");
      return -1;
    }
    if (stream_read(s, out + done * s->n_channels, rows) < 0)
      return -1;
    done += rows;
  }
  return n;
}

bool stream_reset(Stream *s) {
  s->at = 0;
  s->is_failed = false;
  s->error.text[0] = '\0';
  if (s->reset(s))
    return true;
  s->is_failed = true;
  return false;
}

/* Streams with a memory (filters) have to read everything before `at`; the others jump. */
bool stream_seek(Stream *s, int64_t at) {
  if (s->seek && !s->is_failed) {
    if (!s->seek(s, at)) {
      s->is_failed = true;
      return false;
    }
    s->at = at;
    return true;
  }
  if ((at < s->at || s->is_failed) && !stream_reset(s))
    return false;
  if (at == s->at)
    return true;
  double *rows = memory_new(sizeof(double) * (size_t)s->n_channels * STREAM_BLOCK);
  if (!rows) {
    s->is_failed = true;
    return error_memory(&s->error, "a block of rows", (double)sizeof(double) * (double)s->n_channels * STREAM_BLOCK);
  }
  while (s->at < at) {
    int64_t n = at - s->at < STREAM_BLOCK ? at - s->at : STREAM_BLOCK;
    if (stream_read_long(s, rows, n) < 0)
      break;
  }
  memory_free(rows);
  return s->at == at;
}

bool stream_fail(Stream *s, const Stream *from) {
  s->error = from->error;
  s->is_failed = true;
  return false;
}

bool stream_fits_clock(const Stream *s, double dt) { return fabs(dt * s->rate / 1000 - 1) < 1e-9; }
