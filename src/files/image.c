#include "files/image.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "base/memory.h"
#include "base/whole_file.h"
#include "files/bytes.h"

/* What the library hands back: it jumps out of the middle when something is wrong. */
typedef struct {
  jmp_buf back;
  const char *why; /* of ours */
} Trouble;

static void on_error(png_structp png, const char *message) {
  Trouble *t = png_get_error_ptr(png);
  if (t->why == NULL)
    t->why = strstr(message, "Read Error") != NULL ? "it is truncated"
             : strstr(message, "CRC") != NULL      ? "it is damaged: a checksum does not agree"
                                                   : "it is damaged";
  longjmp(t->back, 1);
}

static void on_warning(png_structp png, const char *message) { (void)png, (void)message; }

/* ---- reading ---- */

typedef struct {
  Trouble trouble;
  FILE *file;
  int64_t size;
  png_structp png;
  png_infop info;
  Array *array;
  int bits;
  png_bytep rows;
  png_bytep *pointers;
} Reading;

static void read_bytes(png_structp png, png_bytep to, size_t n) {
  if (fread(to, 1, n, png_get_io_ptr(png)) != n)
    png_error(png, "Read Error");
}

/* A row of zeros takes a thousandth of its bytes; what promises more is damaged, and nobody should make room for it. */
enum { MOST_OF_A_BYTE = 1100 };

static bool fits(Reading *r, double bytes) {
  if (bytes <= (double)r->size * MOST_OF_A_BYTE)
    return true;
  r->trouble.why = "it is damaged: it promises more than it can hold";
  return false;
}

/* Kept apart from what jumps: nothing in here is changed behind setjmp. */
static bool read_picture(Reading *r) {
  if (setjmp(r->trouble.back) != 0)
    return false;
  png_set_read_fn(r->png, r->file, read_bytes);
  png_set_crc_action(r->png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
  png_read_info(r->png, r->info);
  png_set_expand(r->png); /* palettes, fewer bits, and transparency by colour */
  png_set_interlace_handling(r->png);
  bool has_alpha = (png_get_color_type(r->png, r->info) & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(r->png, r->info, PNG_INFO_tRNS) != 0;
  if (has_alpha)
    png_set_gray_to_rgb(r->png);
  png_read_update_info(r->png, r->info);
  int64_t width = png_get_image_width(r->png, r->info), height = png_get_image_height(r->png, r->info),
          n_row = (int64_t)png_get_rowbytes(r->png, r->info);
  int channels = png_get_channels(r->png, r->info);
  r->bits = png_get_bit_depth(r->png, r->info);
  if (!fits(r, (double)n_row * (double)height))
    return false;
  int64_t shape[] = { height, width, channels };
  r->array = array_new_shaped(ARRAY_I32, channels == 1 ? 2 : 3, shape);
  r->rows = memory_new((size_t)n_row * (size_t)height);
  r->pointers = memory_new(sizeof *r->pointers * (size_t)height);
  if (r->array == NULL || r->rows == NULL || r->pointers == NULL) {
    r->trouble.why = "no memory for it";
    return false;
  }
  for (int64_t k = 0; k < height; k++)
    r->pointers[k] = r->rows + k * n_row;
  png_read_image(r->png, r->pointers);
  png_read_end(r->png, NULL);
  int32_t *to = (int32_t *)(void *)r->array->at;
  int64_t n = width * height * channels;
  for (int64_t k = 0; k < n; k++)
    to[k] = r->bits == 16 ? r->rows[2 * k] << 8 | r->rows[2 * k + 1] : r->rows[k];
  return true;
}

Array *image_read(const char *path, int *bits, Error *e) {
  Reading r = { 0 };
  unsigned char head[8];
  r.file = bytes_open(path, &r.size, e);
  if (r.file == NULL)
    return NULL;
  bool is_good = false;
  if (r.size < 0)
    r.size = INT32_MAX;
  if (r.size == 0)
    bytes_refuse(path, e, "it is empty");
  else if (fread(head, 1, 8, r.file) != 8 || png_sig_cmp(head, 0, 8) != 0)
    bytes_refuse(path, e, "it is no PNG file");
  else {
    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r.trouble, on_error, on_warning);
    r.info = r.png != NULL ? png_create_info_struct(r.png) : NULL;
    if (r.info != NULL)
      png_set_sig_bytes(r.png, 8);
    is_good = r.info != NULL && read_picture(&r);
    if (!is_good)
      bytes_refuse(path, e, "%s", r.trouble.why != NULL ? r.trouble.why : "no memory for it");
    png_destroy_read_struct(&r.png, &r.info, NULL);
  }
  fclose(r.file);
  memory_free(r.rows);
  memory_free(r.pointers);
  if (!is_good) {
    array_release(r.array);
    return NULL;
  }
  *bits = r.bits;
  return r.array;
}

/* ---- writing ---- */

typedef struct {
  Trouble trouble;
  FILE *file;
  png_structp png;
  png_infop info;
  png_bytep row;
} Writing;

static void write_bytes(png_structp png, png_bytep from, size_t n) {
  errno = 0;
  if (fwrite(from, 1, n, png_get_io_ptr(png)) != n) {
    ((Trouble *)png_get_error_ptr(png))->why = strerror(errno);
    png_error(png, "Write Error");
  }
}

static void flush_bytes(png_structp png) { (void)png; }

static bool write_picture(Writing *w, const Array *a, int bits) {
  static const int kinds[] = { [1] = PNG_COLOR_TYPE_GRAY, [3] = PNG_COLOR_TYPE_RGB, [4] = PNG_COLOR_TYPE_RGBA };
  int64_t channels = a->n_axes == 3 ? a->shape[2] : 1, n = a->shape[1] * channels;
  if (setjmp(w->trouble.back) != 0)
    return false;
  png_set_write_fn(w->png, w->file, write_bytes, flush_bytes);
  png_set_IHDR(w->png, w->info, (png_uint_32)a->shape[1], (png_uint_32)a->shape[0], bits, kinds[channels], PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(w->png, w->info);
  const int32_t *from = (const int32_t *)(const void *)a->at;
  for (int64_t k = 0; k < a->shape[0]; k++, from += n) {
    for (int64_t i = 0; i < n; i++)
      if (bits == 16)
        w->row[2 * i] = (png_byte)(from[i] >> 8), w->row[2 * i + 1] = (png_byte)from[i];
      else
        w->row[i] = (png_byte)from[i];
    png_write_row(w->png, w->row);
  }
  png_write_end(w->png, NULL);
  return true;
}

bool image_write(const char *path, const Array *a, int bits, Error *e) {
  WholeFile whole;
  Writing w = { 0 };
  int64_t n = a->shape[1] * (a->n_axes == 3 ? a->shape[2] : 1);
  w.row = memory_new((size_t)n * (size_t)bits / 8);
  if (w.row == NULL)
    return error_memory(e, path, (double)n);
  if (!whole_file_begin(&whole, "", path, e)) {
    memory_free(w.row);
    return false;
  }
  w.file = whole.file;
  w.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &w.trouble, on_error, on_warning);
  w.info = w.png != NULL ? png_create_info_struct(w.png) : NULL;
  bool is_good = w.info != NULL && write_picture(&w, a, bits);
  if (!is_good)
    error_set(e, "cannot write '%s': %s", path, w.trouble.why != NULL ? w.trouble.why : "no memory for it");
  png_destroy_write_struct(&w.png, &w.info);
  memory_free(w.row);
  return whole_file_end(&whole, is_good, e);
}
