/* Files: PNG by libpng, with text; SVG and PDF by cairo, with their own metadata. */
#define _GNU_SOURCE
#include <cairo-pdf.h>
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/whole_file.h"
#include "canvas/canvas.h"
#include "canvas/inside.h"

/* ---- the date ---- */

/* SOURCE_DATE_EPOCH (reproducible-builds.org), else now. */
static time_t date_now(void) {
  const char *given = getenv("SOURCE_DATE_EPOCH");
  char *end;
  if (given && *given) {
    errno = 0;
    long long seconds = strtoll(given, &end, 10);
    if (errno == 0 && *end == '\0' && seconds >= 0)
      return (time_t)seconds;
  }
  return time(NULL);
}

/* The form of RFC 1123 that the PNG specification asks for, whatever the locale. */
static void date_text(time_t when, char out[40]) {
  static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
  static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  struct tm d;
  gmtime_r(&when, &d);
  snprintf(out, 40, "%s, %02d %s %d %02d:%02d:%02d GMT", days[d.tm_wday], d.tm_mday, months[d.tm_mon], d.tm_year + 1900, d.tm_hour,
           d.tm_min, d.tm_sec);
}

/* ---- PNG ---- */

typedef struct {
  FILE *file;
  Error *e;
  jmp_buf back;
} PngSink;

static void png_failed(png_structp png, png_const_charp message) {
  PngSink *sink = png_get_error_ptr(png);
  error_set(sink->e, "PNG: %s", message);
  longjmp(sink->back, 1);
}

static void png_warned(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void png_out(png_structp png, png_bytep data, png_size_t length) {
  PngSink *sink = png_get_io_ptr(png);
  if (fwrite(data, 1, length, sink->file) != length)
    png_error(png, strerror(errno));
}

static void png_flushed(png_structp png) { (void)png; }

static bool is_ascii(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text >= 128)
      return false;
  return true;
}

/* tEXt is Latin-1, so what is not ASCII goes into an iTXt chunk. */
static void png_notes(png_structp png, png_infop info, const CanvasNote *notes, size_t n, png_text *texts) {
  for (size_t k = 0; k < n; k++) {
    bool plain = is_ascii(notes[k].value);
    memset(&texts[k], 0, sizeof texts[k]);
    texts[k].compression = plain ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
    texts[k].key = (char *)(uintptr_t)notes[k].key; /* libpng does not write to them */
    texts[k].text = (char *)(uintptr_t)notes[k].value;
    texts[k].text_length = plain ? strlen(notes[k].value) : 0;
    texts[k].itxt_length = plain ? 0 : strlen(notes[k].value);
  }
  if (n > 0)
    png_set_text(png, info, texts, (int)n);
}

/* One row as bytes: RGB, or RGBA with the colours no longer premultiplied. */
static void png_row(const uint32_t *from, int width, bool has_alpha, png_bytep to) {
  for (int x = 0; x < width; x++) {
    uint32_t p = from[x], alpha = p >> 24;
    for (int k = 0; k < 3; k++) {
      uint32_t channel = p >> (16 - 8 * k) & 255;
      *to++ = (png_byte)(alpha == 255 || alpha == 0 ? channel : (channel * 255 + alpha / 2) / alpha);
    }
    if (has_alpha)
      *to++ = (png_byte)alpha;
  }
}

static bool uses_alpha(const uint32_t *pixels, int width, int height, int stride) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      if (pixels[(ptrdiff_t)y * stride + x] >> 24 != 255)
        return true;
  return false;
}

/* The part between libpng's creation and destruction; may be left by longjmp, and so owns nothing. */
static void png_write_all(png_structp png, png_infop info, Canvas *c, png_bytep line, png_text *texts, const CanvasNote *notes, size_t n) {
  int width, height, stride;
  const uint32_t *pixels = canvas_pixels(c, &width, &height, &stride);
  bool has_alpha = uses_alpha(pixels, width, height, stride);
  png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, has_alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_uint_32 per_metre = (png_uint_32)lround(c->dpi / 0.0254);
  png_set_pHYs(png, info, per_metre, per_metre, PNG_RESOLUTION_METER);
  png_notes(png, info, notes, n, texts);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE); /* line art packs best unfiltered */
  png_set_compression_level(png, 6);
  png_write_info(png, info);
  for (int y = 0; y < height; y++) {
    png_row(pixels + (ptrdiff_t)y * stride, width, has_alpha, line);
    png_write_row(png, line);
  }
  png_write_end(png, info);
}

bool canvas_write_png(Canvas *c, void *file, const CanvasNote *notes, size_t n_notes, Error *e) {
  PngSink sink = { .file = file, .e = e };
  png_bytep line = memory_new(4 * (size_t)cairo_image_surface_get_width(c->surface));
  png_text *texts = memory_new((n_notes + 1) * sizeof *texts);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, png_failed, png_warned);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  bool ready = line && texts && info;
  volatile bool ok = false;
  if (!ready) {
    error_set(e, "out of memory: writing a PNG");
  } else if (setjmp(sink.back) == 0) {
    png_set_write_fn(png, &sink, png_out, png_flushed);
    png_write_all(png, info, c, line, texts, notes, n_notes);
    ok = true;
  }
  if (png)
    png_destroy_write_struct(&png, &info);
  memory_free(line);
  memory_free(texts);
  return ok;
}

/* ---- SVG and PDF ---- */

static const char *find_note(const CanvasNote *notes, size_t n, const char *key) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(notes[k].key, key) == 0)
      return notes[k].value;
  return NULL;
}

