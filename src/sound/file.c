#include "sound/file.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/ranks.h"
#include "base/whole_file.h"

/* ---- is everything there? ---- */

static uint32_t number32(const unsigned char *b, bool is_big_end) {
  return is_big_end ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
                    : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

/* WAV and AIFF are lists of chunks with a name and a length. libsndfile plays a chunk of samples that is shorter than it says without a word,
** so its length is held against the file's. Lengths that mean "unknown" (0, all ones) are let pass. Missing bytes, or 0. */
static int64_t missing_bytes(FILE *f, int64_t size) {
  unsigned char head[12];
  if (fread(head, 1, 12, f) != 12)
    return 0;
  bool is_wav = !memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WAVE", 4), is_aiff = !memcmp(head, "FORM", 4) && !memcmp(head + 8, "AIF", 3);
  if (!is_wav && !is_aiff)
    return 0;
  int64_t at = 12;
  while (at + 8 <= size && fseeko(f, at, SEEK_SET) == 0 && fread(head, 1, 8, f) == 8) {
    int64_t length = number32(head + 4, is_aiff);
    if (!memcmp(head, is_wav ? "data" : "SSND", 4)) {
      int64_t there = size - (at + 8);
      return length == 0 || length == 0xffffffff || length <= there ? 0 : length - there;
    }
    at += 8 + length + length % 2;
  }
  return 0;
}

static bool check_file(const char *path, int64_t *size, Error *e) {
  struct stat info = { 0 };
  ranks_meet("reading a sound"); /* what rank 0 has written is there */
  FILE *f = fopen(path, "rb");
  if (!f)
    return error_set(e, "cannot open sound file '%s': %s", path, strerror(errno));
  int64_t missing = 0;
  bool is_plain = fstat(fileno(f), &info) == 0 && S_ISREG(info.st_mode), is_empty = is_plain && info.st_size == 0;
  if (is_plain)
    missing = missing_bytes(f, info.st_size);
  *size = info.st_size;
  fclose(f);
  if (!is_plain)
    return error_set(e, "cannot open sound file '%s': it is no ordinary file", path);
  if (is_empty)
    return error_set(e, "sound file '%s' is empty", path);
  if (missing)
    return error_set(e, "sound file '%s' is truncated: %lld bytes of its samples are missing", path, (long long)missing);
  return true;
}

/* ---- reading ---- */

typedef struct {
  Stream stream;
  SNDFILE *file; /* owned */
  char *path;    /* owned, for messages */
} FileStream;

static bool file_read(Stream *s, double *out, int64_t n) {
  FileStream *f = (FileStream *)s;
  int64_t last = s->at >= s->n_samples ? 0 : s->at + n > s->n_samples ? s->n_samples - s->at : n;
  if (last > 0 && sf_readf_double(f->file, out, last) != last)
    return error_set(&s->error, "sound file '%s' is truncated: it promises %lld samples and ends before sample %lld", f->path,
                     (long long)s->n_samples, (long long)(s->at + last));
  for (int64_t k = 0; k < last * s->n_channels; k++)
    if (!isfinite(out[k]))
      return error_set(&s->error, "sound file '%s': sample %lld is not a finite number", f->path,
                       (long long)(s->at + k / s->n_channels + 1));
  memset(out + last * s->n_channels, 0, sizeof *out * (size_t)((n - last) * s->n_channels));
  return true;
}

static bool file_seek(Stream *s, int64_t at) {
  FileStream *f = (FileStream *)s;
  if (at > s->n_samples)
    at = s->n_samples;
  if (sf_seek(f->file, at, SEEK_SET) == at)
    return true;
  return error_set(&s->error, "sound file '%s': cannot go to sample %lld: %s", f->path, (long long)(at + 1), sf_strerror(f->file));
}

static bool file_reset(Stream *s) { return file_seek(s, 0); }

static void file_free(Stream *s) {
  FileStream *f = (FileStream *)s;
  if (f->file)
    sf_close(f->file);
  memory_free(f->path);
  memory_free(f);
}

/* Even silence needs a byte for some thousand samples. A header that promises more is damaged, and nobody should make room for it. */
enum { MOST_SAMPLES_A_BYTE = 10000 };

Stream *file_open(const char *path, Error *e) {
  int64_t size = 0;
  if (!check_file(path, &size, e))
    return NULL;
  FileStream *f = memory_new(sizeof *f);
  if (!f)
    return error_memory(e, "a sound file", sizeof *f), NULL;
  SF_INFO info = { 0 };
  stream_init(&f->stream, 1, 1, 0);
  f->stream.read = file_read, f->stream.reset = file_reset, f->stream.seek = file_seek, f->stream.free = file_free;
  f->path = memory_new(strlen(path) + 1);
  f->file = f->path ? sf_open(path, SFM_READ, &info) : NULL;
  bool is_damaged = info.frames > size * MOST_SAMPLES_A_BYTE;
  bool ok = f->file && info.frames > 0 && !is_damaged && info.channels > 0 && info.samplerate > 0;
  if (!f->path)
    error_memory(e, "a sound file", (double)strlen(path));
  else if (!f->file)
    error_set(e, "cannot read sound file '%s': %s", path, sf_strerror(NULL));
  else if (info.samplerate <= 0 || info.channels <= 0)
    error_set(e, "sound file '%s': a rate of %d Hz, %d channels", path, info.samplerate, info.channels);
  else if (is_damaged)
    error_set(e, "sound file '%s' is truncated: it promises %lld samples in %lld bytes", path, (long long)info.frames, (long long)size);
  else if (!ok)
    error_set(e, "sound file '%s' holds no samples", path);
  if (!ok) {
    file_free(&f->stream);
    return NULL;
  }
  strcpy(f->path, path);
  f->stream.n_channels = info.channels;
  f->stream.rate = info.samplerate;
  f->stream.n_samples = info.frames;
  return &f->stream;
}

/* ---- writing ---- */

static int major_format(const char *path) {
  static const struct {
    const char *ending;
    int format;
  } kinds[] = {
    { ".wav", SF_FORMAT_WAV },   { ".aiff", SF_FORMAT_AIFF }, { ".aif", SF_FORMAT_AIFF },
    { ".flac", SF_FORMAT_FLAC }, { ".ogg", SF_FORMAT_OGG },
  };
  const char *ending = strrchr(path, '.');
  for (size_t k = 0; ending && k < sizeof kinds / sizeof *kinds; k++)
    if (!strcmp(ending, kinds[k].ending))
      return kinds[k].format;
  return 0;
}

static int sample_format(FileSamples samples) {
  switch (samples) {
  case FILE_PCM16: return SF_FORMAT_PCM_16;
  case FILE_PCM24: return SF_FORMAT_PCM_24;
  case FILE_FLOAT32: return SF_FORMAT_FLOAT;
  case FILE_FLOAT64: return SF_FORMAT_DOUBLE;
  case FILE_COMPRESSED: return SF_FORMAT_VORBIS;
  }
  return 0;
}

/* The largest sample of full scale is 1 - 1/2^(bits-1): 1 itself is clipped to it, which nobody can hear. More is an error. */
static bool check_range(const double *rows, int64_t n, int64_t at, int64_t n_channels, Error *e) {
  for (int64_t k = 0; k < n * n_channels; k++)
    if (!(fabs(rows[k]) <= 1))
      return error_set(
          e, "sample %lld is %g: samples of this kind of file lie in -1 .. 1 (scale the sound, or save it as \"float32\" in a .wav file)",
          (long long)(at + k / n_channels + 1), rows[k]);
  return true;
}

static bool write_rows(SNDFILE *file, const char *path, Stream *s, int64_t n, bool is_limited, Error *e) {
  double *rows = memory_new(sizeof(double) * (size_t)s->n_channels * STREAM_BLOCK);
  if (!rows)
    return error_memory(e, "a block of rows", 8.0 * (double)s->n_channels * STREAM_BLOCK);
  bool ok = true;
  for (int64_t at = 0; at < n && ok; at += STREAM_BLOCK) {
    int64_t count = n - at < STREAM_BLOCK ? n - at : STREAM_BLOCK;
    if (stream_read_long(s, rows, count) < 0) {
      ok = false;
      if (e)
        *e = s->error;
    } else if (is_limited && !check_range(rows, count, at, s->n_channels, e))
      ok = false;
    else if (sf_writef_double(file, rows, count) != count)
      ok = error_set(e, "cannot write sound file '%s': %s", path, sf_strerror(file));
  }
  memory_free(rows);
  return ok;
}

bool file_save(const char *path, Stream *s, int64_t n, FileSamples samples, Error *e) {
  SF_INFO info = { .samplerate = (int)s->rate, .channels = (int)s->n_channels, .format = major_format(path) };
  if (!info.format)
    return error_set(e, "cannot write sound file '%s': the name must end in .wav, .aiff, .aif, .flac or .ogg", path);
  if (s->rate != rint(s->rate) || s->rate > 1e9)
    return error_set(e, "cannot write sound file '%s': files have whole rates, not %.17g Hz; resample the sound", path, s->rate);
  info.format |= sample_format(samples);
  if (!sf_format_check(&info))
    return error_set(e, "cannot write sound file '%s': this kind of file has no such samples, rate or number of channels", path);
  if (!stream_reset(s)) {
    if (e)
      *e = s->error;
    return false;
  }
  WholeFile w;
  if (!whole_file_begin(&w, "sound file ", path, e))
    return false;
  SNDFILE *file = sf_open_fd(fileno(w.file), SFM_WRITE, &info, SF_FALSE);
  bool is_limited = samples != FILE_FLOAT32 && samples != FILE_FLOAT64;
  if (file)
    sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
  bool ok = file ? write_rows(file, path, s, n, is_limited, e) : error_set(e, "cannot write sound file '%s': %s", path, sf_strerror(NULL));
  if (file && sf_close(file) != 0 && ok)
    ok = error_set(e, "cannot write sound file '%s': %s", path, strerror(errno ? errno : EIO));
  return whole_file_end(&w, ok, e);
}
