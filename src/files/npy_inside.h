/* Between npy.c (one array) and npz.c (archives of them). */
#ifndef LUNAPSE_FILES_NPY_INSIDE_H
#define LUNAPSE_FILES_NPY_INSIDE_H
#include <stddef.h>

#include "files/bytes.h"
#include "files/npy.h"

Array *npy_read_bytes(Bytes *b, bool is_float, Error *e);

enum { NPY_MOST_HEADER = 512 };
size_t npy_header(const Array *a, char header[NPY_MOST_HEADER]); /* its length */

#endif
