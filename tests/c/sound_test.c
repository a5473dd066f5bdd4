/* Streams: the same bits however they are cut, reset and sought; filters and measures against plain formulas; memory that runs out. */
#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/memory.h"
#include "check.h"
#include "sound/compute.h"
#include "sound/filter.h"
#include "sound/fir.h"
#include "sound/gammatone.h"
#include "sound/generate.h"
#include "sound/measure.h"
#include "sound/resample.h"
#include "sound/shape.h"

enum { ROWS = 1700 }; /* more than three blocks */
static const double fs = 44100;

/* ---- one stream of every kind, by number ---- */

static bool double_it(void *context, double *block, int64_t n, int64_t n_channels, int64_t at, Error *e) {
  (void)context, (void)at, (void)e;
  for (int64_t k = 0; k < n * n_channels; k++)
    block[k] *= 2;
  return true;
}

/* Differs from block to block: what would show if blocks were cut anew. */
static bool add_block_number(void *context, double *block, int64_t n, int64_t n_channels, int64_t at, Error *e) {
  (void)context, (void)e;
  for (int64_t k = 0; k < n * n_channels; k++)
    block[k] += (double)at + (double)n * 1e-3;
  return true;
}

static Stream *tone(double frequency, int64_t n, Error *e) {
  Partial p = { frequency, 1, 0.3 };
  return generate_tones(&p, 1, fs, n, e);
}

/* `make(a, b)` over two sources that are let go; NULL when anything is. */
static Stream *over(Stream *a, Stream *b, Stream *(*make)(Stream *const *, int64_t, Error *), Error *e) {
  Stream *both[2] = { a, b }, *s = a && b ? make(both, 2, e) : NULL;
  stream_release(a), stream_release(b);
  return s;
}

static Stream *rows_stream(bool has_times, bool is_interpolated, double period, Error *e) {
  Array *rows = array_new(ARRAY_F64, 5, 3), *times = array_new(ARRAY_F64, 5, 0);
  Stream *s = NULL;
  for (int r = 0; rows && r < 5; r++)
    for (int c = 0; c < 3; c++)
      array_set(rows, 3 * r + c, r * r + 10 * c);
  for (int r = 0; times && r < 5; r++)
    array_set(times, r, 0.5 + r * r);
  RowTiming timing = { .rate = 333, .times = has_times ? times : NULL, .period = period, .is_interpolated = is_interpolated };
  if (rows && times)
    s = generate_rows(rows, &timing, fs, e);
  else
    error_memory(e, "arrays", 1);
  array_release(rows), array_release(times);
  return s;
}

static bool add_them(void *context, double *const *inputs, double *out, int64_t n, int64_t first, int64_t step, Error *e) {
  (void)context, (void)first, (void)step, (void)e;
  for (int64_t k = 0; k < n; k++)
    for (int c = 0; c < 2; c++)
      out[2 * k + c] = inputs[0][2 * k + c] + inputs[1][2 * k + c];
  return true;
}

static Stream *sum_of(Stream *const *sources, int64_t n, Error *e) {
  return compute_new(sources, n, 2, (ComputeFunction){ .width = 2, .every = 1, .apply = add_them }, e);
}

static Stream *held_sum_of(Stream *const *sources, int64_t n, Error *e) {
  return compute_new(sources, n, 2, (ComputeFunction){ .width = 2, .every = 5, .apply = add_them }, e);
}

static Stream *short_fir(Stream *source, Error *e) {
  static const double taps[6] = { 1, 0.5, -0.25, 0, 1, 2 };
  return fir_new(source, taps, 2, 3, e);
}

static Stream *long_fir(Stream *source, Error *e) {
  static double taps[2][300];
  for (int k = 0; k < 300; k++)
    taps[0][k] = 1.0 / (1 + k), taps[1][k] = k % 7 - 3;
  return fir_new(source, taps[0], 2, 300, e);
}

enum { N_KINDS = 27 };

