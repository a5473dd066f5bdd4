/* Archives of arrays, through libzip. */
#include <errno.h>
#include <string.h>
#include <zip.h>

#include "base/memory.h"
#include "base/whole_file.h"
#include "files/npy_inside.h"

/* ---- reading ---- */

struct Npz {
  zip_t *zip;
  char *path;   /* owned */
  int64_t size; /* of the file */
  int64_t n;
  char **names;    /* owned */
  int64_t *places; /* owned: numbers of the entries */
};

static const char *words(const zip_error_t *error) {
  switch (zip_error_code_zip(error)) {
  case ZIP_ER_NOZIP: return "it is no .npz file: a zip archive is expected";
  case ZIP_ER_INCONS:
  case ZIP_ER_ZLIB: return "it is damaged";
  case ZIP_ER_CRC: return "it is damaged: its checksum does not agree";
  case ZIP_ER_EOF: return "it is truncated";
  case ZIP_ER_COMPNOTSUPP: return "it is packed by a method that is not known";
  case ZIP_ER_MEMORY: return "no memory for it";
  case ZIP_ER_ENCRNOTSUPP:
  case ZIP_ER_NOPASSWD: return "it is encrypted";
  default: break;
  }
  int number = zip_error_code_system(error);
  return zip_error_system_type(error) == ZIP_ET_SYS && number != 0 ? strerror(number) : "it is damaged";
}

/* The names of its arrays; what is none is passed over. */
static bool take_names(Npz *z, Error *e) {
  int64_t n = zip_get_num_entries(z->zip, 0);
  if (n > z->size)
    return bytes_refuse(z->path, e, "it is damaged");
  z->names = memory_new(sizeof *z->names * (size_t)n);
  z->places = memory_new(sizeof *z->places * (size_t)n);
  if (z->names == NULL || z->places == NULL)
    return error_memory(e, z->path, (double)n * sizeof *z->names);
  for (int64_t k = 0; k < n; k++) {
    const char *name = zip_get_name(z->zip, (zip_uint64_t)k, 0);
    size_t length = name != NULL ? strlen(name) : 0;
    if (length <= 4 || strcmp(name + length - 4, ".npy") != 0)
      continue;
    char *copy = memory_new(length - 3);
    if (copy == NULL)
      return error_memory(e, z->path, (double)length);
    memcpy(copy, name, length - 4);
    z->names[z->n] = copy;
    z->places[z->n++] = k;
  }
  return true;
}

Npz *npz_open(const char *path, Error *e) {
  int64_t size = 0;
  FILE *f = bytes_open(path, &size, e); /* says what is wrong with a file in the words of all readers */
  if (f == NULL)
    return NULL;
  fclose(f);
  if (size <= 0)
    return bytes_refuse(path, e, size == 0 ? "it is empty" : "it is no ordinary file"), NULL;
  Npz *z = memory_new(sizeof *z);
  if (z == NULL || (z->path = memory_new(strlen(path) + 1)) == NULL) {
    npz_close(z);
    return error_memory(e, path, sizeof *z), NULL;
  }
  strcpy(z->path, path);
  z->size = size;
  int code = 0;
  z->zip = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (z->zip == NULL) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    bytes_refuse(path, e, "%s", words(&error));
    zip_error_fini(&error);
  } else if (take_names(z, e))
    return z;
  npz_close(z);
  return NULL;
}

void npz_close(Npz *z) {
  if (z == NULL)
    return;
  if (z->zip != NULL)
    zip_discard(z->zip);
  for (int64_t k = 0; k < z->n; k++)
    memory_free(z->names[k]);
  memory_free(z->names);
  memory_free(z->places);
  memory_free(z->path);
  memory_free(z);
}

int64_t npz_count(const Npz *z) { return z->n; }
const char *npz_name(const Npz *z, int64_t k) { return z->names[k]; }

static bool read_entry(Bytes *b, void *to, int64_t n) {
  char *next = to;
  if (n > b->n_left)
    return false;
  b->n_left -= n;
  while (n > 0) {
    zip_int64_t got = zip_fread(b->data, next, (zip_uint64_t)n);
    if (got <= 0)
      return false;
    next += got, n -= got;
  }
  return true;
}

/* Deflate makes at most 1032 bytes of one; an entry that promises more is damaged, and nobody should make room for it. */
enum { MOST_OF_A_BYTE = 1032 };

Array *npz_read(Npz *z, int64_t k, bool is_float, Error *e) {
  char name[300];
  zip_stat_t info;
  snprintf(name, sizeof name, "%.80s' in '%.200s", z->names[k], z->path); /* bytes_refuse puts it between quotes */
  if (zip_stat_index(z->zip, (zip_uint64_t)z->places[k], 0, &info) != 0 || (info.valid & ZIP_STAT_SIZE) == 0)
    return bytes_refuse(name, e, "it is damaged"), NULL;
  if ((double)info.size > (double)z->size * MOST_OF_A_BYTE)
    return bytes_refuse(name, e, "it is damaged: %llu bytes are promised, and the file has %lld", (unsigned long long)info.size,
                        (long long)z->size),
           NULL;
  zip_file_t *file = zip_fopen_index(z->zip, (zip_uint64_t)z->places[k], 0);
  if (file == NULL)
    return bytes_refuse(name, e, "%s", words(zip_get_error(z->zip))), NULL;
  Bytes b = { name, (int64_t)info.size, file, read_entry };
  Array *a = npy_read_bytes(&b, is_float, e);
  char rest[1];
  if (a != NULL && b.n_left == 0 && zip_fread(file, rest, 1) < 0) { /* at the end the checksum is looked at */
    bytes_refuse(name, e, "%s", words(zip_file_get_error(file)));
    array_release(a);
    a = NULL;
  } else if (a == NULL && zip_error_code_zip(zip_file_get_error(file)) != ZIP_ER_OK)
    bytes_refuse(name, e, "%s", words(zip_file_get_error(file)));
  zip_fclose(file);
  return a;
}

