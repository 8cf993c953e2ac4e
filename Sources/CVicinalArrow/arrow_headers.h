// All of Arrow that is used, in one place, as a system header: its warnings
// are not ours.
#ifndef VICINAL_ARROW_HEADERS_H
#define VICINAL_ARROW_HEADERS_H
#pragma clang system_header

#include <arrow/api.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/filesystem/localfs.h>
#include <arrow/io/api.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/config.h>
#include <arrow/util/future.h>
#include <arrow/util/key_value_metadata.h>
#include <arrow/util/thread_pool.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#endif
