/* CLONES: compile a function for several instruction sets, the best one is picked when the program starts. The bits are the same: nothing is contracted
** or reassociated. Sanitizers cannot look into the picking, other compilers and machines get the plain function. */
#ifndef LUNAPSE_BASE_CLONES_H
#define LUNAPSE_BASE_CLONES_H

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&             \
    !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define CLONES
#endif

#endif
