import VicinalCore

extension SearchOptions {
  /// Rejects knobs of other kinds of index.
  func requireNoKnobs(of kind: String) throws(IndexError) {
    try requireNone(probes, "probes (nprobe)", kind)
    try requireNone(efSearch, "efSearch", kind)
    try requireNone(coarseEfSearch, "coarseEfSearch (quantizer efSearch)", kind)
  }

  /// Rejects one knob if it is set.
  func requireNone(_ value: Int?, _ name: String, _ kind: String) throws(IndexError) {
    guard let value else { return }
    throw IndexError(.unsupported, "\(kind) has no \(name), but it was set to \(value)")
  }
}