static Stream *make_kind(int kind, Error *e) {
  static const double cf[11] = { 60, 100, 200, 400, 600, 900, 1500, 3000, 6000, 10000, 20000 }, gains[2] = { 0.5, -2 };
  static const int64_t channels[3] = { 1, 0, 1 };
  Section section[4] = { { 0.2, 0.1, 0.05, -0.9, 0.3 }, { 1, -1, 0, 0, 0 }, { 0.1, 0, 0, -0.5, 0 }, { 1, 0.3, 0.2, 0.1, 0.1 } };
  Stream *a = NULL, *s = NULL;
  if ((kind >= 5 && kind <= 20) || kind >= 25) {
    a = kind == 8 || kind == 9 || kind == 12 || kind == 20 ? generate_noise(7, 2, fs, 1200, e) : tone(440, 1200, e);
    if (!a)
      return NULL;
  }
  switch (kind) {
  case 0: return generate_constant(0.5, 2, fs, 800, e);
  case 1: return tone(440, 1500, e);
  case 2: return generate_noise(3, 2, fs, -1, e);
  case 3: return rows_stream(false, true, 0, e);
  case 4: return rows_stream(true, false, 20, e);
  case 5: s = shape_ramp(a, 300, 700, e); break;
  case 6: s = shape_gain(a, gains, 1, e); break;
  case 7: s = gammatone_new(a, cf, 11, &gammatone_shape, e); break;
  case 8: s = shape_gain(a, gains, 2, e); break;
  case 9: s = gammatone_new(a, cf, 2, &gammatone_shape, e); break;
  case 10: s = shape_cut(a, 600, 900, e); break;
  case 11: s = shape_cut(a, -650, 1300, e); break;
  case 12: s = shape_pick(a, channels, 3, e); break;
  case 13: s = shape_cut(a, 0, -1, e); break;
  case 14: s = shape_map(a, (ShapeFunction){ .apply = double_it }, e); break;
  case 15: s = shape_map(a, (ShapeFunction){ .apply = add_block_number, .wants_whole_blocks = true }, e); break;
  case 16: s = filter_new(a, section, 2, 2, e); break;
  case 17: s = resample_new(a, 48000, e); break;
  case 18: s = resample_new(a, 8000, e); break;
  case 19: s = resample_new(a, 44100 / 1.2345, e); break;
  case 20: s = shape_mono(a, e); break;
  case 21: return over(tone(300, 700, e), generate_noise(5, 2, fs, 1300, e), sum_of, e);
  case 22: return over(tone(300, 700, e), tone(900, 800, e), shape_sequence, e);
  case 23: return over(tone(300, 700, e), generate_noise(5, 2, fs, -1, e), shape_join, e);
  case 24: return over(tone(300, 700, e), generate_noise(5, 2, fs, 1300, e), held_sum_of, e);
  case 25: s = short_fir(a, e); break;
  case 26: s = long_fir(a, e); break;
  }
  stream_release(a);
  return s;
}

/* Read n rows in pieces of one size, or (0) of changing ones. */
static void read_pieces(Stream *s, double *out, int64_t n, int64_t piece) {
  for (int64_t at = 0, k = 1; at < n; k = k * 5 % 97) {
    int64_t count = piece ? piece : k * 7;
    if (at + count > n)
      count = n - at;
    CHECK(stream_read(s, out + at * s->n_channels, count) == count, "%s", s->error.text);
    at += count;
  }
}

