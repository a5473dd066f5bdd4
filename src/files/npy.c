#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array_block.h"
#include "base/array_shape.h"
#include "base/half.h"
#include "base/memory.h"
#include "base/whole_file.h"
#include "files/npy_inside.h"

static const bool is_big_machine = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

/* ---- the header: a dictionary in the words of Python ---- */

typedef struct {
  char kind;       /* of numpy: b i u f c */
  int size;        /* bytes of a number */
  bool is_swapped; /* in the other byte order */
  bool is_fortran; /* the first axis runs fastest */
  int n_axes;
  int64_t shape[ARRAY_MOST_AXES];
  bool has_type, has_order, has_shape;
} Header;

static const char *skip_blanks(const char *at) {
  while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
    at++;
  return at;
}

/* A word between quotes; NULL: there is none. */
static const char *take_word(const char *at, char *word, size_t size) {
  char quote = *at;
  size_t n = 0;
  if (quote != '\'' && quote != '"')
    return NULL;
  for (at++; *at != quote; at++) {
    if (*at == '\0' || n + 1 >= size)
      return NULL;
    word[n++] = *at;
  }
  word[n] = '\0';
  return at + 1;
}

static bool take_type(Header *h, const char *word, Bytes *b, Error *e) {
  char order = strchr("<>|=", word[0]) != NULL && word[0] != '\0' ? *word++ : '=', kind = *word;
  char *end = (char *)word; /* where its size ends; it has none yet */
  long size = kind != '\0' && isdigit((unsigned char)word[1]) ? strtol(word + 1, &end, 10) : 0;
  switch (kind) {
  case 'b':
  case 'i':
  case 'u':
  case 'f':
  case 'c': break;
  case 'S':
  case 'U':
  case 'a': return bytes_refuse(b->name, e, "it holds texts, not numbers");
  case 'O': return bytes_refuse(b->name, e, "it holds objects of Python, not numbers");
  case 'M':
  case 'm': return bytes_refuse(b->name, e, "it holds dates or times; save them as numbers");
  case 'V': return bytes_refuse(b->name, e, "it holds records, not numbers");
  default: return bytes_refuse(b->name, e, "its type of numbers, '%.20s', is not known", word);
  }
  bool is_known = *end == '\0' && (kind == 'b'   ? size == 1
                                   : kind == 'f' ? size == 2 || size == 4 || size == 8
                                   : kind == 'c' ? size == 8 || size == 16
                                                 : size == 1 || size == 2 || size == 4 || size == 8);
  if (!is_known)
    return bytes_refuse(b->name, e, "numbers of its type, '%.20s', are not read", word);
  h->kind = kind, h->size = (int)size, h->has_type = true;
  h->is_swapped = size > 1 && (order == '>' || order == '<') && (order == '>') != is_big_machine;
  return true;
}

static const char *take_shape(Header *h, const char *at) {
  if (*at++ != '(')
    return NULL;
  h->n_axes = 0;
  for (at = skip_blanks(at); *at != ')'; at = skip_blanks(at)) {
    char *end;
    if (!isdigit((unsigned char)*at))
      return NULL;
    errno = 0;
    long long n = strtoll(at, &end, 10);
    if (errno != 0)
      n = INT64_MAX;
    if (h->n_axes < ARRAY_MOST_AXES)
      h->shape[h->n_axes] = n;
    h->n_axes++;
    at = end + (*end == 'L'); /* of Python 2 */
    at = skip_blanks(at);
    if (*at == ',')
      at++;
    else if (*at != ')')
      return NULL;
  }
  h->has_shape = true;
  return at + 1;
}

static bool bad_header(Bytes *b, Error *e) { return bytes_refuse(b->name, e, "it is damaged: its header cannot be read"); }

