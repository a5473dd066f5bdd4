#include "numeric/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_missing(const char *package, const char *purpose, Error *e) {
  return error_set(e, "this Lunapse was built without %s, which %s needs: install it (Debian's package) and build anew", package, purpose);
}

bool library_open(const char *file, const char *package, const char *purpose, const LibraryFunction *functions, size_t n, Error *e) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    return error_set(e, "%s needs the library %s of Debian's package %s, which is not here: install it", purpose, file, package);
  for (size_t k = 0; k < n; k++) {
    void *found = dlsym(library, functions[k].name); /* of what the library itself depends on, too */
    if (found == NULL)
      return error_set(e, "%s: the library %s has no function %s (Debian's package %s)", purpose, file, functions[k].name, package);
    memcpy(functions[k].place, &found, sizeof found);
  }
  return true;
}
