// What the operating system says about processors.
#ifndef VCL_CPU_H
#define VCL_CPU_H

#include <stdint.h>

/// Processors that this process may run on (its affinity mask counts), or 0 if
/// the system does not say.
int32_t vcl_usable_processors(void);

#endif
