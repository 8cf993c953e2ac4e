extension Array {
  /// Gives back memory that growing left unused.
  package mutating func trim() {
    guard capacity > count else { return }
    var exact: [Element] = []
    exact.reserveCapacity(count)
    exact.append(contentsOf: self)
    self = exact
  }
}
