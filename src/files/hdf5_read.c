/* HDF5 files: what is at a place, and reading it. Datasets and attributes are read by the same functions; so are the members of compound types, each in a pass of
** its own, as a type that holds this member alone. */
#include <string.h>

#include "base/memory.h"
#include "files/hdf5_inside.h"

/* What is being read. */
typedef struct {
  Hdf5 *f;
  const char *path, *attribute; /* borrowed */
  hid_t id, type, space;        /* of the dataset or attribute, in the file */
  hid_t file_part, memory_part; /* selections; H5S_ALL: all of it */
} Source;

/* Members on the way from a compound type to what is read, innermost first. */
typedef struct Member {
  const char *name;
  const struct Member *outer; /* NULL: of the dataset's own type */
} Member;

static bool refuse(const Source *s, Error *e) { return hdf5_refuse(s->f, "read", s->path, s->attribute, e); }

#define SAY(s, e, ...) hdf5_say((s)->f, "read", (s)->path, (s)->attribute, e, __VA_ARGS__)

/* ---- opening ---- */

static void close_source(Source *s) {
  if (s->file_part != H5S_ALL)
    H5Sclose(s->file_part);
  if (s->memory_part != H5S_ALL)
    H5Sclose(s->memory_part);
  if (s->space >= 0)
    H5Sclose(s->space);
  if (s->type >= 0)
    H5Tclose(s->type);
  if (s->id >= 0 && s->attribute != NULL)
    H5Aclose(s->id);
  else if (s->id >= 0)
    H5Dclose(s->id);
}

static bool open_source(Source *s, Hdf5 *f, const char *path, const char *attribute, Error *e) {
  *s = (Source){ f, path, attribute, -1, -1, -1, H5S_ALL, H5S_ALL };
  if (attribute != NULL) {
    s->id = H5Aopen_by_name(f->id, hdf5_or_root(path), attribute, H5P_DEFAULT, H5P_DEFAULT);
    s->type = s->id < 0 ? -1 : H5Aget_type(s->id);
    s->space = s->id < 0 ? -1 : H5Aget_space(s->id);
  } else {
    s->id = H5Dopen2(f->id, hdf5_or_root(path), H5P_DEFAULT);
    if (s->id >= 0 && f->mode == HDF5_READ)
      H5Drefresh(s->id); /* rows that a writer has appended since */
    s->type = s->id < 0 ? -1 : H5Dget_type(s->id);
    s->space = s->id < 0 ? -1 : H5Dget_space(s->id);
  }
  if (s->type >= 0 && s->space >= 0)
    return true;
  bool is_root = strcmp(hdf5_or_root(path), "/") == 0,
       is_there = is_root || (hdf5_has_link(f, path) && H5Oexists_by_name(f->id, path, H5P_DEFAULT) > 0);
  H5O_info_t object;
  if (is_there && attribute != NULL)
    is_there = H5Aexists_by_name(f->id, hdf5_or_root(path), attribute, H5P_DEFAULT) > 0;
  if (is_there && attribute == NULL && H5Oget_info_by_name(f->id, hdf5_or_root(path), &object, H5P_DEFAULT) >= 0 &&
      object.type != H5O_TYPE_DATASET)
    SAY(s, e, object.type == H5O_TYPE_GROUP ? "it is a group" : "it is no dataset");
  else if (is_there)
    refuse(s, e);
  else
    SAY(s, e, "it is not there");
  close_source(s);
  return false;
}

/* ---- what it is ---- */

static bool is_bool(hid_t type) {
  if (H5Tget_class(type) == H5T_BITFIELD)
    return H5Tget_size(type) == 1;
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2)
    return false;
  bool is_named = true;
  for (unsigned k = 0; k < 2; k++) {
    char *name = H5Tget_member_name(type, k);
    is_named = is_named && name != NULL && (strcmp(name, k == 0 ? "FALSE" : "TRUE") == 0 || strcmp(name, k == 0 ? "TRUE" : "FALSE") == 0);
    H5free_memory(name);
  }
  return is_named;
}

