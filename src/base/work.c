#include "base/work.h"

_Atomic int64_t work_total, work_done;
