/* Between the parts of the library; not installed. */
#ifndef VICINAL_INTERNAL_H
#define VICINAL_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

/* Sets what vicinal_last_error returns in this thread; cut to 1023 bytes at the
 * border of a character. */
void vcl_set_last_error(const char *text, size_t length);

/* The switch that calls of this thread end by, or 0. */
uint64_t vcl_thread_cancellation(void);
void vcl_set_thread_cancellation(uint64_t cancellation);

#endif
