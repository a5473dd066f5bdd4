/* Reading goes through the file once and finds what each column is on the way: numbers go to growing arrays, and a column in which something else turns up is gathered
** as texts by a second pass. */
#define _GNU_SOURCE
#include "files/csv.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/whole_file.h"
#include "files/bytes.h"

/* ---- numbers ---- */

static locale_t plain_locale; /* where a decimal point is a point */
static pthread_once_t is_made = PTHREAD_ONCE_INIT;

static void make_locale(void) { plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

/* What the fast way cannot do exactly. */
static double slow_number(const char *at, int64_t n, char decimal) {
  char small[64], *text = n < (int64_t)sizeof small ? small : memory_new((size_t)n + 1);
  if (text == NULL)
    return NAN;
  memcpy(text, at, (size_t)n);
  text[n] = '\0';
  char *point = decimal != '.' ? memchr(text, decimal, (size_t)n) : NULL;
  if (point != NULL)
    *point = '.';
  pthread_once(&is_made, make_locale);
  double x = strtod_l(text, NULL, plain_locale);
  if (text != small)
    memory_free(text);
  return x;
}

static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static inline bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

/* Is it this word? `word` is in small letters. */
static bool is_word(const char *at, int64_t n, const char *word) {
  int64_t k = 0;
  for (; k < n && word[k] != '\0'; k++)
    if ((at[k] | 32) != word[k])
      return false;
  return k == n && word[k] == '\0';
}

/* inf, infinity, nan with a sign or without. */
static bool take_word(const char *at, int64_t n, double *x) {
  bool is_negative = n > 0 && at[0] == '-';
  if (n > 0 && (at[0] == '-' || at[0] == '+'))
    at++, n--;
  if (is_word(at, n, "inf") || is_word(at, n, "infinity"))
    *x = is_negative ? -INFINITY : INFINITY;
  else if (is_word(at, n, "nan"))
    *x = NAN;
  else
    return false;
  return true;
}

/* CSV_WHOLE, CSV_NUMBER, or CSV_TEXT when it is none. A number of at most 19 digits and a power of ten up to 22 is made of two exact doubles by one operation, so it
** is rounded right; nearly all are such. */
static CsvKind take_number(const char *from, int64_t n, char decimal, int64_t *whole, double *x) {
  const char *at = from, *end = from + n;
  bool is_negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+'))
    at++;
  uint64_t digits = 0;
  int n_digits = 0, n_taken = 0, exponent = 0;
  for (; at < end && is_digit(*at); at++, n_digits++)
    if (n_taken < 19)
      digits = 10 * digits + (uint64_t)(*at - '0'), n_taken += digits > 0;
    else
      n_taken++, exponent++;
  bool is_whole = n_digits > 0;
  if (at < end && *at == decimal) {
    is_whole = false;
    for (at++; at < end && is_digit(*at); at++, n_digits++)
      if (n_taken < 19)
        digits = 10 * digits + (uint64_t)(*at - '0'), n_taken += digits > 0, exponent--;
      else
        n_taken++;
  }
  if (n_digits == 0)
    return take_word(from, n, x) ? CSV_NUMBER : CSV_TEXT;
  if (at < end && (*at == 'e' || *at == 'E')) {
    is_whole = false;
    at++;
    bool is_small = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
      at++;
    if (at == end || !is_digit(*at))
      return CSV_TEXT;
    int power = 0;
    for (; at < end && is_digit(*at); at++)
      power = power < 100000 ? 10 * power + (*at - '0') : power;
    exponent += is_small ? -power : power;
  }
  if (at != end)
    return CSV_TEXT;
  if (is_whole && n_taken <= 19 && digits <= (uint64_t)INT64_MAX) {
    *whole = is_negative ? -(int64_t)digits : (int64_t)digits;
    if (digits == 0 && is_negative) { /* an integer has no negative zero */
      *x = -0.0;
      return CSV_NUMBER;
    }
    return CSV_WHOLE;
  }
  if (n_taken <= 19 && digits <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22) {
    double value = exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
    *x = is_negative ? -value : value;
  } else
    *x = slow_number(from, n, decimal);
  return CSV_NUMBER;
}

static bool is_missing(const CsvForm *form, const char *at, int64_t n) {
  if (n == 0 || (n == 2 && memcmp(at, "NA", 2) == 0) || (n == 3 && memcmp(at, "N/A", 3) == 0) || (n == 4 && is_word(at, n, "null")))
    return true;
  for (int64_t k = 0; k < form->n_missing; k++)
    if ((int64_t)strlen(form->missing[k]) == n && memcmp(form->missing[k], at, (size_t)n) == 0)
      return true;
  return false;
}

/* ---- fields ---- */

typedef struct {
  const CsvForm *form;
  const char *path;
  char *at, *end;          /* where reading is; a zero byte stands at the end */
  char *line;              /* begin of this line */
  int64_t n_lines;         /* number of it, from 1 */
  bool ends_line, is_last; /* the field that was read is the last one of its row, of the file */
} Reader;

typedef struct {
  char *at;
  int64_t n;
  bool is_quoted, has_quotes; /* doubled ones, which are to be halved */
  int64_t line, column;       /* of its first byte, from 1 */
} Field;

static bool refuse(const Reader *r, int64_t line, int64_t column, Error *e, const char *why) {
  return bytes_refuse(r->path, e, "line %lld, column %lld: %s", (long long)line, (long long)column, why);
}

/* Over the end of a line, which is "\n", "\r\n" or "\r". */
static void end_line(Reader *r) {
  if (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n')
    r->at++;
  if (r->at < r->end)
    r->at++;
  r->line = r->at;
  r->n_lines++;
}

static bool take_quoted(Reader *r, Field *f, Error *e) {
  f->is_quoted = true;
  f->at = ++r->at;
  for (;; r->at++) {
    if (r->at >= r->end)
      return refuse(r, f->line, f->column, e, "the quote that begins here does not end");
    if (*r->at == '\n' || (*r->at == '\r' && r->at[1] != '\n')) {
      r->line = r->at + 1;
      r->n_lines++;
    } else if (*r->at == '"' && r->at[1] == '"' && r->at + 1 < r->end) {
      f->has_quotes = true;
      r->at++;
    } else if (*r->at == '"')
      break;
  }
  f->n = r->at++ - f->at;
  while (r->at < r->end && *r->at == ' ' && r->form->separator != ' ')
    r->at++;
  return r->at >= r->end || *r->at == r->form->separator || *r->at == '\n' || *r->at == '\r' ||
         refuse(r, r->n_lines, r->at - r->line + 1, e, "something stands behind a quoted field");
}

/* The next field. */
static bool take_field(Reader *r, Field *f, Error *e) {
  char separator = r->form->separator;
  *f = (Field){ .line = r->n_lines, .column = r->at - r->line + 1 };
  char *begin = r->at;
  while (r->at < r->end && *r->at == ' ' && separator != ' ')
    r->at++;
  if (r->at < r->end && *r->at == '"') {
    if (!take_quoted(r, f, e))
      return false;
  } else {
    f->at = begin;
    while (*r->at != separator && *r->at != '\n' && *r->at != '\r' && *r->at != '\0')
      r->at++;
    if (*r->at == '\0' && r->at < r->end)
      return refuse(r, r->n_lines, r->at - r->line + 1, e, "a zero byte: it is no text");
    f->n = r->at - f->at;
  }
  r->ends_line = r->at >= r->end || *r->at != separator;
  if (r->ends_line)
    end_line(r);
  else
    r->at++;
  return true;
}

static void trim(Field *f) {
  if (f->is_quoted)
    return;
  while (f->n > 0 && (f->at[0] == ' ' || f->at[0] == '\t'))
    f->at++, f->n--;
  while (f->n > 0 && (f->at[f->n - 1] == ' ' || f->at[f->n - 1] == '\t'))
    f->n--;
}

/* Its text, with doubled quotes halved where it stands: the file is not read there again. */
static CsvText text_of(Field *f) {
  if (f->has_quotes) {
    int64_t n = 0;
    for (int64_t k = 0; k < f->n; k++) {
      f->at[n++] = f->at[k];
      k += f->at[k] == '"';
    }
    f->n = n;
  }
  return (CsvText){ f->at, f->n };
}

/* Over empty lines and comments. False at the end of the file. */
static bool next_row(Reader *r) {
  for (;;) {
    if (r->at >= r->end)
      return false;
    char *at = r->at;
    while (at < r->end && (*at == ' ' || (*at == '\t' && r->form->separator != '\t')))
      at++;
    bool is_comment = r->form->comment != '\0' && *at == r->form->comment, is_blank = at >= r->end || *at == '\n' || *at == '\r';
    if (!is_comment && !is_blank)
      return true;
    while (r->at < r->end && *r->at != '\n' && *r->at != '\r')
      r->at++;
    end_line(r);
  }
}

/* ---- columns ---- */

typedef struct {
  CsvKind kind;
  void *numbers; /* owned: int64_t of whole ones, double of numbers, uint8_t of truths */
  int64_t capacity;
} Growing;

static size_t size_of(CsvKind kind) { return kind == CSV_BOOL ? 1 : 8; }

/* Whole numbers become others. */
static void widen(Growing *g, int64_t n) {
  int64_t *whole = g->numbers;
  double *numbers = g->numbers;
  for (int64_t k = 0; k < n; k++)
    numbers[k] = (double)whole[k];
  g->kind = CSV_NUMBER;
}

static void fill_missing(Growing *g, int64_t n) {
  double *numbers = g->numbers;
  for (int64_t k = 0; k < n; k++)
    numbers[k] = NAN;
  g->kind = CSV_NUMBER;
}

static void become_text(Growing *g) {
  memory_free(g->numbers);
  *g = (Growing){ .kind = CSV_TEXT };
}

/* One more field of a column of numbers. `row` counts from 0. */
static bool add(Growing *g, const CsvForm *form, Field *f, int64_t row) {
  int64_t whole = 0;
  double x = NAN;
  trim(f);
  CsvKind kind = take_number(f->at, f->n, form->decimal, &whole, &x);
  if (kind == CSV_TEXT && is_missing(form, f->at, f->n))
    kind = CSV_NOTHING;
  else if (kind == CSV_NUMBER && isnan(x) && form->n_missing > 0 && is_missing(form, f->at, f->n))
    kind = CSV_NOTHING;
  else if (kind != CSV_TEXT && form->n_missing > 0 && is_missing(form, f->at, f->n))
    kind = CSV_NOTHING, x = NAN;
  bool is_yes = kind == CSV_TEXT && is_word(f->at, f->n, "true");
  if (kind == CSV_TEXT && (is_yes || is_word(f->at, f->n, "false")))
    kind = CSV_BOOL;
  if (kind == CSV_TEXT || (kind == CSV_BOOL && g->kind != CSV_BOOL && row > 0) || (g->kind == CSV_BOOL && kind != CSV_BOOL)) {
    become_text(g);
    return true;
  }
  if (row == 0)
    g->kind = kind;
  if (!memory_reserve(&g->numbers, row, row + 1, &g->capacity, size_of(g->kind)))
    return false;
  if (kind == CSV_BOOL) {
    ((uint8_t *)g->numbers)[row] = is_yes;
    return true;
  }
  if (g->kind == CSV_NOTHING && kind != CSV_NOTHING)
    fill_missing(g, row);
  if (g->kind == CSV_WHOLE && kind != CSV_WHOLE)
    widen(g, row);
  if (g->kind == CSV_WHOLE)
    ((int64_t *)g->numbers)[row] = whole;
  else
    ((double *)g->numbers)[row] = kind == CSV_WHOLE ? (double)whole : x;
  return true;
}

/* ---- the table ---- */

typedef struct {
  Reader begin; /* the reader at the first row */
  Growing *columns;
  int64_t n_columns, n_rows;
} Pass;

static bool wrong_count(const Reader *r, int64_t line, int64_t n, int64_t wanted, int64_t first, Error *e) {
  return bytes_refuse(r->path, e, "line %lld has %lld field%s, and line %lld has %lld", (long long)line, (long long)n, n == 1 ? "" : "s",
                      (long long)first, (long long)wanted);
}

/* Count the fields of the first row, and see whether it has names. */
static bool look_at_first(Reader r, const CsvForm *form, int64_t *n, bool *has_header, Error *e) {
  Field f;
  *n = 0;
  bool has_number = false, has_text = false;
  do {
    int64_t whole;
    double x;
    if (!take_field(&r, &f, e))
      return false;
    trim(&f);
    bool is_number = take_number(f.at, f.n, form->decimal, &whole, &x) != CSV_TEXT;
    has_number = has_number || is_number;
    has_text = has_text || (!is_number && !is_missing(form, f.at, f.n) && !is_word(f.at, f.n, "true") && !is_word(f.at, f.n, "false"));
    ++*n;
  } while (!r.ends_line);
  *has_header = form->header >= 0 ? form->header == 1 : !has_number && has_text;
  return true;
}

static bool read_rows(Reader *r, Pass *p, int64_t first_line, Error *e) {
  Field f;
  while (next_row(r)) {
    int64_t k = 0, line = r->n_lines;
    do {
      if (!take_field(r, &f, e))
        return false;
      if (k < p->n_columns && p->columns[k].kind != CSV_TEXT && !add(&p->columns[k], r->form, &f, p->n_rows))
        return error_memory(e, r->path, (double)p->n_rows * 8 * (double)p->n_columns);
      k++;
    } while (!r->ends_line);
    if (k != p->n_columns)
      return wrong_count(r, line, k, p->n_columns, first_line, e);
    p->n_rows++;
  }
  return true;
}

static bool read_texts(Reader *r, CsvTable *t, Error *e) {
  Field f;
  for (int64_t k = 0; k < t->n_columns; k++)
    if (t->columns[k].kind == CSV_TEXT && (t->columns[k].texts = memory_new(sizeof(CsvText) * (size_t)t->n_rows)) == NULL)
      return error_memory(e, r->path, (double)t->n_rows * sizeof(CsvText));
  for (int64_t row = 0; next_row(r); row++) {
    int64_t k = 0;
    do {
      if (!take_field(r, &f, e))
        return false;
      if (t->columns[k].texts != NULL)
        t->columns[k].texts[row] = text_of(&f);
      k++;
    } while (!r->ends_line);
  }
  return true;
}

static bool take_arrays(CsvTable *t, Growing *columns, const char *path, Error *e) {
  static const ArrayType types[] = {
    [CSV_NOTHING] = ARRAY_F64, [CSV_BOOL] = ARRAY_BOOL, [CSV_WHOLE] = ARRAY_I64, [CSV_NUMBER] = ARRAY_F64
  };
  for (int64_t k = 0; k < t->n_columns; k++) {
    CsvColumn *c = &t->columns[k];
    if (columns[k].kind == CSV_NOTHING)
      fill_missing(&columns[k], t->n_rows);
    c->kind = columns[k].kind;
    if (c->kind == CSV_TEXT)
      continue;
    c->numbers = array_new(types[c->kind], t->n_rows, 0);
    if (c->numbers == NULL)
      return error_memory(e, path, (double)t->n_rows * 8);
    memcpy(c->numbers->at, columns[k].numbers != NULL ? columns[k].numbers : "", (size_t)t->n_rows * size_of(c->kind));
    memory_free(columns[k].numbers);
    columns[k].numbers = NULL;
  }
  return true;
}

static bool read_names(Reader *r, CsvTable *t, Error *e) {
  Field f;
  for (int64_t k = 0; k < t->n_columns; k++) {
    if (!take_field(r, &f, e))
      return false;
    trim(&f);
    t->columns[k].name = text_of(&f);
  }
  return true;
}

static bool read_table(Reader *r, CsvTable *t, Growing **columns, Error *e) {
  if (!next_row(r))
    return bytes_refuse(r->path, e, "it holds no rows");
  int64_t first_line = r->n_lines;
  if (!look_at_first(*r, r->form, &t->n_columns, &t->has_header, e))
    return false;
  t->columns = memory_new(sizeof *t->columns * (size_t)t->n_columns);
  *columns = memory_new(sizeof **columns * (size_t)t->n_columns);
  if (t->columns == NULL || *columns == NULL)
    return error_memory(e, r->path, (double)t->n_columns * sizeof *t->columns);
  Pass p = { .columns = *columns, .n_columns = t->n_columns };
  if (t->has_header && !read_names(r, t, e))
    return false;
  Reader begin = *r;
  if (!read_rows(r, &p, first_line, e))
    return false;
  t->n_rows = p.n_rows;
  bool has_texts = false;
  for (int64_t k = 0; k < t->n_columns; k++)
    has_texts = has_texts || p.columns[k].kind == CSV_TEXT;
  return take_arrays(t, *columns, r->path, e) && (!has_texts || read_texts(&begin, t, e));
}

bool csv_read(const char *path, const CsvForm *form, CsvTable *t, Error *e) {
  int64_t n = 0;
  Growing *columns = NULL;
  *t = (CsvTable){ 0 };
  t->bytes = bytes_read_all(path, &n, e);
  if (t->bytes == NULL)
    return false;
  Reader r = { .form = form, .path = path, .at = t->bytes, .end = t->bytes + n, .line = t->bytes, .n_lines = 1 };
  bool is_good = true;
  if (n == 0)
    is_good = bytes_refuse(path, e, "it is empty");
  else if (n >= 2 && (memcmp(t->bytes, "\xff\xfe", 2) == 0 || memcmp(t->bytes, "\xfe\xff", 2) == 0))
    is_good = bytes_refuse(path, e, "it is UTF-16; save it as UTF-8");
  else if (n >= 3 && memcmp(t->bytes, "\xef\xbb\xbf", 3) == 0)
    r.at = r.line = t->bytes + 3;
  for (int64_t k = 0; k < form->skip && r.at < r.end && is_good; k++) {
    while (r.at < r.end && *r.at != '\n' && *r.at != '\r')
      r.at++;
    end_line(&r);
  }
  is_good = is_good && read_table(&r, t, &columns, e);
  for (int64_t k = 0; k < t->n_columns && columns != NULL; k++)
    memory_free(columns[k].numbers);
  memory_free(columns);
  if (!is_good)
    csv_free(t);
  return is_good;
}

void csv_free(CsvTable *t) {
  for (int64_t k = 0; k < t->n_columns && t->columns != NULL; k++) {
    array_release(t->columns[k].numbers);
    memory_free(t->columns[k].texts);
  }
  memory_free(t->columns);
  memory_free(t->bytes);
  *t = (CsvTable){ 0 };
}

/* ---- writing ---- */

/* The shortest text that reads back the same, in the plain locale (set by the caller). A whole float64 keeps a point, so that it reads back as one. */
static void print_number(FILE *f, double x, bool is_single) {
  char text[40];
  if (isnan(x)) {
    fputs("nan", f);
    return;
  }
  if (isinf(x)) {
    fputs(x < 0 ? "-inf" : "inf", f);
    return;
  }
  int digits = is_single ? FLT_DIG : DBL_DIG, most = is_single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
  for (; digits <= most; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, x);
    if (is_single ? strtof(text, NULL) == (float)x : strtod(text, NULL) == x)
      break;
  }
  fputs(text, f);
  if (strpbrk(text, ".en") == NULL)
    fputs(".0", f);
}

static void print_element(FILE *f, const Array *a, int64_t k) {
  const char *at = a->at + k * (int64_t)array_type_size(a->type);
  switch (a->type) {
  case ARRAY_F64: print_number(f, *(const double *)(const void *)at, false); break;
  case ARRAY_F32: print_number(f, (double)*(const float *)(const void *)at, true); break;
  case ARRAY_I64: fprintf(f, "%lld", (long long)*(const int64_t *)(const void *)at); break;
  case ARRAY_I32: fprintf(f, "%d", *(const int32_t *)(const void *)at); break;
  case ARRAY_C128: break; /* the binding refuses them */
  case ARRAY_BOOL: fputs(*(const uint8_t *)at ? "true" : "false", f); break;
  }
}

static void print_text(FILE *f, CsvText t, char separator) {
  bool needs_quotes = t.n > 0 && (t.at[0] == ' ' || t.at[t.n - 1] == ' ' || t.at[0] == '\t' || t.at[t.n - 1] == '\t' || t.at[0] == '#');
  for (int64_t k = 0; k < t.n && !needs_quotes; k++)
    needs_quotes = t.at[k] == separator || t.at[k] == '"' || t.at[k] == '\n' || t.at[k] == '\r';
  if (!needs_quotes) {
    fwrite(t.at, 1, (size_t)t.n, f);
    return;
  }
  putc('"', f);
  for (int64_t k = 0; k < t.n; k++) {
    if (t.at[k] == '"')
      putc('"', f);
    putc(t.at[k], f);
  }
  putc('"', f);
}

static void print_field(FILE *f, const CsvSource *sources, int64_t n_columns, int64_t row, int64_t k, char separator) {
  if (n_columns < 0)
    print_element(f, sources->numbers, row * sources->numbers->shape[1] + k);
  else if (sources[k].numbers != NULL)
    print_element(f, sources[k].numbers, row);
  else
    print_text(f, sources[k].texts[row], separator);
}

bool csv_write(const char *path, char separator, int64_t n_rows, int64_t n_columns, const CsvText *names, const CsvSource *sources,
               Error *e) {
  WholeFile w;
  if (!whole_file_begin(&w, "", path, e))
    return false;
  pthread_once(&is_made, make_locale);
  locale_t own = uselocale(plain_locale);
  int64_t n = n_columns < 0 ? sources->numbers->shape[1] : n_columns;
  errno = 0;
  if (names != NULL)
    for (int64_t k = 0; k < n; k++) {
      print_text(w.file, names[k], separator);
      putc(k + 1 < n ? separator : '\n', w.file);
    }
  for (int64_t row = 0; row < n_rows && !ferror(w.file); row++)
    for (int64_t k = 0; k < n; k++) {
      print_field(w.file, sources, n_columns, row, k, separator);
      putc(k + 1 < n ? separator : '\n', w.file);
    }
  uselocale(own);
  bool is_good = !ferror(w.file) || error_set(e, "cannot write '%s': %s", path, strerror(errno));
  return whole_file_end(&w, is_good, e);
}
