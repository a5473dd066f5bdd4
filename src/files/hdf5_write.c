/* HDF5 files: writing. */
#include <string.h>

#include "base/memory.h"
#include "files/hdf5_inside.h"

/* What is written, and where. */
typedef struct {
  Hdf5 *f;
  const char *path, *attribute; /* borrowed */
} Place;

static bool refuse(const Place *p, Error *e) { return hdf5_refuse(p->f, "write", p->path, p->attribute, e); }

#define SAY(p, e, ...) hdf5_say((p)->f, "write", (p)->path, (p)->attribute, e, __VA_ARGS__)

/* ---- places ---- */

static bool is_writable(const Place *p, Error *e) {
  if (p->f->mode == HDF5_READ)
    return SAY(p, e, "the file was opened for reading");
  if (p->f->is_shared)
    return SAY(p, e, "others may be reading the file, so only rows can be appended");
  if (p->attribute == NULL && (p->path[0] == '\0' || strcmp(p->path, "/") == 0))
    return SAY(p, e, "a name in it is missing");
  return true;
}

static bool is_row_dataset(const Hdf5 *f, const char *path) {
  for (int64_t k = 0; k < f->n_rows; k++)
    if (strcmp(f->rows[k].path, path) == 0)
      return true;
  return false;
}

/* Make the place free: an old dataset or attribute goes, a group does not. */
static bool clear(const Place *p, Error *e) {
  H5O_info_t info;
  if (p->attribute != NULL) {
    if (H5Oexists_by_name(p->f->id, hdf5_or_root(p->path), H5P_DEFAULT) <= 0 && strcmp(hdf5_or_root(p->path), "/") != 0)
      return hdf5_say(p->f, "write", p->path, p->attribute, e, "'%s' is not there", p->path);
    if (H5Aexists_by_name(p->f->id, hdf5_or_root(p->path), p->attribute, H5P_DEFAULT) <= 0)
      return true;
    return H5Adelete_by_name(p->f->id, hdf5_or_root(p->path), p->attribute, H5P_DEFAULT) >= 0 || refuse(p, e);
  }
  if (!hdf5_has_link(p->f, p->path))
    return true;
  if (is_row_dataset(p->f, p->path))
    return SAY(p, e, "rows are being appended to it");
  if (H5Oget_info_by_name(p->f->id, p->path, &info, H5P_DEFAULT) >= 0 && info.type == H5O_TYPE_GROUP)
    return SAY(p, e, "it is a group");
  return H5Ldelete(p->f->id, p->path, H5P_DEFAULT) >= 0 || refuse(p, e);
}

/* Groups on the way are made, in the order in which they come. */
static hid_t way(void) {
  hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_char_encoding(links, H5T_CSET_UTF8);
  return links;
}

/* ---- groups ---- */

