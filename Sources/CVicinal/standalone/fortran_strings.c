// The one function of the Fortran runtime that LAPACK calls in libvicinal, so
// that the whole runtime need not come along. Only for scripts/build-library.
#include <stddef.h>
#include <string.h>

void _gfortran_concat_string(size_t room, char *to, size_t first_length,
                             const char *first, size_t second_length,
                             const char *second);

// Joins two texts; cuts what does not fit and fills up with blanks.
void _gfortran_concat_string(size_t room, char *to, size_t first_length,
                             const char *first, size_t second_length,
                             const char *second) {
  if (first_length > room)
    first_length = room;
  if (second_length > room - first_length)
    second_length = room - first_length;
  memcpy(to, first, first_length);
  memcpy(to + first_length, second, second_length);
  memset(to + first_length + second_length, ' ',
         room - first_length - second_length);
}