static void test_pieces(void) {
  for (int kind = 0; kind < N_KINDS; kind++) {
    Error e;
    Stream *s = make_kind(kind, &e);
    CHECK(s != NULL, "kind %d: %s", kind, e.text);
    if (!s)
      continue;
    size_t bytes = sizeof(double) * ROWS * (size_t)s->n_channels;
    double *whole = malloc(bytes), *other = malloc(bytes);
    read_pieces(s, whole, ROWS, ROWS);
    CHECK(s->at == ROWS, "kind %d: at %lld", kind, (long long)s->at);
    double sum = 0;
    for (int64_t k = 0; k < ROWS * s->n_channels; k++)
      sum += fabs(whole[k]);
    CHECK(sum > 0 && isfinite(sum), "kind %d: nothing in it", kind);
    static const int64_t pieces[] = { 1, 3, 511, 512, 513, 0 };
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
      CHECK(stream_reset(s), "reset");
      read_pieces(s, other, ROWS, pieces[p]);
      CHECK(!memcmp(whole, other, bytes), "kind %d differs in pieces of %lld", kind, (long long)pieces[p]);
    }
    static const int64_t places[] = { 1, 513, 700, 1699, 40, 0 };
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
      int64_t at = places[p], n = ROWS - at < 30 ? ROWS - at : 30;
      CHECK(stream_seek(s, at) && s->at == at, "kind %d: seek", kind);
      read_pieces(s, other, n, n);
      CHECK(!memcmp(whole + at * s->n_channels, other, sizeof(double) * (size_t)(n * s->n_channels)),
            "kind %d differs after a seek to %lld", kind, (long long)at);
    }
    free(whole), free(other);
    stream_release(s);
  }
}

/* Every allocation of every constructor fails once: an error, no crash (and under the address sanitizer no double free). */
static void test_memory(void) {
  for (int kind = 0; kind < N_KINDS; kind++)
    for (long n = 1; n < 100; n++) {
      Error e = { { 0 } };
      memory_fail_after(n);
      Stream *s = make_kind(kind, &e);
      memory_fail_after(0);
      if (s) {
        stream_release(s);
        CHECK(n > 1, "kind %d allocates nothing", kind);
        break;
      }
      CHECK(e.text[0], "kind %d: no error for allocation %ld", kind, n);
    }
}

/* ---- gammatone ---- */

static void test_lanes(void) {
  double cf[13], *first = NULL;
  for (int c = 0; c < 13; c++)
    cf[c] = 80 + 300 * c;
  for (int lanes = 2; lanes <= 8; lanes *= 2) {
    Error e;
    gammatone_set_lanes(lanes);
    Stream *noise = generate_noise(1, 1, fs, -1, &e), *s = gammatone_new(noise, cf, 13, &gammatone_shape, &e);
    double *out = malloc(sizeof(double) * ROWS * 13);
    read_pieces(s, out, ROWS, ROWS);
    if (first)
      CHECK(!memcmp(first, out, sizeof(double) * ROWS * 13), "%d lanes (%d there) give other bits than 2", lanes, gammatone_lanes());
    if (first)
      free(out);
    else
      first = out;
    stream_release(s), stream_release(noise);
  }
  gammatone_set_lanes(0);
  free(first);
}

/* The four sections one after the other, as they are written down. */
static void test_sections(void) {
  Error e;
  double cf = 812.5, worst = 0, largest = 0, y[2000];
  GammatoneSections f = gammatone_sections(cf, fs, &gammatone_shape);
  Stream *noise = generate_noise(2, 1, fs, -1, &e), *s = gammatone_new(noise, &cf, 1, &gammatone_shape, &e);
  stream_read(s, y, 2000);
  stream_reset(noise);
  double x1[4] = { 0 }, y1[4] = { 0 }, y2[4] = { 0 };
  for (int k = 0; k < 2000; k++) {
    double x;
    stream_read(noise, &x, 1);
    for (int n = 0; n < 4; n++) {
      double scale = n == 0 ? f.gain : 1, out = (f.a0 * x + f.a1[n] * x1[n]) / scale - f.b1 * y1[n] - f.b2 * y2[n];
      x1[n] = x, y2[n] = y1[n], y1[n] = out;
      x = out;
    }
    worst = fmax(worst, fabs(x - y[k])), largest = fmax(largest, fabs(x));
  }
  CHECK(worst < 1e-11 * largest, "%g of %g", worst, largest);
  stream_release(s), stream_release(noise);
}

