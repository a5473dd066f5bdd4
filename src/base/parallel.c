#include "base/parallel.h"

#include <omp.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

int parallel_count(int n_threads, int64_t n_shares) {
  if (n_shares < n_threads)
    n_threads = (int)n_shares;
  return n_threads > 1 ? n_threads : 1;
}

int parallel_id(void) { return omp_get_thread_num(); }
int parallel_processors(void) { return omp_get_num_procs(); }

#if defined(__x86_64__)
enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
unsigned parallel_mode(void) { return _mm_getcsr(); }
void parallel_restore_mode(unsigned mode) { _mm_setcsr(mode); }
void parallel_flush_denormals(void) { _mm_setcsr(_mm_getcsr() | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO); }
#elif defined(__aarch64__)
unsigned parallel_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return (unsigned)mode;
}
void parallel_restore_mode(unsigned mode) { __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)mode)); }
void parallel_flush_denormals(void) { parallel_restore_mode(parallel_mode() | 1u << 24); }
#else
unsigned parallel_mode(void) { return 0; }
void parallel_restore_mode(unsigned mode) { (void)mode; }
void parallel_flush_denormals(void) {}
#endif