static bool make_group(const Place *p, Error *e) {
  H5O_info_t info;
  if (hdf5_has_link(p->f, p->path)) {
    if (H5Oget_info_by_name(p->f->id, hdf5_or_root(p->path), &info, H5P_DEFAULT) >= 0 && info.type == H5O_TYPE_GROUP)
      return true;
    return SAY(p, e, "it is no group");
  }
  if (!is_writable(p, e))
    return false;
  hid_t links = way(), how = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_link_creation_order(how, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_attr_creation_order(how, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_obj_track_times(how, 0);
  hid_t id = H5Gcreate2(p->f->id, p->path, links, how, H5P_DEFAULT);
  bool is_good = id >= 0 || refuse(p, e);
  H5Pclose(how);
  H5Pclose(links);
  if (id >= 0)
    H5Gclose(id);
  return is_good;
}

/* Every group on the way to a name, so that each keeps the order of its names; what HDF5 makes by itself does not. */
static bool make_way(const Place *p, Error *e) {
  char part[4096];
  size_t n = strlen(p->path);
  if (n >= sizeof part)
    return SAY(p, e, "the name is too long");
  for (size_t k = 1; k < n; k++)
    if (p->path[k] == '/' && p->path[k - 1] != '/' && p->path[k + 1] != '\0') {
      memcpy(part, p->path, k);
      part[k] = '\0';
      if (!make_group(&(Place){ p->f, part, NULL }, e))
        return false;
    }
  return true;
}

bool hdf5_make_group(Hdf5 *f, const char *path, Error *e) {
  Place p = { f, path, NULL };
  if (!hdf5_enter(f, e))
    return false;
  return hdf5_leave(f, make_way(&p, e) && make_group(&p, e), e);
}

bool hdf5_remove(Hdf5 *f, const char *path, const char *attribute, Error *e) {
  Place p = { f, path, attribute };
  if (!hdf5_enter(f, e))
    return false;
  bool is_good = is_writable(&p, e);
  if (is_good && attribute != NULL)
    is_good = clear(&p, e);
  else if (is_good && is_row_dataset(f, path))
    is_good = SAY(&p, e, "rows are being appended to it");
  else if (is_good && hdf5_has_link(f, path))
    is_good = H5Ldelete(f->id, path, H5P_DEFAULT) >= 0 || refuse(&p, e);
  return hdf5_leave(f, is_good, e);
}

/* ---- storage ---- */

enum { GOOD_CHUNK = 1 << 18, MOST_CHUNK = 1 << 30 }; /* bytes: what one may have to read for one row, and well below HDF5's limit of 4 GB */

static double row_bytes(int n_dims, const hsize_t *shape, size_t size) {
  double bytes = (double)size;
  for (int k = 1; k < n_dims; k++)
    bytes *= (double)shape[k];
  return bytes;
}

/* How a dataset lies in the file. `is_extensible`: its first axis grows. */
static hid_t storage_of(int n_dims, const hsize_t *shape, hid_t type, const Hdf5Storage *how, bool is_extensible) {
  size_t size = H5Tget_size(type);
  hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_obj_track_times(p, 0);
  H5Pset_attr_creation_order(p, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  if (H5Tget_class(type) != H5T_STRING) /* all of it is written; texts of any length are pointers before that */
    H5Pset_fill_time(p, H5D_FILL_TIME_NEVER);
  bool is_chunked = n_dims > 0 && (is_extensible || (how != NULL && (how->chunk > 0 || how->compress > 0)));
  for (int k = is_extensible ? 1 : 0; k < n_dims; k++)
    is_chunked = is_chunked && shape[k] > 0;
  if (!is_chunked)
    return p;
  hsize_t chunk[HDF5_MOST_AXES];
  memcpy(chunk, shape, sizeof *chunk * (size_t)n_dims);
  double each = row_bytes(n_dims, shape, size), rows = how != NULL && how->chunk > 0 ? (double)how->chunk : GOOD_CHUNK / each;
  for (int k = 1; k < n_dims && each > MOST_CHUNK; k++) { /* a row alone is too large */
    each /= (double)chunk[k];
    chunk[k] = 1;
  }
  rows = rows * each > MOST_CHUNK ? MOST_CHUNK / each : rows;
  rows = !is_extensible && rows > (double)shape[0] ? (double)shape[0] : rows;
  chunk[0] = rows < 1 ? 1 : (hsize_t)rows;
  H5Pset_chunk(p, n_dims, chunk);
  if (how != NULL && how->compress > 0) {
    H5Pset_shuffle(p);
    H5Pset_deflate(p, (unsigned)how->compress);
  }
  return p;
}

/* Rows that are not compressed go where they belong at once. Of others the chunk that is being filled stays in memory, and no other: a file may have
** thousands of datasets. */
static hid_t cache_of(hid_t storage, size_t size) {
  hid_t p = H5Pcreate(H5P_DATASET_ACCESS);
  hsize_t chunk[HDF5_MOST_AXES];
  if (H5Pget_layout(storage) != H5D_CHUNKED)
    return p;
  int n = H5Pget_chunk(storage, HDF5_MOST_AXES, chunk);
  double bytes = H5Pget_nfilters(storage) > 0 ? (double)size : 0;
  for (int k = 0; k < n; k++)
    bytes *= (double)chunk[k];
  H5Pset_chunk_cache(p, 1, (size_t)bytes, 1);
  return p;
}

hid_t hdf5_open_rows(const Hdf5 *f, const char *path) {
  hid_t id = H5Dopen2(f->id, path, H5P_DEFAULT);
  if (id < 0)
    return id;
  hid_t type = H5Dget_type(id), storage = H5Dget_create_plist(id), cache = cache_of(storage, H5Tget_size(type));
  H5Dclose(id); /* what it keeps in memory is said on opening */
  id = H5Dopen2(f->id, path, cache);
  H5Pclose(cache);
  H5Pclose(storage);
  H5Tclose(type);
  return id;
}

/* ---- datasets and attributes ---- */

static bool write_attribute(const Place *p, hid_t type, hid_t space, const void *from, Error *e) {
  hid_t how = H5Pcreate(H5P_ATTRIBUTE_CREATE);
  H5Pset_char_encoding(how, H5T_CSET_UTF8);
  hid_t id = H5Acreate_by_name(p->f->id, hdf5_or_root(p->path), p->attribute, type, space, how, H5P_DEFAULT, H5P_DEFAULT);
  bool is_good = id >= 0 && H5Awrite(id, type, from) >= 0;
  if (!is_good)
    refuse(p, e);
  H5Pclose(how);
  if (id >= 0)
    H5Aclose(id);
  return is_good;
}

static bool write_dataset(const Place *p, hid_t type, hid_t space, hid_t storage, const void *from, bool has_elements, Error *e) {
  if (!make_way(p, e))
    return false;
  hid_t links = way(), id = H5Dcreate2(p->f->id, p->path, type, space, links, storage, H5P_DEFAULT);
  hid_t transfer = hdf5_transfer(space);
  bool is_good = id >= 0 && (!has_elements || H5Dwrite(id, type, H5S_ALL, H5S_ALL, transfer, from) >= 0);
  if (!is_good)
    refuse(p, e);
  H5Pclose(transfer);
  H5Pclose(links);
  if (id >= 0 && H5Dclose(id) < 0 && is_good)
    is_good = refuse(p, e);
  return is_good;
}

static hid_t space_of(int n_dims, const int64_t *shape, hsize_t *dims, bool *has_elements) {
  *has_elements = true;
  for (int k = 0; k < n_dims; k++) {
    dims[k] = (hsize_t)shape[k];
    *has_elements = *has_elements && shape[k] > 0;
  }
  return n_dims == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(n_dims, dims, NULL);
}

/* The type of elements in memory and in the file. Without a sign integers are the same bytes, since none is negative. */
static hid_t type_of(ArrayType type, bool is_unsigned) {
  if (is_unsigned && (type == ARRAY_I64 || type == ARRAY_I32))
    return H5Tcopy(type == ARRAY_I64 ? H5T_NATIVE_UINT64 : H5T_NATIVE_UINT32);
  return hdf5_memory_type(type);
}

static bool has_negative(ArrayType type, const void *from, int64_t n) {
  bool is_any = false;
  for (int64_t k = 0; k < n; k++)
    is_any |= type == ARRAY_I64 ? ((const int64_t *)from)[k] < 0 : type == ARRAY_I32 && ((const int32_t *)from)[k] < 0;
  return is_any;
}

/* Takes the type over. */
static bool write(const Place *p, hid_t type, int n_dims, const int64_t *shape, const void *from, const Hdf5Storage *how, Error *e) {
  hsize_t dims[HDF5_MOST_AXES];
  bool has_elements = false, is_good = n_dims <= HDF5_MOST_AXES || SAY(p, e, "it has more than %d axes", HDF5_MOST_AXES);
  if (is_good && is_writable(p, e) && clear(p, e)) {
    hid_t space = space_of(n_dims, shape, dims, &has_elements);
    if (p->attribute != NULL)
      is_good = write_attribute(p, type, space, from, e);
    else {
      hid_t storage = storage_of(n_dims, dims, type, how, false);
      is_good = write_dataset(p, type, space, storage, from, has_elements, e);
      H5Pclose(storage);
    }
    H5Sclose(space);
  } else
    is_good = false;
  H5Tclose(type);
  return is_good;
}

bool hdf5_write(Hdf5 *f, const char *path, const char *attribute, ArrayType type, int n_dims, const int64_t *shape, const void *from,
                const Hdf5Storage *how, Error *e) {
  Place p = { f, path, attribute };
  bool is_unsigned = how != NULL && how->is_unsigned;
  int64_t n = 1;
  for (int k = 0; k < n_dims; k++)
    n *= shape[k];
  if (is_unsigned && has_negative(type, from, n))
    return SAY(&p, e, "it has no sign, and a number is negative");
  if (!hdf5_enter(f, e))
    return false;
  return hdf5_leave(f, write(&p, type_of(type, is_unsigned), n_dims, shape, from, how, e), e);
}

bool hdf5_write_texts(Hdf5 *f, const char *path, const char *attribute, int n_dims, const int64_t *shape, const Hdf5Text *texts, Error *e) {
  Place p = { f, path, attribute };
  int64_t n = 1;
  for (int k = 0; k < n_dims; k++)
    n *= shape[k];
  for (int64_t k = 0; k < n; k++)
    if (strlen(texts[k].at) != texts[k].n)
      return SAY(&p, e, "text %lld holds a zero byte", (long long)k + 1);
  const char **from = memory_new(sizeof *from * (size_t)n);
  if (from == NULL)
    return error_memory(e, "texts", (double)n * sizeof *from);
  for (int64_t k = 0; k < n; k++)
    from[k] = texts[k].at;
  if (!hdf5_enter(f, e)) {
    memory_free(from);
    return false;
  }
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  bool is_good = write(&p, type, n_dims, shape, from, NULL, e);
  memory_free(from);
  return hdf5_leave(f, is_good, e);
}

bool hdf5_write_choice(Hdf5 *f, const char *path, const char *attribute, int n, const char *const *names, int chosen, Error *e) {
  Place p = { f, path, attribute };
  uint8_t value = (uint8_t)chosen;
  if (!hdf5_enter(f, e))
    return false;
  hid_t type = H5Tenum_create(H5T_NATIVE_UINT8);
  for (int k = 0; k < n; k++)
    H5Tenum_insert(type, names[k], &(uint8_t){ (uint8_t)k });
  return hdf5_leave(f, write(&p, type, 0, NULL, &value, NULL, e), e);
}

/* ---- rows ---- */

/* Remember an open dataset; takes `id` over. */
static Rows *keep_rows(const Place *p, hid_t id, Error *e) {
  Hdf5 *f = p->f;
  char *path = memory_new(strlen(p->path) + 1);
  if (path == NULL || !memory_reserve(&f->rows, f->n_rows, f->n_rows + 1, &f->rows_capacity, sizeof *f->rows)) {
    memory_free(path);
    H5Dclose(id);
    error_memory(e, "a dataset", (double)sizeof *f->rows);
    return NULL;
  }
  Rows *rows = &f->rows[f->n_rows++];
  *rows = (Rows){ .path = strcpy(path, p->path), .id = id };
  hid_t space = H5Dget_space(id);
  rows->n_dims = H5Sget_simple_extent_dims(space, rows->shape, NULL);
  H5Sclose(space);
  hid_t type = H5Dget_type(id);
  rows->is_unsigned = H5Tget_class(type) == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_NONE;
  H5Tclose(type);
  return rows;
}

static bool extensible(const Place *p, ArrayType type, int n_dims, const int64_t *row, const Hdf5Storage *how, Error *e) {
  hsize_t dims[HDF5_MOST_AXES] = { 0 }, most[HDF5_MOST_AXES] = { H5S_UNLIMITED };
  if (n_dims + 1 > HDF5_MOST_AXES)
    return SAY(p, e, "it has more than %d axes", HDF5_MOST_AXES);
  for (int k = 0; k < n_dims; k++) {
    dims[k + 1] = most[k + 1] = (hsize_t)row[k];
    if (row[k] <= 0)
      return SAY(p, e, "its rows would hold nothing");
  }
  if (!is_writable(p, e) || !clear(p, e) || !make_way(p, e))
    return false;
  hid_t memory = type_of(type, how != NULL && how->is_unsigned), space = H5Screate_simple(n_dims + 1, dims, most);
  hid_t storage = storage_of(n_dims + 1, dims, memory, how, true), cache = cache_of(storage, array_type_size(type)), links = way();
  hid_t id = H5Dcreate2(p->f->id, p->path, memory, space, links, storage, cache);
  bool is_good = id >= 0 || refuse(p, e);
  H5Tclose(memory);
  H5Pclose(links);
  H5Pclose(cache);
  H5Pclose(storage);
  H5Sclose(space);
  return is_good && keep_rows(p, id, e) != NULL;
}

bool hdf5_extensible(Hdf5 *f, const char *path, ArrayType type, int n_dims, const int64_t *row, const Hdf5Storage *how, Error *e) {
  Place p = { f, path, NULL };
  if (!hdf5_enter(f, e))
    return false;
  return hdf5_leave(f, extensible(&p, type, n_dims, row, how, e), e);
}

/* The open dataset, or one of the file that can grow. */
static Rows *find_rows(const Place *p, Error *e) {
  for (int64_t k = 0; k < p->f->n_rows; k++)
    if (strcmp(p->f->rows[k].path, p->path) == 0)
      return &p->f->rows[k];
  hsize_t dims[HDF5_MOST_AXES], most[HDF5_MOST_AXES];
  if (!is_writable(p, e))
    return NULL;
  hid_t id = hdf5_has_link(p->f, p->path) ? hdf5_open_rows(p->f, p->path) : -1;
  if (id < 0) {
    SAY(p, e, "it is not there, or is no dataset");
    return NULL;
  }
  hid_t space = H5Dget_space(id);
  int n_dims = H5Sget_simple_extent_dims(space, dims, most);
  H5Sclose(space);
  if (n_dims >= 1 && most[0] == H5S_UNLIMITED)
    return keep_rows(p, id, e);
  H5Dclose(id);
  SAY(p, e, "it was not made to grow");
  return NULL;
}

static bool put(const Place *p, ArrayType type, int64_t first_row, const void *from, int64_t n, Error *e) {
  Rows *rows = find_rows(p, e);
  if (rows == NULL)
    return false;
  hsize_t before = rows->shape[0], at = first_row < 0 ? before : (hsize_t)first_row;
  hsize_t first[HDF5_MOST_AXES] = { at }, counts[HDF5_MOST_AXES];
  memcpy(counts, rows->shape, sizeof counts);
  counts[0] = (hsize_t)n;
  if (n == 0)
    return true;
  int64_t each = 1;
  for (int k = 1; k < rows->n_dims; k++)
    each *= (int64_t)rows->shape[k];
  if (rows->is_unsigned && has_negative(type, from, n * each))
    return SAY(p, e, "it has no sign, and a number is negative");
  if (at > before)
    return SAY(p, e, "it has %lld rows, and row %lld is to follow", (long long)before, (long long)at + 1);
  if (at + (hsize_t)n > before) {
    rows->shape[0] = at + (hsize_t)n;
    if (H5Dset_extent(rows->id, rows->shape) < 0) {
      rows->shape[0] = before;
      return refuse(p, e);
    }
  }
  hid_t memory = type_of(type, rows->is_unsigned), space = H5Dget_space(rows->id), here = H5Screate_simple(rows->n_dims, counts, NULL);
  bool is_good = H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, counts, NULL) >= 0 &&
                 H5Dwrite(rows->id, memory, here, space, H5P_DEFAULT, from) >= 0;
  if (!is_good) {
    refuse(p, e);
    rows->shape[0] = before;
    H5Dset_extent(rows->id, rows->shape); /* rows that were not written are none */
    H5Eclear2(H5E_DEFAULT);
  }
  H5Sclose(here);
  H5Sclose(space);
  H5Tclose(memory);
  return is_good;
}

bool hdf5_append(Hdf5 *f, const char *path, ArrayType type, const void *from, int64_t n, Error *e) {
  return hdf5_put(f, path, type, -1, from, n, e);
}

bool hdf5_put(Hdf5 *f, const char *path, ArrayType type, int64_t first, const void *from, int64_t n, Error *e) {
  Place p = { f, path, NULL };
  if (!hdf5_enter(f, e))
    return false;
  return hdf5_leave(f, put(&p, type, first, from, n, e), e);
}

static bool cut(const Place *p, int64_t n, Error *e) {
  Rows *rows = find_rows(p, e);
  if (rows == NULL || rows->shape[0] <= (hsize_t)n)
    return rows != NULL;
  rows->shape[0] = (hsize_t)n;
  return H5Dset_extent(rows->id, rows->shape) >= 0 || refuse(p, e);
}

bool hdf5_cut(Hdf5 *f, const char *path, int64_t n, Error *e) {
  Place p = { f, path, NULL };
  if (!hdf5_enter(f, e))
    return false;
  return hdf5_leave(f, cut(&p, n, e), e);
}