/* What integers of a type are read as. */
static bool widen(hid_t type, Hdf5Info *info) {
  size_t size = H5Tget_size(type);
  bool is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
  if (size == 0 || size > 8)
    return false;
  info->is_u64 = size == 8 && !is_signed;
  info->type = size < 4 || (size == 4 && is_signed) ? ARRAY_I32 : ARRAY_I64;
  return true;
}

/* A compound of two floats, r and i? */
static bool is_complex(hid_t type) {
  bool is_pair = H5Tget_nmembers(type) == 2;
  for (unsigned k = 0; k < 2 && is_pair; k++) {
    char *name = H5Tget_member_name(type, k);
    is_pair = name != NULL && strcmp(name, k == 0 ? "r" : "i") == 0 && H5Tget_member_class(type, k) == H5T_FLOAT;
    H5free_memory(name);
  }
  return is_pair;
}

static Hdf5Kind kind_of(hid_t type, Hdf5Info *info) {
  hid_t base;
  Hdf5Info inner;
  Hdf5Kind kind = HDF5_OTHER;
  switch (H5Tget_class(type)) {
  case H5T_INTEGER: return widen(type, info) ? HDF5_NUMBERS : HDF5_OTHER;
  case H5T_FLOAT: info->type = H5Tget_size(type) <= 4 ? ARRAY_F32 : ARRAY_F64; return HDF5_NUMBERS;
  case H5T_BITFIELD:
  case H5T_ENUM:
    if (is_bool(type))
      return info->type = ARRAY_BOOL, HDF5_NUMBERS;
    return H5Tget_class(type) == H5T_ENUM && widen(type, info) ? HDF5_NUMBERS : HDF5_OTHER;
  case H5T_STRING: return HDF5_TEXTS;
  case H5T_COMPOUND: return is_complex(type) ? (info->type = ARRAY_C128, HDF5_NUMBERS) : HDF5_COLUMNS;
  case H5T_REFERENCE: return H5Tequal(type, H5T_STD_REF_OBJ) > 0 ? HDF5_PATHS : HDF5_OTHER;
  case H5T_VLEN:
    base = H5Tget_super(type);
    inner = (Hdf5Info){ 0 };
    if (kind_of(base, &inner) == HDF5_NUMBERS && inner.type != ARRAY_BOOL && !inner.is_u64)
      kind = HDF5_LISTS, info->type = inner.type;
    H5Tclose(base);
    return kind;
  default: return HDF5_OTHER;
  }
}

/* The shape, and behind it that of the elements where they are arrays. Gives the type of one element, to be closed; negative: nothing to be had. */
static hid_t look(hid_t type, hid_t space, Hdf5Info *info) {
  hsize_t shape[HDF5_MOST_AXES];
  *info = (Hdf5Info){ .kind = HDF5_OTHER };
  int n = space < 0 ? 0 : H5Sget_simple_extent_ndims(space);
  bool is_empty = space >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
  if (n < 0 || n > HDF5_MOST_AXES || (n > 0 && H5Sget_simple_extent_dims(space, shape, NULL) < 0))
    return -1;
  hid_t element = H5Tcopy(type);
  while (element >= 0 && H5Tget_class(element) == H5T_ARRAY) {
    int more = H5Tget_array_ndims(element);
    if (more < 0 || n + more > HDF5_MOST_AXES || H5Tget_array_dims2(element, shape + n) < 0) {
      H5Tclose(element);
      return -1;
    }
    n += more;
    hid_t inner = H5Tget_super(element);
    H5Tclose(element);
    element = inner;
  }
  if (element < 0)
    return -1;
  info->n_dims = n;
  for (int k = 0; k < n; k++)
    info->shape[k] = shape[k] > INT64_MAX ? INT64_MAX : (int64_t)shape[k];
  info->kind = is_empty ? HDF5_EMPTY : kind_of(element, info);
  return element;
}

