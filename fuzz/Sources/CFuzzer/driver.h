#include <stddef.h>
#include <stdint.h>

/// What libFuzzer's own main calls.
int LLVMFuzzerRunDriver(
    int *count, char ***arguments, int (*test)(const uint8_t *bytes, size_t count));

/// A random change of libFuzzer's own; returns the new count.
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t limit);
