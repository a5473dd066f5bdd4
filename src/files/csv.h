/* Tables as text, a row a line: fields between separators, quoted as RFC 4180 says. Numbers have a point wherever the program runs. */
#ifndef LUNAPSE_FILES_CSV_H
#define LUNAPSE_FILES_CSV_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/array.h"
#include "base/error.h"

typedef enum {
  CSV_NOTHING, /* no field but missing ones: numbers that are NaN */
  CSV_BOOL,    /* true and false, also with capitals */
  CSV_WHOLE,   /* int64 */
  CSV_NUMBER,  /* float64; missing ones are NaN */
  CSV_TEXT
} CsvKind;

typedef struct {
  char separator, decimal; /* ',' and '.' */
  char comment;            /* lines that begin with it are left out; '\0': none */
  int64_t skip;            /* lines at the begin that are not looked at */
  int header;              /* 1: the first line has names; 0: it has not; -1: if no field of it is a number */
  int64_t n_missing;
  const char *const *missing; /* further words for missing values */
} CsvForm;

typedef struct {
  const char *at; /* borrowed of the table */
  int64_t n;
} CsvText;

typedef struct {
  CsvKind kind;
  CsvText name;   /* of the header */
  Array *numbers; /* owned; NULL for texts */
  CsvText *texts; /* owned; NULL for numbers */
} CsvColumn;

typedef struct {
  int64_t n_rows, n_columns;
  bool has_header;
  CsvColumn *columns; /* owned */
  char *bytes;        /* owned: the file */
} CsvTable;

/* Errors, with line and column: another number of fields than in the first line, a quote that does not end, text behind one, a zero byte. */
bool csv_read(const char *path, const CsvForm *form, CsvTable *t, Error *e);
void csv_free(CsvTable *t);

/* ---- writing ---- */

typedef struct {
  const Array *numbers; /* or, NULL, */
  const CsvText *texts;
} CsvSource;

/* Columns of `n_rows` each, under their names (NULL: no header). A matrix (`n_columns` -1) is `sources->numbers` alone. Numbers are as short as they can be and
** still read back the same. */
bool csv_write(const char *path, char separator, int64_t n_rows, int64_t n_columns, const CsvText *names, const CsvSource *sources,
               Error *e);

#endif