static bool info_of_object(Hdf5 *f, const char *path, Hdf5Info *info, Error *e) {
  H5O_info_t object;
  if (H5Oget_info_by_name(f->id, hdf5_or_root(path), &object, H5P_DEFAULT) < 0) {
    H5L_info_t link;
    if (strcmp(hdf5_or_root(path), "/") == 0 || H5Lget_info(f->id, path, &link, H5P_DEFAULT) < 0)
      return hdf5_say(f, "read", path, NULL, e, "it is not there");
    if (link.type == H5L_TYPE_HARD)
      return hdf5_refuse(f, "read", path, NULL, e);
    info->kind = HDF5_BROKEN;
    return true;
  }
  info->id[0] = object.fileno, info->id[1] = object.addr;
  info->kind = object.type == H5O_TYPE_GROUP ? HDF5_GROUP : HDF5_OTHER;
  if (object.type != H5O_TYPE_DATASET)
    return true;
  Source s;
  if (!open_source(&s, f, path, NULL, e))
    return false;
  hid_t element = look(s.type, s.space, info);
  info->id[0] = object.fileno, info->id[1] = object.addr;
  bool is_good = element >= 0 || refuse(&s, e);
  if (element >= 0)
    H5Tclose(element);
  close_source(&s);
  return is_good;
}

bool hdf5_info(Hdf5 *f, const char *path, const char *attribute, Hdf5Info *info, Error *e) {
  Source s;
  *info = (Hdf5Info){ .kind = HDF5_OTHER };
  if (!hdf5_enter(f, e))
    return false;
  if (attribute == NULL)
    return hdf5_leave(f, info_of_object(f, path, info, e), e);
  if (!open_source(&s, f, path, attribute, e))
    return hdf5_leave(f, false, e);
  hid_t element = look(s.type, s.space, info);
  bool is_good = element >= 0 || refuse(&s, e);
  if (element >= 0)
    H5Tclose(element);
  close_source(&s);
  return hdf5_leave(f, is_good, e);
}

/* ---- sizes ---- */

/* A file holds at least a byte for this many bytes of data, if it is compressed as well as can be; less means that a number in it is damaged. What costs no more than
** the smaller bound is let pass: values that were never written take no room. */
static const double MOST_PACKED = 2048, ALWAYS_FINE = 16 << 20;

static bool check_bytes(const Source *s, double bytes, Error *e) {
  double most = MOST_PACKED * hdf5_file_bytes(s->f);
  if (bytes <= (most > ALWAYS_FINE ? most : ALWAYS_FINE))
    return true;
  return SAY(s, e, "it is damaged: it promises %.3g bytes, and the file has %.0f", bytes, hdf5_file_bytes(s->f));
}

static bool check_sizes(const Source *s, const Hdf5Info *info, size_t element, Error *e) {
  double n = (double)element;
  for (int k = 0; k < info->n_dims; k++)
    n *= (double)info->shape[k];
  if (!check_bytes(s, n, e))
    return false;
  if (s->attribute != NULL)
    return true;
  hsize_t chunk[HDF5_MOST_AXES];
  hid_t how = H5Dget_create_plist(s->id);
  bool is_good = true;
  if (how >= 0 && H5Pget_layout(how) == H5D_CHUNKED) {
    int n_dims = H5Pget_chunk(how, HDF5_MOST_AXES, chunk);
    n = (double)element;
    for (int k = 0; k < n_dims && k < HDF5_MOST_AXES; k++)
      n *= (double)chunk[k];
    is_good = check_bytes(s, n / 16, e); /* a chunk may be larger than what is in it */
  }
  if (how >= 0)
    H5Pclose(how);
  return is_good;
}

static int64_t count_of(const Hdf5Info *info) {
  int64_t n = 1;
  for (int k = 0; k < info->n_dims; k++)
    n *= info->shape[k];
  return n;
}

