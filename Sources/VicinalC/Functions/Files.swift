public import CVicinal
import Vicinal

// The functions of vicinal_file.h.

private func readOptions(
  _ flags: Int32, _ execution: Execution
) throws(IndexError) -> IndexFile.ReadOptions {
  let known = Int32(VICINAL_READ_MAPPED | VICINAL_READ_FLOAT_ONLY)
  guard flags & ~known == 0 else {
    throw IndexError(.invalidArgument, "flags of reading are 0…\(known), got \(flags)")
  }
  var options = IndexFile.ReadOptions()
  options.isMapped = flags & Int32(VICINAL_READ_MAPPED) != 0
  if flags & Int32(VICINAL_READ_FLOAT_ONLY) != 0 { options.isAccelerated = false }
  options.execution = execution
  return options
}

/// Documented in vicinal_file.h.
@c @implementation public func vicinal_index_save(
  _ index: vicinal_handle, _ path: UnsafePointer<CChar>?, _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let path = unsafe try text(path, "path")
    let execution = unsafe try execution(work)
    try anyIndex(
      index,
      float: { box throws(IndexError) in
        try box.read { index throws(IndexError) in
          try IndexFile.write(copy index, to: path, execution: execution)
        }
      },
      binary: { box throws(IndexError) in
        try box.read { index throws(IndexError) in
          try BinaryIndexFile.write(copy index, to: path, execution: execution)
        }
      })
  }
}

/// Documented in vicinal_file.h.
@c @implementation public func vicinal_index_load(
  _ path: UnsafePointer<CChar>?, _ flags: Int32, _ work: UnsafePointer<vicinal_work>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let path = unsafe try text(path, "path")
    let options = try readOptions(flags, unsafe execution(work))
    unsafe try give(out) { () throws(IndexError) -> any AnyObject & Sendable in
      if try BinaryIndexFile.recognizes(path) {
        return BinaryIndexBox(try BinaryIndexFile.read(path, options: options))
      }
      return FloatIndexBox(try IndexFile.read(path, options: options))
    }
  }
}

/// Documented in vicinal_file.h.
@c @implementation public func vicinal_index_map_vectors(
  _ path: UnsafePointer<CChar>?, _ metric: Int32, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let file = try VectorFile(path: unsafe text(path, "path"))
    let metric = try Metric(faissCode: metric)
    unsafe try give(out) { () throws(IndexError) in
      guard file.element == .float16 else {
        return FloatIndexBox(
          try FlatIndex(
            viewing: file.storedRows(as: .float32), dimension: file.dimension, metric: metric))
      }
      return FloatIndexBox(
        try CodedIndex(
          viewing: file.storedRows(as: .float16),
          codec: ScalarQuantizer(dimension: file.dimension, kind: .float16), metric: metric))
    }
  }
}

/// Documented in vicinal_file.h.
@c @implementation public func vicinal_index_serialize(
  _ index: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let bytes = try anyIndex(
        index,
        float: { box throws(IndexError) in
          try box.read { index throws(IndexError) in try IndexFile.encode(copy index) }
        },
        binary: { box throws(IndexError) in
          try box.read { index throws(IndexError) in try BinaryIndexFile.encode(copy index) }
        })
      return BytesBox(bytes.span.rawBytes)
    }
  }
}

/// The caller's bytes.
func bytes(
  _ data: UnsafeRawPointer?, _ size: Int64
) throws(IndexError) -> UnsafeBufferPointer<UInt8> {
  unsafe try array(data?.assumingMemoryBound(to: UInt8.self), size, 1, "bytes")
}

private func isBinary(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
  unsafe bytes.starts(with: "IB".utf8)
}

/// Documented in vicinal_file.h.
@c @implementation public func vicinal_index_deserialize(
  _ data: UnsafeRawPointer?, _ size: Int64, _ flags: Int32,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let bytes = unsafe try bytes(data, size)
    let options = try readOptions(flags, Execution(workers: workers(0)))
    unsafe try give(out) { () throws(IndexError) -> any AnyObject & Sendable in
      if unsafe isBinary(bytes) {
        return BinaryIndexBox(
          try BinaryIndexFile.decode(unsafe bytes.span.rawBytes, options: options))
      }
      return FloatIndexBox(try IndexFile.decode(unsafe bytes.span.rawBytes, options: options))
    }
  }
}

/// Documented in vicinal_file.h.
@c @implementation public func vicinal_file_describe(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let path = unsafe try text(path, "path")
    unsafe try give(out) { () throws(IndexError) in
      let isBinary = try BinaryIndexFile.recognizes(path)
      return BytesBox(
        try reportJSON(isBinary ? BinaryIndexFile.describe(path) : IndexFile.describe(path)))
    }
  }
}

/// Documented in vicinal_file.h.
@c @implementation public func vicinal_bytes_describe(
  _ data: UnsafeRawPointer?, _ size: Int64, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let bytes = unsafe try bytes(data, size)
    unsafe try give(out) { () throws(IndexError) in
      let copy = unsafe Array(bytes)
      return BytesBox(
        try reportJSON(
          unsafe isBinary(bytes)
            ? BinaryIndexFile.describe(copy) : IndexFile.describe(copy)))
    }
  }
}