static bool parse(Header *h, const char *at, Bytes *b, Error *e) {
  char key[32], word[64];
  at = skip_blanks(at);
  if (*at++ != '{')
    return bad_header(b, e);
  for (at = skip_blanks(at); *at != '}'; at = skip_blanks(at)) {
    at = take_word(at, key, sizeof key);
    if (at == NULL || *(at = skip_blanks(at)) != ':')
      return bad_header(b, e);
    at = skip_blanks(at + 1);
    if (strcmp(key, "descr") == 0) {
      if (*at == '[')
        return bytes_refuse(b->name, e, "it holds records, not numbers");
      at = take_word(at, word, sizeof word);
      if (at != NULL && !take_type(h, word, b, e))
        return false;
    } else if (strcmp(key, "fortran_order") == 0) {
      h->is_fortran = *at == 'T', h->has_order = true;
      at = strncmp(at, "True", 4) == 0 ? at + 4 : strncmp(at, "False", 5) == 0 ? at + 5 : NULL;
    } else
      at = strcmp(key, "shape") == 0 ? take_shape(h, at) : NULL;
    if (at == NULL)
      return bad_header(b, e);
    at = skip_blanks(at);
    if (*at == ',')
      at++;
  }
  if (!h->has_type || !h->has_order || !h->has_shape)
    return bad_header(b, e);
  if (h->n_axes > ARRAY_MOST_AXES)
    return bytes_refuse(b->name, e, "it has %d axes, and arrays have at most %d", h->n_axes, ARRAY_MOST_AXES);
  return true;
}

enum { LONGEST_HEADER = 1 << 20 };

static bool read_header(Bytes *b, Header *h, Error *e) {
  unsigned char head[12] = { 0 };
  if (b->n_left < 10)
    return bytes_refuse(b->name, e, b->n_left == 0 ? "it is empty" : "it is no .npy file");
  if (!b->read(b, head, 8) || memcmp(head, "\x93NUMPY", 6) != 0)
    return bytes_refuse(b->name, e, "it is no .npy file");
  if (head[6] < 1 || head[6] > 3)
    return bytes_refuse(b->name, e, "it is of version %d, and versions 1 to 3 are read", head[6]);
  int n_length = head[6] == 1 ? 2 : 4;
  if (!b->read(b, head + 8, n_length))
    return bytes_refuse(b->name, e, "it is truncated");
  int64_t length = head[8] | (int64_t)head[9] << 8 | (int64_t)head[10] << 16 | (int64_t)head[11] << 24;
  if (length > b->n_left)
    return bytes_refuse(b->name, e, "it is truncated");
  if (length > LONGEST_HEADER)
    return bad_header(b, e);
  char *text = memory_new((size_t)length + 1);
  if (text == NULL)
    return error_memory(e, b->name, (double)length);
  bool is_good = b->read(b, text, length) ? parse(h, text, b, e) : bytes_refuse(b->name, e, "it is truncated");
  memory_free(text);
  return is_good;
}

/* ---- numbers ---- */

static ArrayType type_of(const Header *h, bool is_float) {
  if (h->kind == 'c')
    return ARRAY_C128;
  if (is_float)
    return ARRAY_F64;
  switch (h->kind) {
  case 'b': return ARRAY_BOOL;
  case 'f': return h->size == 8 ? ARRAY_F64 : ARRAY_F32;
  case 'u': return h->size < 4 ? ARRAY_I32 : ARRAY_I64;
  default: return h->size < 8 ? ARRAY_I32 : ARRAY_I64;
  }
}

static double from_half(uint16_t bits) {
  const bool is_finite = (bits >> 10 & 31) < 31;
  return is_finite ? (double)half_number(bits) : (bits & 1023) != 0 ? NAN : bits >> 15 ? -INFINITY : INFINITY;
}