/* Choose rows of the first axis. */
static bool take_part(Source *s, Hdf5Info *info, int64_t first, int64_t n, Error *e) {
  if (first == 0 && (n < 0 || (info->n_dims > 0 && n == info->shape[0])))
    return true;
  int64_t n_all = info->n_dims > 0 ? info->shape[0] : 1;
  if (n < 0)
    n = n_all - first;
  if (info->n_dims == 0 || H5Sget_simple_extent_ndims(s->space) == 0)
    return SAY(s, e, "it is one value and has no rows");
  if (first < 0 || n < 0 || first > n_all || n > n_all - first)
    return SAY(s, e, "it has %lld rows, and rows %lld to %lld are wanted", (long long)n_all, (long long)first + 1, (long long)(first + n));
  hsize_t from[HDF5_MOST_AXES] = { (hsize_t)first }, counts[HDF5_MOST_AXES];
  int n_dims = H5Sget_simple_extent_ndims(s->space);
  H5Sget_simple_extent_dims(s->space, counts, NULL);
  counts[0] = (hsize_t)n;
  s->file_part = H5Scopy(s->space);
  s->memory_part = H5Screate_simple(n_dims, counts, NULL);
  info->shape[0] = n;
  if (n == 0)
    return H5Sselect_none(s->file_part) >= 0 && H5Sselect_none(s->memory_part) >= 0;
  return H5Sselect_hyperslab(s->file_part, H5S_SELECT_SET, from, NULL, counts, NULL) >= 0 || refuse(s, e);
}

/* ---- reading ---- */

/* `memory_type` as the file's type has it: in arrays, where the elements are arrays, and as the only member of compound types. Closes what it is given. */
static hid_t dress(hid_t memory_type, hid_t file_type, const Member *member) {
  if (file_type >= 0 && H5Tget_class(file_type) == H5T_ARRAY) {
    hsize_t shape[HDF5_MOST_AXES];
    hid_t base = H5Tget_super(file_type), inner = dress(memory_type, base, NULL);
    int n = H5Tget_array_ndims(file_type);
    H5Tget_array_dims2(file_type, shape);
    memory_type = H5Tarray_create2(inner, (unsigned)n, shape);
    H5Tclose(inner);
    H5Tclose(base);
  }
  for (; member != NULL; member = member->outer) {
    hid_t outer = H5Tcreate(H5T_COMPOUND, H5Tget_size(memory_type));
    H5Tinsert(outer, member->name, 0, memory_type);
    H5Tclose(memory_type);
    memory_type = outer;
  }
  return memory_type;
}

/* Closes the type. */
static bool read_raw(const Source *s, hid_t memory_type, void *to, Error *e) {
  hid_t transfer = hdf5_transfer(s->file_part == H5S_ALL ? s->space : s->file_part);
  herr_t status =
      s->attribute != NULL ? H5Aread(s->id, memory_type, to) : H5Dread(s->id, memory_type, s->memory_part, s->file_part, transfer, to);
  bool is_good = status >= 0 || refuse(s, e); /* before the next call, which clears what the library knows of this one */
  H5Pclose(transfer);
  H5Tclose(memory_type);
  return is_good;
}

/* The type of memory that elements are read as: that of the file for bits, bytes for booleans (other values than 0 and 1 may be there), and what can hold a uint64. */
static hid_t number_type(hid_t element, const Hdf5Info *info) {
  if (info->type == ARRAY_BOOL)
    return H5Tcopy(H5Tget_class(element) == H5T_BITFIELD ? H5T_NATIVE_B8 : H5T_NATIVE_INT8);
  return info->is_u64 && info->type == ARRAY_I64 ? H5Tcopy(H5T_NATIVE_UINT64) : hdf5_memory_type(info->type);
}

/* What was read, made what it is read as. */
static bool settle(const Source *s, const Hdf5Info *info, void *data, int64_t n, Error *e) {
  signed char *bytes = data;
  int64_t *whole = data;
  if (info->type == ARRAY_BOOL)
    for (int64_t k = 0; k < n; k++)
      bytes[k] = bytes[k] != 0;
  if (info->is_u64 && info->type == ARRAY_I64)
    for (int64_t k = 0; k < n; k++)
      if (whole[k] < 0)
        return SAY(s, e, "element %lld is %llu, which int64 cannot hold (type = \"float64\" reads it rounded)", (long long)k + 1,
                   (unsigned long long)whole[k]);
  return true;
}

