/* Arrays as numpy writes them: .npy (versions 1 to 3), and .npz, a zip archive of them. */
#ifndef LUNAPSE_FILES_NPY_H
#define LUNAPSE_FILES_NPY_H
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

/* An array of whatever numbers the file holds, in row-major order; without axes for one number. `is_float`: as float64. Integers below 32 bits widen to int32, uint32 to
** int64, float16 to float32. Errors: not such a file, truncated, numbers that cannot be had (complex; a uint64 beyond int64). */
Array *npy_read(const char *path, bool is_float, Error *e);

/* The bytes that numpy.save writes for the same array. Contiguous. */
bool npy_write(const char *path, const Array *a, Error *e);

/* ---- archives ---- */

typedef struct Npz Npz; /* open for reading */

Npz *npz_open(const char *path, Error *e);
void npz_close(Npz *z);
int64_t npz_count(const Npz *z);
const char *npz_name(const Npz *z, int64_t k); /* without its ".npy" */
Array *npz_read(Npz *z, int64_t k, bool is_float, Error *e);

/* An archive of contiguous arrays, in this order, not packed as by numpy.savez, or packed as by savez_compressed. */
bool npz_write(const char *path, int64_t n, const char *const *names, const Array *const *arrays, bool is_packed, Error *e);

#endif
