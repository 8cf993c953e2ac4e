#include "vicinal.h"
#include "vicinal_internal.h"
#include <string.h>

// Swift has no variables of a thread. Of a fixed size, so that nothing is left
// to free when a thread ends.
static _Thread_local char message[1024];

static _Thread_local uint64_t thread_cancellation;

void vcl_set_last_error(const char *text, size_t length) {
  size_t most = sizeof message - 1;
  if (length > most) {
    length = most;
    // Not in the middle of a character of several bytes.
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
      length--;
  }
  memcpy(message, text, length);
  message[length] = 0;
}

const char *vicinal_last_error(void) { return message; }

uint64_t vcl_thread_cancellation(void) { return thread_cancellation; }

void vcl_set_thread_cancellation(uint64_t cancellation) {
  thread_cancellation = cancellation;
}
