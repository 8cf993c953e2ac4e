// What the operating system says about processors.
#ifndef VCL_CPU_H
#define VCL_CPU_H

#include <stddef.h>
#include <stdint.h>

/// Asks for memory that is about to be read.
static inline void vcl_prefetch(const void *from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += 64)
    __builtin_prefetch((const char *)from + at);
}

/// Processors that this process may run on (its affinity mask counts), or 0 if
/// the system does not say.
int32_t vcl_usable_processors(void);

/// Makes the allocator give large blocks back to the system when they are
/// freed, for the whole process. glibc raises the size from which it does so
/// with every large block that is freed, up to 32 MiB; blocks below it leave
/// holes in the heap. Without effect where the C library is another one.
void vcl_give_freed_memory_back(void);

/// Gives what was freed until now back to the system, the holes too.
void vcl_trim_heap(void);

#endif