/* The notes that have no field of their own in a PDF, as "key = value; key = value". Owned by the caller; NULL: no memory. */
static char *join_notes(const CanvasNote *notes, size_t n) {
  size_t room = 1;
  for (size_t k = 0; k < n; k++)
    room += strlen(notes[k].key) + strlen(notes[k].value) + 5;
  char *text = memory_new(room), *at = text;
  for (size_t k = 0; k < n && text; k++)
    at += sprintf(at, "%s%s = %s", k ? "; " : "", notes[k].key, notes[k].value);
  return text;
}

static bool pdf_metadata(Canvas *c, const CanvasNote *notes, size_t n, time_t date) {
  char when[40];
  struct tm d;
  gmtime_r(&date, &d);
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &d);
  const char *title = find_note(notes, n, "Title"), *software = find_note(notes, n, "Software");
  char *all = join_notes(notes, n);
  if (!all)
    return false;
  if (title)
    cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_TITLE, title);
  if (software)
    cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_CREATOR, software);
  cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_SUBJECT, all);
  cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_CREATE_DATE, when);
  memory_free(all);
  return true;
}

static bool write_xml(FILE *f, const char *text) {
  for (; *text; text++) {
    const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : NULL;
    bool is_control = (unsigned char)*text < 32 && *text != '\n' && *text != '\t'; /* not allowed in XML at all */
    if (is_control ? fputc(' ', f) == EOF : entity ? fputs(entity, f) == EOF : fputc(*text, f) == EOF)
      return false;
  }
  return true;
}

/* Cairo writes SVG without title and description: they go behind the opening tag. */
static bool write_svg(const CanvasBytes *b, FILE *f, const CanvasNote *notes, size_t n) {
  size_t head = 0;
  while (head + 5 < b->n && memcmp(b->bytes + head, "<svg ", 5) != 0)
    head++;
  while (head < b->n && b->bytes[head] != '>')
    head++;
  if (head < b->n)
    head++;
  const char *title = find_note(notes, n, "Title");
  bool ok = fwrite(b->bytes, 1, head, f) == head;
  if (title)
    ok = ok && fputs("\n<title>", f) != EOF && write_xml(f, title) && fputs("</title>", f) != EOF;
  ok = ok && fputs("\n<desc>", f) != EOF;
  for (size_t k = 0; k < n && ok; k++)
    ok = (k == 0 || fputs("\n", f) != EOF) && write_xml(f, notes[k].key) && fputs(" = ", f) != EOF && write_xml(f, notes[k].value);
  return ok && fputs("</desc>", f) != EOF && fwrite(b->bytes + head, 1, b->n - head, f) == b->n - head;
}

/* ---- the file ---- */

static bool write_file(Canvas *c, FILE *f, const CanvasNote *notes, size_t n, Error *e) {
  if (c->format == CANVAS_PNG)
    return canvas_write_png(c, f, notes, n, e);
  const CanvasBytes *b = &c->bytes;
  bool ok = c->format == CANVAS_SVG ? write_svg(b, f, notes, n) : fwrite(b->bytes, 1, b->n, f) == b->n;
  return ok || error_set(e, "%s", strerror(errno));
}

/* Make all bytes of an SVG or PDF. */
static bool finish(Canvas *c, const CanvasNote *notes, size_t n, time_t date, Error *e) {
  const char *fault = canvas_fault(c);
  if (fault)
    return error_set(e, "the drawing failed: %s", fault);
  if (c->format == CANVAS_PNG)
    return true;
  if (c->format == CANVAS_PDF && !pdf_metadata(c, notes, n, date))
    return error_set(e, "out of memory: PDF metadata");
  cairo_show_page(c->cr);
  cairo_surface_finish(c->surface);
  cairo_status_t status = cairo_surface_status(c->surface);
  c->is_finished = true;
  return status == CAIRO_STATUS_SUCCESS || error_set(e, "the drawing failed: %s", cairo_status_to_string(status));
}

static bool save_all(Canvas *c, const char *path, const CanvasNote *notes, size_t n, Error *e) {
  WholeFile w;
  Error why = { "" };
  if (!whole_file_begin(&w, "", path, e))
    return false;
  bool is_good = write_file(c, w.file, notes, n, &why) || error_set(e, "cannot write '%s': %.400s", path, why.text);
  return whole_file_end(&w, is_good, e);
}

/* The notes and the date. NULL: no memory; the caller frees them. */
static CanvasNote *with_date(const CanvasNote *notes, size_t n, time_t date, char when[40]) {
  CanvasNote *all = memory_new((n + 1) * sizeof *all);
  if (all == NULL)
    return NULL;
  date_text(date, when);
  for (size_t k = 0; k < n; k++)
    all[k] = notes[k];
  all[n] = (CanvasNote){ "Creation Time", when };
  return all;
}

bool canvas_save(Canvas *c, const char *path, const CanvasNote *notes, size_t n_notes, Error *e) {
  char when[40];
  time_t date = date_now();
  CanvasNote *all = with_date(notes, n_notes, date, when);
  if (!all)
    return error_memory(e, "notes", (double)(n_notes * sizeof *all));
  bool is_good = finish(c, all, n_notes + 1, date, e) && save_all(c, path, all, n_notes + 1, e);
  memory_free(all);
  return is_good;
}

const char *canvas_encode(Canvas *c, size_t *n, Error *e) {
  free(c->encoded);
  c->encoded = NULL;
  FILE *f = open_memstream(&c->encoded, n);
  if (!f)
    return error_set(e, "out of memory: a picture"), NULL;
  bool is_good = finish(c, NULL, 0, date_now(), e) && write_file(c, f, NULL, 0, e);
  if (fclose(f) != 0 && is_good)
    is_good = error_set(e, "out of memory: a picture");
  return is_good ? c->encoded : NULL;
}
