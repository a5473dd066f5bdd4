/* The least a C test needs: CHECK prints what failed and where, check_done gives main its exit status. */
#ifndef LUNAPSE_TESTS_CHECK_H
#define LUNAPSE_TESTS_CHECK_H
#include <math.h>
#include <stdio.h>
#include <string.h>

static int check_failures;

#define CHECK(condition, ...)                                                                                                              \
  do {                                                                                                                                     \
    if (!(condition)) {                                                                                                                    \
      check_failures++;                                                                                                                    \
      printf("%s:%d: %s failed: ", __FILE__, __LINE__, #condition);                                                                        \
      printf(__VA_ARGS__);                                                                                                                 \
      printf("\n");                                                                                                                        \
    }                                                                                                                                      \
  } while (0)

/* Does the error's text contain `part`? */
#define CHECK_ERROR(e, part) CHECK(strstr((e).text, part) != NULL, "got '%s', wanted '%s'", (e).text, part)

static inline int check_done(void) {
  if (check_failures > 0)
    printf("%d checks failed\n", check_failures);
  return check_failures > 0;
}

#endif
