import VicinalCoding
import VicinalCore

extension SearchOptions {
  /// Rejects knobs of other kinds of index.
  func requireNoKnobs(of kind: String) throws(IndexError) {
    try requireNone(probes, "probes (nprobe)", kind)
    try requireNone(efSearch, "efSearch", kind)
    try requireNoCoarseKnobs(of: kind)
    try requireNone(maxCodes, "maxCodes (max_codes)", kind)
    try requireNoCodecKnobs(of: kind)
  }

  /// Rejects what only indexes with a coarse quantizer understand.
  func requireNoCoarseKnobs(of kind: String) throws(IndexError) {
    try requireNone(coarseEfSearch, "coarseEfSearch (quantizer efSearch)", kind)
    try requireNone(coarseProbes, "coarseProbes (quantizer nprobe)", kind)
    try requireNone(cellRatio, "cellRatio (ratio)", kind)
  }

  /// Rejects what only indexes of codes understand.
  func requireNoCodecKnobs(of kind: String) throws(IndexError) {
    try requireNone(hammingThreshold, "hammingThreshold (ht)", kind)
    try requireNone(queryBits, "queryBits (qb)", kind)
    try requireNoRefinement(of: kind)
  }

  /// Rejects what only refined indexes understand.
  func requireNoRefinement(of kind: String) throws(IndexError) {
    try requireNone(refineFactor, "refineFactor (k_factor)", kind)
    try requireNone(refineSamples, "refineSamples", kind)
  }

  /// What a codec is asked: these options, over those of the index.
  func scanOptions(over index: ScanOptions) -> ScanOptions {
    var options = index
    if let hammingThreshold { options.hammingThreshold = hammingThreshold }
    if let queryBits { options.queryBits = queryBits }
    options.allowsRoughValues = allowsRoughValues
    return options
  }

  /// Rejects one knob if it is set.
  func requireNone<Value>(_ value: Value?, _ name: String, _ kind: String) throws(IndexError) {
    guard let value else { return }
    throw IndexError(.unsupported, "\(kind) has no \(name), but it was set to \(value)")
  }
}
