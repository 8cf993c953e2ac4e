#include "vcl_cpu.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void vcl_give_freed_memory_back(void) {
#if defined(__GLIBC__)
  (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
  (void)mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

void vcl_trim_heap(void) {
#if defined(__GLIBC__)
  (void)malloc_trim(0);
#endif
}
