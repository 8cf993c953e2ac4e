import CVicinal
import Vicinal

/// Runs the body of a C function: errors become a status and the text of `vicinal_last_error`.
@inline(__always)
func call(_ body: () throws(IndexError) -> Void) -> Int32 {
  do throws(IndexError) {
    try body()
    return 0
  } catch {
    return fail(error)
  }
}

/// Keeps the text of an error for its thread.
@inline(never)
private func fail(_ error: IndexError) -> Int32 {
  var message = error.message
  message.withUTF8 { text in
    unsafe text.withMemoryRebound(to: CChar.self) { bytes in
      if let base = bytes.baseAddress { unsafe vcl_set_last_error(base, bytes.count) }
    }
  }
  return error.code.rawValue
}

/// Requires a place for a result.
func required<Element>(
  _ pointer: UnsafeMutablePointer<Element>?, _ name: String
) throws(IndexError) -> UnsafeMutablePointer<Element> {
  guard let pointer = unsafe pointer else {
    throw IndexError(.invalidArgument, "\(name) is a null pointer")
  }
  return unsafe pointer
}

/// Numbers an object and hands the handle out.
func give(
  _ out: UnsafeMutablePointer<UInt64>?, _ make: () throws(IndexError) -> any AnyObject & Sendable
) throws(IndexError) {
  let out = unsafe try required(out, "out")
  unsafe out.pointee = HandleRegistry.add(try make())
}

/// A text of the caller.
func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(IndexError) -> String {
  guard let pointer = unsafe pointer else {
    throw IndexError(.invalidArgument, "\(name) is a null pointer")
  }
  guard let text = unsafe String(validatingCString: pointer) else {
    throw IndexError(.invalidArgument, "\(name) is no UTF-8 text")
  }
  return text
}