/* ---- writing ---- */

/* libzip writes where it is told to: into the file that will take its place when it is whole. */
typedef struct {
  WholeFile *whole;
  zip_error_t error;
  int64_t at, n;
} Target;

static zip_int64_t fail(Target *t, int why) {
  zip_error_set(&t->error, ZIP_ER_WRITE, why);
  return -1;
}

static zip_int64_t seek(Target *t, void *data, zip_uint64_t length) {
  zip_int64_t at = zip_source_seek_compute_offset((zip_uint64_t)t->at, (zip_uint64_t)t->n, data, length, &t->error);
  if (at < 0 || fseeko(t->whole->file, (off_t)at, SEEK_SET) != 0)
    return fail(t, errno);
  t->at = at;
  return 0;
}

static zip_int64_t target(void *user, void *data, zip_uint64_t length, zip_source_cmd_t command) {
  Target *t = user;
  switch (command) {
  case ZIP_SOURCE_SUPPORTS:
    return zip_source_make_command_bitmap(ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_WRITE,
                                          ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_REMOVE, ZIP_SOURCE_STAT,
                                          ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                          ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, -1);
  case ZIP_SOURCE_WRITE:
    errno = 0;
    if (fwrite(data, 1, length, t->whole->file) != length)
      return fail(t, errno);
    t->at += (int64_t)length;
    t->n = t->at > t->n ? t->at : t->n;
    return (zip_int64_t)length;
  case ZIP_SOURCE_SEEK_WRITE: return seek(t, data, length);
  case ZIP_SOURCE_TELL_WRITE: return t->at;
  case ZIP_SOURCE_STAT:
    zip_stat_init(data);
    zip_error_set(&t->error, ZIP_ER_READ, ENOENT); /* there is no such archive yet */
    return -1;
  case ZIP_SOURCE_ERROR: return zip_error_to_data(&t->error, data, length);
  case ZIP_SOURCE_BEGIN_WRITE:
  case ZIP_SOURCE_COMMIT_WRITE:
  case ZIP_SOURCE_ROLLBACK_WRITE:
  case ZIP_SOURCE_REMOVE:
  case ZIP_SOURCE_FREE: return 0;
  default: zip_error_set(&t->error, ZIP_ER_OPNOTSUPP, 0); return -1;
  }
}

/* The pieces of an entry: its header, and the array where it lies. */
typedef struct {
  char header[NPY_MOST_HEADER];
  zip_buffer_fragment_t pieces[2];
} Entry;

static bool add(zip_t *zip, const char *name, const Array *a, Entry *entry, bool is_packed) {
  char file[300];
  entry->pieces[0] = (zip_buffer_fragment_t){ (zip_uint8_t *)entry->header, npy_header(a, entry->header) };
  entry->pieces[1] = (zip_buffer_fragment_t){ (zip_uint8_t *)a->at, (zip_uint64_t)array_count(a) * array_type_size(a->type) };
  zip_source_t *source = zip_source_buffer_fragment(zip, entry->pieces, entry->pieces[1].length > 0 ? 2 : 1, 0);
  if (source == NULL)
    return false;
  snprintf(file, sizeof file, "%s.npy", name);
  zip_int64_t k = zip_file_add(zip, file, source, ZIP_FL_ENC_UTF_8);
  if (k < 0) {
    zip_source_free(source);
    return false;
  }
  zip_file_set_dostime(zip, (zip_uint64_t)k, 0, 1 << 5 | 1, 0); /* 1980, as numpy has it: the same arrays are the same bytes */
  return zip_set_file_compression(zip, (zip_uint64_t)k, is_packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0;
}

static bool write_all(Target *t, const char *path, int64_t n, const char *const *names, const Array *const *arrays, bool is_packed,
                      Entry *entries, Error *e) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source = zip_source_function_create(target, t, &error);
  zip_t *zip = source != NULL ? zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error) : NULL;
  bool is_good = zip != NULL;
  if (!is_good) {
    error_set(e, "cannot write '%s': %s", path, zip_error_strerror(&error));
    zip_source_free(source);
  }
  for (int64_t k = 0; k < n && is_good; k++)
    is_good = add(zip, names[k], arrays[k], &entries[k], is_packed) ||
              error_set(e, "cannot write '%s': '%s': %s", path, names[k], zip_strerror(zip));
  if (is_good && zip_close(zip) != 0) {
    int why = zip_error_code_system(zip_get_error(zip));
    is_good = error_set(e, "cannot write '%s': %s", path, why != 0 ? strerror(why) : zip_strerror(zip));
  } else if (is_good)
    zip = NULL;
  if (zip != NULL)
    zip_discard(zip);
  zip_error_fini(&error);
  return is_good;
}

bool npz_write(const char *path, int64_t n, const char *const *names, const Array *const *arrays, bool is_packed, Error *e) {
  WholeFile w;
  for (int64_t k = 0; k < n; k++)
    if (strlen(names[k]) > 250)
      return error_set(e, "cannot write '%s': the name '%.40s...' is too long", path, names[k]);
  Entry *entries = memory_new(sizeof *entries * (size_t)n);
  if (entries == NULL)
    return error_memory(e, path, (double)n * sizeof *entries);
  bool is_good = whole_file_begin(&w, "", path, e);
  if (is_good) {
    Target t = { .whole = &w };
    zip_error_init(&t.error);
    is_good = whole_file_end(&w, write_all(&t, path, n, names, arrays, is_packed, entries, e), e);
    zip_error_fini(&t.error);
  }
  memory_free(entries);
  return is_good;
}