static bool read_numbers(const Source *s, hid_t file_type, hid_t element, const Member *member, Hdf5Value *v, Error *e) {
  if (v->info.n_dims > ARRAY_MOST_AXES)
    return SAY(s, e, "it has %d axes, and arrays have at most %d", v->info.n_dims, ARRAY_MOST_AXES);
  v->numbers = array_new_shaped(v->info.type, v->info.n_dims, v->info.shape);
  if (v->numbers == NULL)
    return error_memory(e, s->path, (double)v->n * (double)array_type_size(v->info.type));
  if (v->n == 0)
    return true;
  if (!read_raw(s, dress(number_type(element, &v->info), file_type, member), v->numbers->at, e) ||
      !settle(s, &v->info, v->numbers->at, v->n, e))
    return false;
  return true;
}

static bool take_text(Hdf5Text *text, const char *from, size_t n, Error *e) {
  text->at = memory_new(n + 1);
  if (text->at == NULL)
    return error_memory(e, "a text", (double)n + 1);
  memcpy(text->at, from, n);
  text->n = n;
  return true;
}

/* Texts of the same length, filled up by zero bytes or blanks. */
static bool take_fixed(Hdf5Value *v, const char *raw, size_t size, H5T_str_t padding, Error *e) {
  for (int64_t k = 0; k < v->n; k++) {
    const char *at = raw + (size_t)k * size;
    size_t n = padding == H5T_STR_NULLTERM ? strnlen(at, size) : size;
    while (n > 0 && padding != H5T_STR_NULLTERM && at[n - 1] == (padding == H5T_STR_SPACEPAD ? ' ' : '\0'))
      n--;
    if (!take_text(&v->texts[k], at, n, e))
      return false;
  }
  return true;
}

static bool read_texts(const Source *s, hid_t file_type, hid_t element, const Member *member, Hdf5Value *v, Error *e) {
  bool is_variable = H5Tis_variable_str(element) > 0;
  size_t size = is_variable ? sizeof(char *) : H5Tget_size(element);
  v->texts = memory_new(sizeof *v->texts * (size_t)v->n);
  char *raw = memory_new(size * (size_t)v->n);
  bool is_good = v->texts != NULL && raw != NULL;
  if (!is_good)
    error_memory(e, "texts", (double)size * (double)v->n);
  if (is_good && v->n > 0) {
    hid_t type = dress(H5Tcopy(element), file_type, member), kept = H5Tcopy(type);
    is_good = read_raw(s, type, raw, e);
    if (is_good && is_variable) {
      char **texts = (char **)(void *)raw;
      for (int64_t k = 0; k < v->n && is_good; k++)
        is_good = take_text(&v->texts[k], texts[k] != NULL ? texts[k] : "", texts[k] != NULL ? strlen(texts[k]) : 0, e);
      for (int64_t k = 0; k < v->n; k++)
        H5free_memory(texts[k]);
    } else if (is_good)
      is_good = take_fixed(v, raw, size, H5Tget_strpad(element), e);
    H5Tclose(kept);
  }
  memory_free(raw);
  return is_good;
}

static bool read_paths(const Source *s, hid_t file_type, const Member *member, Hdf5Value *v, Error *e) {
  v->texts = memory_new(sizeof *v->texts * (size_t)v->n);
  hobj_ref_t *raw = memory_new(sizeof *raw * (size_t)v->n);
  bool is_good = v->texts != NULL && raw != NULL;
  if (!is_good)
    error_memory(e, "references", (double)sizeof *raw * (double)v->n);
  is_good = is_good && (v->n == 0 || read_raw(s, dress(H5Tcopy(H5T_STD_REF_OBJ), file_type, member), raw, e));
  for (int64_t k = 0; k < v->n && is_good; k++) {
    char name[4096];
    hid_t object = H5Rdereference2(s->f->id, H5P_DEFAULT, H5R_OBJECT, &raw[k]);
    ssize_t n = object < 0 ? -1 : H5Iget_name(object, name, sizeof name);
    is_good = take_text(&v->texts[k], name, n > 0 && n < (ssize_t)sizeof name ? (size_t)n : 0, e);
    if (object >= 0)
      H5Oclose(object);
  }
  memory_free(raw);
  return is_good;
}

