#include "base/interrupt.h"

volatile sig_atomic_t interrupt_flag = 0;

bool interrupt_take(void) {
  bool was = interrupt_flag != 0;
  interrupt_flag = 0;
  return was;
}