/* `n` numbers of the file, already in the machine's byte order, into an array of `type`. */
static void convert(const Header *h, const void *from, int64_t n, ArrayType type, void *to) {
#define EACH(SOURCE, TARGET, EXPRESSION)                                                                                                   \
  do {                                                                                                                                     \
    const SOURCE *x = from;                                                                                                                \
    TARGET *y = to;                                                                                                                        \
    for (int64_t k = 0; k < n; k++)                                                                                                        \
      y[k] = (TARGET)(EXPRESSION);                                                                                                         \
  } while (0)
#define TO_EACH(SOURCE, EXPRESSION)                                                                                                        \
  switch (type) {                                                                                                                          \
  case ARRAY_F64: EACH(SOURCE, double, EXPRESSION); break;                                                                                 \
  case ARRAY_F32: EACH(SOURCE, float, EXPRESSION); break;                                                                                  \
  case ARRAY_I64: EACH(SOURCE, int64_t, EXPRESSION); break;                                                                                \
  case ARRAY_I32: EACH(SOURCE, int32_t, EXPRESSION); break;                                                                                \
  case ARRAY_BOOL: EACH(SOURCE, uint8_t, EXPRESSION); break;                                                                               \
  case ARRAY_C128: break;                                                                                                                  \
  }
  switch (h->kind) {
  case 'b': TO_EACH(uint8_t, x[k] != 0) break;
  case 'f':
    if (h->size == 2 && type == ARRAY_F64)
      EACH(uint16_t, double, from_half(x[k]));
    else if (h->size == 2)
      EACH(uint16_t, float, from_half(x[k]));
    else if (h->size == 4 && type == ARRAY_F64)
      EACH(float, double, x[k]);
    else
      memcpy(to, from, (size_t)n * (size_t)h->size);
    break;
  case 'c': array_convert(ARRAY_F64, to, 1, ARRAY_F32, from, 1, 2 * n); break; /* of 8 bytes; those of 16 are read as they are */
  case 'u':
    switch (h->size) {
    case 1: TO_EACH(uint8_t, x[k]) break;
    case 2: TO_EACH(uint16_t, x[k]) break;
    case 4: TO_EACH(uint32_t, x[k]) break;
    default: TO_EACH(uint64_t, x[k]) break;
    }
    break;
  default:
    switch (h->size) {
    case 1: TO_EACH(int8_t, x[k]) break;
    case 2: TO_EACH(int16_t, x[k]) break;
    case 4: TO_EACH(int32_t, x[k]) break;
    default: TO_EACH(int64_t, x[k]) break;
    }
  }
#undef TO_EACH
#undef EACH
}

static void swap_bytes(char *bytes, int64_t n, int size) {
  for (int64_t k = 0; k < n; k++, bytes += size)
    for (int i = 0, j = size - 1; i < j; i++, j--) {
      char byte = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = byte;
    }
}

static void swap_numbers(const Header *h, char *bytes, int64_t n) {
  int n_parts = h->kind == 'c' ? 2 : 1;
  swap_bytes(bytes, n * n_parts, h->size / n_parts);
}

enum { BLOCK = 1 << 16 }; /* numbers at a time, where they are converted on the way */

static bool read_numbers(Bytes *b, const Header *h, Array *a, int64_t n, bool is_float, Error *e) {
  bool is_same = (int)array_type_size(a->type) == h->size && h->kind != 'b' && h->kind != 'u' && (h->kind != 'i' || !is_float);
  if (is_same) {
    if (!b->read(b, a->at, n * h->size))
      return bytes_refuse(b->name, e, "it is truncated");
    if (h->is_swapped)
      swap_numbers(h, a->at, n);
    return true;
  }
  char *block = memory_new((size_t)BLOCK * (size_t)h->size);
  if (block == NULL)
    return error_memory(e, b->name, (double)BLOCK * h->size);
  bool is_good = true;
  for (int64_t at = 0; at < n && is_good; at += BLOCK) {
    int64_t count = n - at < BLOCK ? n - at : BLOCK;
    is_good = b->read(b, block, count * h->size) || bytes_refuse(b->name, e, "it is truncated");
    if (is_good && h->is_swapped)
      swap_numbers(h, block, count);
    for (int64_t k = 0; k < count && is_good && h->kind == 'u' && h->size == 8 && !is_float; k++)
      if (((uint64_t *)(void *)block)[k] > INT64_MAX)
        is_good = bytes_refuse(b->name, e, "element %lld is %llu, which int64 cannot hold (type = \"float64\" reads it rounded)",
                               (long long)(at + k) + 1, (unsigned long long)((uint64_t *)(void *)block)[k]);
    if (is_good)
      convert(h, block, count, a->type, a->at + at * (int64_t)array_type_size(a->type));
  }
  memory_free(block);
  return is_good;
}

/* What lies there with its first axis fastest has its axes in the other order. */
static Array *turn(Array *a) {
  int order[ARRAY_MOST_AXES];
  for (int k = 0; k < a->n_axes; k++)
    order[k] = a->n_axes - 1 - k;
  Array *turned = array_transpose(a, order), *copy = turned != NULL ? array_duplicate(turned, a->type) : NULL;
  array_release(turned);
  array_release(a);
  return copy;
}

