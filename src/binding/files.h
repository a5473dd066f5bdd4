/* Data in files, in Lua: `lunapse.core.hdf5` with the userdata "lunapse.hdf5", `lunapse.core.files` for the rest. Thin: check, call one function of src/files, push. Main thread only. */
#ifndef LUNAPSE_BINDING_FILES_H
#define LUNAPSE_BINDING_FILES_H
#include <lua.h>

#include "files/hdf5.h"

#define BINDING_HDF5 "lunapse.hdf5"

/* The open file at `index`; raises where there is none. */
Hdf5 *binding_check_hdf5(lua_State *L, int index);

/* Push the module `lunapse.core.hdf5`. */
int binding_open_hdf5(lua_State *L);

/* Push the module `lunapse.core.files`. */
int binding_open_files(lua_State *L);

#endif