static bool read_lists(const Source *s, hid_t file_type, const Member *member, Hdf5Value *v, Error *e) {
  v->lists = memory_new(sizeof *v->lists * (size_t)v->n);
  hvl_t *raw = memory_new(sizeof *raw * (size_t)v->n);
  size_t size = array_type_size(v->info.type);
  bool is_good = v->lists != NULL && raw != NULL;
  if (!is_good)
    error_memory(e, "lists", (double)sizeof *raw * (double)v->n);
  if (is_good && v->n > 0) {
    hid_t base = hdf5_memory_type(v->info.type), type = H5Tvlen_create(base);
    H5Tclose(base);
    is_good = read_raw(s, dress(type, file_type, member), raw, e);
    for (int64_t k = 0; k < v->n; k++) {
      if (is_good && (v->lists[k] = array_new(v->info.type, (int64_t)raw[k].len, 0)) == NULL)
        is_good = error_memory(e, "a list", (double)size * (double)raw[k].len);
      if (is_good && raw[k].len > 0)
        memcpy(v->lists[k]->at, raw[k].p, size * raw[k].len);
      H5free_memory(raw[k].p);
    }
  }
  memory_free(raw);
  return is_good;
}

static bool read_value(const Source *s, hid_t file_type, hid_t space, const Member *member, bool is_float, Hdf5Value *v, Error *e);

enum { MOST_COLUMNS = 100000, DEEPEST = 32 };

/* The members are read as one column each. Their shapes begin with that of the rows. */
static bool read_columns(const Source *s, hid_t element, const Member *member, bool is_float, Hdf5Value *v, Error *e) {
  int n = H5Tget_nmembers(element), depth = 0;
  for (const Member *m = member; m != NULL; m = m->outer)
    depth++;
  if (n < 0 || n > MOST_COLUMNS || depth > DEEPEST)
    return SAY(s, e, "it has a type that is not read");
  v->names = memory_new(sizeof *v->names * (size_t)n);
  v->values = memory_new(sizeof *v->values * (size_t)n);
  if (v->names == NULL || v->values == NULL)
    return error_memory(e, "columns", (double)n * sizeof *v->values);
  for (int k = 0; k < n; k++) {
    char *name = H5Tget_member_name(element, (unsigned)k);
    hid_t type = H5Tget_member_type(element, (unsigned)k);
    v->names[k] = name != NULL ? memory_new(strlen(name) + 1) : NULL;
    bool is_good = v->names[k] != NULL && type >= 0;
    if (is_good)
      strcpy(v->names[k], name);
    else if (name != NULL && v->names[k] == NULL)
      error_memory(e, "the name of a column", (double)strlen(name) + 1);
    else
      SAY(s, e, "it is damaged");
    v->n_columns = k + 1;
    Member inner = { v->names[k], member };
    is_good = is_good && read_value(s, type, s->memory_part != H5S_ALL ? s->memory_part : s->space, &inner, is_float, &v->values[k], e);
    H5free_memory(name);
    if (type >= 0)
      H5Tclose(type);
    if (!is_good)
      return false;
  }
  return true;
}

static const char *type_in_words(hid_t type) {
  switch (H5Tget_class(type)) {
  case H5T_INTEGER: return "integers of more than 64 bits";
  case H5T_TIME: return "times";
  case H5T_BITFIELD: return "bit fields";
  case H5T_OPAQUE: return "bytes without a meaning";
  case H5T_REFERENCE: return "references to regions";
  case H5T_VLEN: return "lists of something other than numbers";
  default: return "a type that is not known";
  }
}