/* Response 1 at the centre frequency, 3 dB less within about half a bandwidth. */
static void test_response(void) {
  for (double cf = 100; cf < 15000; cf *= 2.3) {
    Error e;
    double at[2] = { cf, cf + 0.5 * 0.887 * (cf / 9.26449 + 24.7) }, wanted[2] = { 0, -3 }, tolerance[2] = { 0.01, 0.35 };
    for (int k = 0; k < 2; k++) {
      Stream *t = tone(at[k], 44100, &e), *s = gammatone_new(t, &cf, 1, &gammatone_shape, &e), *late = shape_cut(s, 20000, 24000, &e);
      Measure m;
      CHECK(measure_channels(late, 24000, &m, &e), "%s", e.text);
      double level = 20 * log10(m.rms * sqrt(2));
      CHECK(fabs(level - wanted[k]) < tolerance[k], "filter at %g Hz, tone at %g Hz: %g dB", cf, at[k], level);
      stream_release(t), stream_release(s), stream_release(late);
    }
  }
}

static void test_errors(void) {
  Error e;
  double high[2] = { 100, 22050 }, low = -5, none = NAN;
  Stream *stereo = generate_noise(1, 2, fs, 100, &e), *mono = tone(100, 100, &e), *other = generate_noise(1, 2, 8000, 100, &e);
  CHECK(!gammatone_new(stereo, high, 1, &gammatone_shape, &e), "width");
  CHECK_ERROR(e, "2 channels, and there are 1");
  CHECK(!gammatone_new(mono, high, 2, &gammatone_shape, &e), "half the rate");
  CHECK_ERROR(e, "frequency 2 is 22050 Hz");
  CHECK(!gammatone_new(mono, &low, 1, &gammatone_shape, &e) && !gammatone_new(mono, &none, 1, &gammatone_shape, &e), "low");
  CHECK_ERROR(e, "NaN");
  Section unstable = { 1, 0, 0, -2, 1 }, wild = { NAN, 0, 0, 0, 0 };
  CHECK(!filter_new(mono, &unstable, 1, 1, &e), "unstable");
  CHECK_ERROR(e, "unstable");
  CHECK(!filter_new(mono, &wild, 1, 1, &e), "not finite");
  CHECK_ERROR(e, "finite");
  CHECK(!shape_ramp(mono, 0, 101, &e), "ramp");
  CHECK_ERROR(e, "101 samples do not fit into a sound of 100");
  Stream *parts[3] = { mono, stereo, other };
  CHECK(!shape_sequence(parts, 2, &e), "widths");
  CHECK_ERROR(e, "part 2 has 2 channels, part 1 has 1");
  CHECK(!shape_join(parts, 3, &e), "rates");
  CHECK_ERROR(e, "part 3 has 8000 rows a second");
  stream_release(stereo), stream_release(mono), stream_release(other);
}

/* Long silence after a click: the states decay to zero, not into denormal numbers. */
static void test_decay(void) {
  Error e;
  double cf = 100, block[512];
  Stream *click = generate_constant(1, 1, fs, 1, &e), *s = gammatone_new(click, &cf, 1, &gammatone_shape, &e);
  stream_seek(s, 400000);
  stream_read(s, block, 512);
  for (int k = 0; k < 512; k++)
    CHECK(block[k] == 0, "%g after 9 s", block[k]);
  stream_release(s), stream_release(click);
}

/* A failing source: the reader's error is its error, and a reset makes both good again. */
static bool fail_at_1000(void *context, double *block, int64_t n, int64_t n_channels, int64_t at, Error *e) {
  (void)block, (void)n_channels;
  if (*(bool *)context && at + n > 1000)
    return error_set(e, "no more");
  return true;
}