Array *npy_read_bytes(Bytes *b, bool is_float, Error *e) {
  Header h = { 0 };
  if (!read_header(b, &h, e))
    return NULL;
  double n = 1;
  bool is_none = false;
  for (int k = 0; k < h.n_axes; k++) {
    n *= (double)h.shape[k];
    is_none = is_none || h.shape[k] == 0;
  }
  if (!is_none && n * h.size > (double)b->n_left)
    return bytes_refuse(b->name, e, "it is truncated: %.0f bytes of numbers are promised, and %lld are there", n * h.size,
                        (long long)b->n_left),
           NULL;
  for (int k = 0; k < h.n_axes / 2 && h.is_fortran; k++) {
    int64_t length = h.shape[k];
    h.shape[k] = h.shape[h.n_axes - 1 - k];
    h.shape[h.n_axes - 1 - k] = length;
  }
  Array *a = array_new_shaped(type_of(&h, is_float), h.n_axes, h.shape);
  if (a == NULL)
    return error_memory(e, b->name, is_none ? 0 : n * (double)array_type_size(type_of(&h, is_float))), NULL;
  if (!read_numbers(b, &h, a, array_count(a), is_float, e)) {
    array_release(a);
    return NULL;
  }
  if (h.is_fortran && h.n_axes > 1 && (a = turn(a)) == NULL)
    error_memory(e, b->name, n * h.size);
  return a;
}

Array *npy_read(const char *path, bool is_float, Error *e) {
  int64_t size = 0;
  FILE *f = bytes_open(path, &size, e);
  if (f == NULL)
    return NULL;
  setvbuf(f, NULL, _IONBF, 0); /* large pieces, straight to where they belong */
  Bytes b = { path, size < 0 ? INT64_MAX : size, f, bytes_read_file };
  Array *a = npy_read_bytes(&b, is_float, e);
  fclose(f);
  return a;
}

/* ---- writing ---- */

enum { ALIGN = 64, DIGITS_TO_GROW = 21 }; /* as numpy does: data begin at such a place, and the first length may grow in place */

size_t npy_header(const Array *a, char header[NPY_MOST_HEADER]) {
  static const char *const names[] = {
    [ARRAY_F64] = "f8", [ARRAY_F32] = "f4", [ARRAY_I64] = "i8", [ARRAY_I32] = "i4", [ARRAY_BOOL] = "b1", [ARRAY_C128] = "c16"
  };
  char text[NPY_MOST_HEADER], first[32] = "";
  int n = sprintf(text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                  a->type == ARRAY_BOOL ? '|'
                  : is_big_machine      ? '>'
                                        : '<',
                  names[a->type]);
  for (int k = 0; k < a->n_axes; k++)
    n += sprintf(text + n, k > 0 ? ", %lld" : "%lld", (long long)a->shape[k]);
  n += sprintf(text + n, a->n_axes == 1 ? ",), }" : "), }");
  int n_first = a->n_axes > 0 ? sprintf(first, "%lld", (long long)a->shape[0]) : DIGITS_TO_GROW;
  n += sprintf(text + n, "%*s", DIGITS_TO_GROW - n_first, "");
  int n_all = 10 + n + 1, padding = ALIGN - n_all % ALIGN, n_header = n + padding + 1;
  memcpy(header, "\x93NUMPY\x01", 8);
  header[8] = (char)(n_header & 255), header[9] = (char)(n_header >> 8);
  memcpy(header + 10, text, (size_t)n);
  memset(header + 10 + n, ' ', (size_t)padding);
  header[10 + n + padding] = '\n';
  return (size_t)(n_all + padding);
}

bool npy_write(const char *path, const Array *a, Error *e) {
  char header[NPY_MOST_HEADER];
  size_t n = npy_header(a, header), n_bytes = (size_t)array_count(a) * array_type_size(a->type);
  WholeFile w;
  if (!whole_file_begin(&w, "", path, e))
    return false;
  errno = 0;
  bool is_good = fwrite(header, 1, n, w.file) == n;
  for (size_t at = 0, piece; at < n_bytes && is_good; at += piece) { /* the system is slow with a GB at once */
    piece = n_bytes - at < 1 << 20 ? n_bytes - at : 1 << 20;
    is_good = fwrite(a->at + at, 1, piece, w.file) == piece;
  }
  if (!is_good)
    error_set(e, "cannot write '%s': %s", path, strerror(errno));
  return whole_file_end(&w, is_good, e);
}
