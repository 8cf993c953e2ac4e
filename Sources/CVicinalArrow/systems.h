// File systems and open files.
#ifndef VICINAL_ARROW_SYSTEMS_H
#define VICINAL_ARROW_SYSTEMS_H

#include "call.h"

namespace vca {

struct System : Object {
  std::shared_ptr<arrow::fs::FileSystem> files;
  bool is_local = false;
};

// The file system of a handle; VCA_LOCAL is that of this machine.
std::shared_ptr<System> system_of(int64_t handle);

// Opens a file for reading. A size that is known saves a request.
std::shared_ptr<arrow::io::RandomAccessFile>
open_for_reading(const System &system, const std::string &path,
                 const std::string &name, int64_t size);

} // namespace vca

#endif