static bool read_value(const Source *s, hid_t file_type, hid_t space, const Member *member, bool is_float, Hdf5Value *v, Error *e) {
  hid_t element = look(file_type, space, &v->info);
  if (element < 0)
    return refuse(s, e);
  bool is_good = v->info.kind == HDF5_EMPTY || check_sizes(s, &v->info, H5Tget_size(element), e);
  v->n = is_good && v->info.kind != HDF5_EMPTY ? count_of(&v->info) : 0;
  if (is_float && v->info.kind == HDF5_NUMBERS)
    v->info.type = ARRAY_F64;
  if (is_good)
    switch (v->info.kind) {
    case HDF5_NUMBERS: is_good = read_numbers(s, file_type, element, member, v, e); break;
    case HDF5_TEXTS: is_good = read_texts(s, file_type, element, member, v, e); break;
    case HDF5_PATHS: is_good = read_paths(s, file_type, member, v, e); break;
    case HDF5_LISTS: is_good = read_lists(s, file_type, member, v, e); break;
    case HDF5_COLUMNS:
      if (H5Tget_class(file_type) == H5T_ARRAY)
        is_good = SAY(s, e, "it holds tables in its elements, which are not read");
      else
        is_good = read_columns(s, element, member, is_float, v, e);
      break;
    case HDF5_EMPTY: break;
    default: is_good = SAY(s, e, "it holds %s, which are not read", type_in_words(element)); break;
    }
  H5Tclose(element);
  return is_good;
}

bool hdf5_read(Hdf5 *f, const char *path, const char *attribute, const Hdf5Part *part, Hdf5Value *v, Error *e) {
  Source s;
  Hdf5Info info;
  memset(v, 0, sizeof *v);
  if (!hdf5_enter(f, e))
    return false;
  if (!open_source(&s, f, path, attribute, e))
    return hdf5_leave(f, false, e);
  hid_t element = look(s.type, s.space, &info);
  bool is_good = element >= 0 || refuse(&s, e);
  if (element >= 0)
    H5Tclose(element);
  if (is_good && part != NULL && attribute == NULL && info.kind != HDF5_EMPTY)
    is_good = take_part(&s, &info, part->first, part->n, e);
  is_good =
      is_good && read_value(&s, s.type, s.memory_part != H5S_ALL ? s.memory_part : s.space, NULL, part != NULL && part->is_float, v, e);
  close_source(&s);
  if (!is_good)
    hdf5_value_free(v);
  return hdf5_leave(f, is_good, e);
}

void hdf5_value_free(Hdf5Value *v) {
  array_release(v->numbers);
  for (int64_t k = 0; v->texts != NULL && k < v->n; k++)
    memory_free(v->texts[k].at);
  memory_free(v->texts);
  for (int64_t k = 0; v->lists != NULL && k < v->n; k++)
    array_release(v->lists[k]);
  memory_free(v->lists);
  for (int k = 0; k < v->n_columns; k++) {
    memory_free(v->names[k]);
    hdf5_value_free(&v->values[k]);
  }
  memory_free(v->names);
  memory_free(v->values);
  memset(v, 0, sizeof *v);
}

bool hdf5_read_into(Hdf5 *f, const char *path, ArrayType type, int64_t first, int64_t n_rows, void *to, int64_t n, Error *e) {
  Source s;
  Hdf5Info info;
  if (!hdf5_enter(f, e))
    return false;
  if (!open_source(&s, f, path, NULL, e))
    return hdf5_leave(f, false, e);
  hid_t element = look(s.type, s.space, &info);
  bool is_good = element >= 0 || refuse(&s, e);
  if (is_good && info.kind != HDF5_NUMBERS)
    is_good = SAY(&s, e, "it holds no numbers");
  if (is_good && info.type != type)
    is_good = SAY(&s, e, "it holds %s, and %s is wanted", array_type_name(info.type), array_type_name(type));
  is_good = is_good && take_part(&s, &info, first, n_rows, e);
  if (is_good && count_of(&info) != n)
    is_good = SAY(&s, e, "%lld elements are wanted, and there are %lld", (long long)n, (long long)count_of(&info));
  if (is_good && n > 0)
    is_good = read_raw(&s, dress(number_type(element, &info), s.type, NULL), to, e) && settle(&s, &info, to, n, e);
  if (element >= 0)
    H5Tclose(element);
  close_source(&s);
  return hdf5_leave(f, is_good, e);
}
