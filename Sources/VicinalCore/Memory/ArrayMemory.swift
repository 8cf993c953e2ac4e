extension Array where Element: BitwiseCopyable {
  /// As many equal elements, for arrays that single searches make.
  ///
  /// The standard library's `init(repeating:count:)` looks up the type of the array at run time for
  /// the most common elements; appending does not. For twelve arrays of a search of 7 µs that was a
  /// tenth of it (2026-11-22, Xeon with AMX, `perf record` of bench/python/overhead.py IVF256,PQ8np).
  /// Long arrays are filled faster by the standard library.
  @inlinable
  package init(filling count: Int, with value: Element) {
    guard count <= 256 else {
      self.init(repeating: value, count: count)
      return
    }
    self.init()
    reserveCapacity(count)
    append(contentsOf: repeatElement(value, count: count))
  }
}

extension Array {
  /// Gives back memory that growing left unused, unless that is what the allocator rounds to: the
  /// copy would be rounded as well.
  package mutating func trim() {
    let stride = MemoryLayout<Element>.stride
    let rounding = count * stride < 1 << 16 ? 0 : 4096
    guard (capacity - count) * stride > rounding else { return }
    var exact: [Element] = []
    exact.reserveCapacity(count)
    exact.append(contentsOf: self)
    self = exact
  }
}
