/* Vicinal for every language: vector search behind plain C functions.
 *
 * Begin with
 *
 *   if (vicinal_abi_version() != VICINAL_ABI_VERSION) ...   (wrong library)
 *   vicinal_handle index;
 *   if (vicinal_index_create("IVF1024,Flat", 128, VICINAL_METRIC_L2, 0,
 * &index)) puts(vicinal_last_error());
 *
 * Rules for all functions, unless one says otherwise:
 *
 * Errors. Functions return a status, VICINAL_OK or what went wrong; the
 * sentence is in vicinal_last_error(). After an error what was to be changed is
 * as it was, and outputs hold nothing of use. Null pointers, negative counts,
 * sizes that overflow, wrong or released handles, NaN and untrained indexes are
 * errors, never crashes. What cannot be checked is the length of your arrays.
 *
 * Handles. Objects are numbers of a table, never addresses: 0 is no object, and
 * a number that was released or is of another kind is an error. Whoever gets a
 * handle releases it once with vicinal_release; objects do not keep each other
 * alive, because each copies what it needs.
 *
 * Arrays belong to the caller and are used only during the call. Vectors are
 * rows of 32-bit floats, one after the other (row-major); n counts rows. Arrays
 * of n = 0 rows may be null. Texts are UTF-8 and end with a zero byte.
 *
 * Threads. Any function may be called from any thread. Every index has a lock:
 * searches and other readings run at the same time, changes wait for them and
 * run alone. One call uses as many threads as vicinal_set_threads says.
 */
#ifndef VICINAL_H
#define VICINAL_H

#include "vicinal_base.h"

#include "vicinal_filter.h"
#include "vicinal_index.h"
#include "vicinal_change.h"
#include "vicinal_binary.h"
#include "vicinal_file.h"
#include "vicinal_coding.h"
#include "vicinal_build.h"

#endif
