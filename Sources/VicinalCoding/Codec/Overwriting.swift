extension [Float] {
  /// Takes over the numbers of a vector of the same length. The array is looked at through a span:
  /// it would ask at every access whether it is shared.
  mutating func overwrite(with vector: Span<Float>) {
    var own = mutableSpan
    for index in own.indices { own[index] = vector[index] }
  }
}
