#if defined(__linux__)
#define _DEFAULT_SOURCE
#include <sys/mman.h>
#endif
#include "vcl_graph.h"

#define VCL_HUGE ((uintptr_t)2 << 20)

void vcl_prefer_huge_pages(void *base, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  uintptr_t first = ((uintptr_t)base + VCL_HUGE - 1) & ~(VCL_HUGE - 1);
  uintptr_t end = ((uintptr_t)base + bytes) & ~(VCL_HUGE - 1);
  // Only advice: without huge pages everything works the same, but slower.
  if (end > first)
    (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
  (void)base;
  (void)bytes;
#endif
}
