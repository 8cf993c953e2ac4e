import Vicinal

/// The caller's array of `rows × columns` numbers.
///
/// - Parameters:
///   - name: What messages call it.
/// - Throws: ``IndexError/Code/invalidArgument`` for negative counts, a size that overflows, a null
///   pointer to something, or an address where such numbers do not lie.
@inline(__always)
func array<Element>(
  _ pointer: UnsafePointer<Element>?, _ rows: Int64, _ columns: Int, _ name: StaticString
) throws(IndexError) -> UnsafeBufferPointer<Element> {
  let count = try size(rows, columns, MemoryLayout<Element>.stride, name)
  guard let pointer = unsafe pointer else {
    guard count == 0 else { throw IndexError(.invalidArgument, "\(name) is a null pointer") }
    return unsafe UnsafeBufferPointer(start: nil, count: 0)
  }
  let alignment = MemoryLayout<Element>.alignment
  guard UInt(bitPattern: pointer) % UInt(alignment) == 0 else {
    throw IndexError(
      .invalidArgument,
      "\(name) must begin at an address that is a multiple of \(alignment) bytes; hand over a copy")
  }
  return unsafe UnsafeBufferPointer(start: pointer, count: count)
}

/// The caller's place for `rows × columns` numbers.
///
/// - Throws: As for arrays that are read.
@inline(__always)
func place<Element>(
  _ pointer: UnsafeMutablePointer<Element>?, _ rows: Int64, _ columns: Int,
  _ name: StaticString
) throws(IndexError) -> UnsafeMutableBufferPointer<Element> {
  let read = unsafe try array(UnsafePointer(pointer), rows, columns, name)
  guard read.count <= mostResultBytes / MemoryLayout<Element>.stride else {
    throw IndexError(
      .memoryBound, "\(read.count) \(name) are more than the memory of this machine can hold")
  }
  return unsafe UnsafeMutableBufferPointer(mutating: read)
}

/// Results are in memory before the caller gets them, and a failed allocation ends the process.
private let mostResultBytes = largestMemory()

/// More than any process can have in its address space.
private let addressableBytes = 1 << 47

private func size(
  _ rows: Int64, _ columns: Int, _ width: Int, _ name: StaticString
) throws(IndexError) -> Int {
  guard rows >= 0, let rows = Int(exactly: rows) else {
    throw IndexError(.invalidArgument, "the number of \(name) must not be negative, got \(rows)")
  }
  let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
  let bytes = count.multipliedReportingOverflow(by: width)
  guard columns >= 0, !overflow, !bytes.overflow, bytes.partialValue < addressableBytes else {
    throw IndexError(
      .invalidArgument, "\(rows) × \(columns) \(name) are more than memory can address")
  }
  return count
}

/// Copies a result to the caller, which has made room for exactly that.
///
/// - Throws: ``IndexError/Code/invalidArgument`` if the sizes differ, which would be our mistake.
@inline(__always)
func copy<Element: BitwiseCopyable>(
  _ values: borrowing [Element], to place: UnsafeMutableBufferPointer<Element>
) throws(IndexError) {
  guard values.count == place.count else {
    let room = place.count
    throw IndexError(
      .invalidArgument, "there are \(values.count) results, but room for \(room)")
  }
  guard values.count > 0 else { return }
  unsafe values.withUnsafeBufferPointer { source in
    _ = unsafe place.update(fromContentsOf: source)
  }
}

/// A count that must be a sensible `Int`.
func count(_ value: Int64, _ name: StaticString, from least: Int = 0) throws(IndexError) -> Int {
  guard value >= Int64(least), let count = Int(exactly: value) else {
    throw IndexError(.invalidArgument, "\(name) must be at least \(least), got \(value)")
  }
  return count
}
