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