static void test_failure(void) {
  Error e;
  bool fails = true;
  double cf = 500, rows[2000];
  Stream *t = tone(100, 5000, &e), *map = shape_map(t, (ShapeFunction){ .context = &fails, .apply = fail_at_1000 }, &e);
  Stream *s = gammatone_new(map, &cf, 1, &gammatone_shape, &e);
  CHECK(stream_read(s, rows, 512) == 512 && stream_read(s, rows, 1000) == -1 && stream_read(s, rows, 1) == -1, "must fail");
  CHECK_ERROR(s->error, "no more");
  fails = false;
  CHECK(stream_reset(s) && stream_read(s, rows, 2000) == 2000, "good again");
  stream_release(s), stream_release(map), stream_release(t);
}

/* ---- measures and other filters ---- */

static void test_measures(void) {
  Error e;
  Measure m[2];
  double half[2] = { 1e-3, 3 };
  Stream *noise = generate_noise(9, 2, fs, -1, &e), *flat = generate_constant(1000, 2, fs, -1, &e),
         *scaled = shape_gain(noise, half, 2, &e);
  Stream *s = over(scaled, flat, sum_of, &e);
  double sum[2] = { 0 }, squares[2] = { 0 }, peak[2] = { 0 }, row[2];
  for (int pass = 0; pass < 2; pass++) {
    stream_reset(s);
    for (int k = 0; k < 20000; k++) {
      stream_read(s, row, 1);
      for (int c = 0; c < 2; c++) {
        if (pass == 0)
          sum[c] += row[c], peak[c] = fmax(peak[c], fabs(row[c]));
        else
          squares[c] += (row[c] - sum[c] / 20000) * (row[c] - sum[c] / 20000);
      }
    }
  }
  CHECK(measure_channels(s, 20000, m, &e), "%s", e.text);
  for (int c = 0; c < 2; c++) {
    CHECK(fabs(m[c].mean - sum[c] / 20000) < 1e-9, "mean %g", m[c].mean);
    CHECK(fabs(m[c].rms / sqrt(squares[c] / 20000) - 1) < 1e-9, "rms %g", m[c].rms);
    CHECK(m[c].peak == peak[c], "peak %g", m[c].peak);
    CHECK(fabs(m[c].rms / half[c] - 1) < 0.02, "noise has rms %g", m[c].rms / half[c]);
  }
  stream_release(noise), stream_release(s);
}

/* |H|^2 of sections at f */
static double gain_of(const Section *s, int n, double f) {
  double g = 1;
  for (int k = 0; k < n; k++) {
    double w = 2 * M_PI * f / fs, c1 = cos(w), s1 = sin(w), c2 = cos(2 * w), s2 = sin(2 * w);
    double nr = s[k].b0 + s[k].b1 * c1 + s[k].b2 * c2, ni = s[k].b1 * s1 + s[k].b2 * s2;
    double dr = 1 + s[k].a1 * c1 + s[k].a2 * c2, di = s[k].a1 * s1 + s[k].a2 * s2;
    g *= (nr * nr + ni * ni) / (dr * dr + di * di);
  }
  return g;
}

static void test_pink(void) {
  Section s[FILTER_PINK_SECTIONS];
  int64_t settle;
  int n = filter_pink(s, fs, &settle);
  double middle = 10 * log10(gain_of(s, n, 600) * 600), worst = 0;
  for (double f = 20; f < 0.48 * fs; f *= 1.02)
    worst = fmax(worst, fabs(10 * log10(gain_of(s, n, f) * f) - middle));
  CHECK(worst < 0.25, "%g dB from 1/f", worst);
}

static double rms_of(Stream *s, int64_t first, int64_t n) {
  Error e;
  Measure m = { 0 };
  Stream *part = shape_cut(s, first, n, &e);
  CHECK(part && measure_channels(part, n, &m, &e), "%s", e.text);
  stream_release(part);
  return m.rms;
}

static void test_resample(void) {
  static const struct {
    double from, to;
  } rates[] = { { 44100, 48000 }, { 48000, 44100 }, { 44100, 16000 }, { 8000, 44100 }, { 44100, 31234.5 }, { 96000, 44100 } };
  for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
    Error e;
    double lower = fmin(rates[k].from, rates[k].to) / 2, worst = 0, rows[3000];
    Partial pass = { 0.9 * lower, 1, 0.7 }, stop = { lower * 1.02, 1, 0 };
    Stream *a = generate_tones(&pass, 1, rates[k].from, 20000, &e), *s = resample_new(a, rates[k].to, &e);
    CHECK(s->n_samples == (int64_t)rint(20000 * rates[k].to / rates[k].from), "length %lld", (long long)s->n_samples);
    CHECK(stream_seek(s, 1000) && stream_read(s, rows, 2000) == 2000, "%s", s->error.text);
    for (int r = 0; r < 2000; r++)
      worst = fmax(worst, fabs(rows[r] - sin(0.7 + 2 * M_PI * pass.frequency * (r + 1000) / rates[k].to)));
    CHECK(worst < 1e-4, "%g -> %g: a tone below the limit is off by %g", rates[k].from, rates[k].to, worst);
    stream_release(s), stream_release(a);
    if (rates[k].to < rates[k].from) {
      a = generate_tones(&stop, 1, rates[k].from, 20000, &e), s = resample_new(a, rates[k].to, &e);
      CHECK(rms_of(s, 1000, 2000) < 1.1e-5, "%g -> %g: a tone above the limit comes through with %g", rates[k].from, rates[k].to,
            rms_of(s, 1000, 2000));
      stream_release(s), stream_release(a);
    }
    a = generate_constant(3, 1, rates[k].from, 20000, &e), s = resample_new(a, rates[k].to, &e);
    stream_seek(s, 2000);
    stream_read(s, rows, 100);
    for (int r = 0; r < 100; r++)
      CHECK(fabs(rows[r] - 3) < 1e-13, "a constant became %.17g", rows[r]);
    stream_release(s), stream_release(a);
  }
}

static void test_rows(void) {
  Error e;
  double out[3];
  Stream *s = rows_stream(true, true, 0, &e); /* rows at 0.5, 1.5, 4.5, 9.5, 16.5 ms: 0, 1, 4, 9, 16 */
  static const double times[] = { 0, 0.5, 1, 3, 16.5, 100 }, wanted[] = { 0, 0, 0.5, 2.5, 16, 16 };
  for (int k = 0; k < 6; k++) {
    stream_release(s);
    s = rows_stream(true, true, 0, &e);
    int64_t at = llrint(times[k] * fs / 1000);
    stream_seek(s, at);
    stream_read(s, out, 1);
    CHECK(fabs(out[0] - wanted[k]) < 0.02, "at %g ms: %g, wanted %g", times[k], out[0], wanted[k]);
  }
  stream_release(s);
  Array *rows = array_new(ARRAY_F64, 10, 0);
  for (int r = 0; r < 10; r++)
    array_set(rows, r, r);
  s = generate_rows(rows, &(RowTiming){ .rate = 1000 / 0.3 }, 10000, &e); /* rows of 0.3 ms on a clock of 0.1 ms: three ticks each */
  for (int k = 0; k < 40; k++) {
    stream_read(s, out, 1);
    CHECK(out[0] == (k / 3 < 9 ? k / 3 : 9), "tick %d: row %g", k, out[0]);
  }
  stream_release(s);
  s = generate_rows(rows, &(RowTiming){ .rate = 1000, .period = 12 }, 10000, &e);
  for (int k = 0; k < 300; k++) {
    stream_read(s, out, 1);
    CHECK(out[0] == (k / 10 % 12 < 9 ? k / 10 % 12 : 9), "tick %d of a periodic array: row %g", k, out[0]);
  }
  stream_release(s);
  CHECK(!generate_rows(rows, &(RowTiming){ .rate = 1000, .period = 9 }, 10000, &e), "period");
  CHECK_ERROR(e, "period of 9 ms ends before the last row");
  array_release(rows);
}

int main(void) {
  test_pieces();
  test_memory();
  test_lanes();
  test_sections();
  test_response();
  test_errors();
  test_decay();
  test_failure();
  test_measures();
  test_pink();
  test_resample();
  test_rows();
  return check_done();
}
