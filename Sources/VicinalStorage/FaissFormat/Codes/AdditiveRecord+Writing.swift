import VicinalCoding
import VicinalCore

extension AdditiveRecord {
  /// The kind that a codec is stored as.
  static func kind(of codec: AdditiveQuantizer) -> Kind {
    switch codec.method {
    case .residual: codec.isProduct ? .productResidual : .residual
    case .localSearch: codec.isProduct ? .productLocalSearch : .localSearch
    }
  }

  /// Writes a quantizer.
  static func write(_ codec: AdditiveQuantizer, to sink: inout ByteSink) throws(IndexError) {
    try writeTables(
      codec.dimension, codec.bits, isTrained: codec.isTrained,
      codebooks: codec.parts.count == 1
        ? codec.parts[0].codebooks : codec.parts.flatMap(\.codebooks), codec.norms, to: &sink)
    guard codec.isProduct else { return try write(codec.method, codec.bits, to: &sink) }
    try sink.count(codec.parts.count)
    for part in codec.parts {
      try writeTables(
        part.dimension, part.bits, isTrained: codec.isTrained, codebooks: part.codebooks,
        part.norms, to: &sink)
      try write(part.method, part.bits, to: &sink)
    }
  }

  private static func writeTables(
    _ dimension: Int, _ bits: [Int], isTrained: Bool, codebooks: [Float], _ norms: NormQuantizer,
    to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.count(dimension)
    try sink.count(bits.count)
    try sink.array(bits.map { UInt64($0) })
    try sink.bool(isTrained)
    try sink.array(codebooks)
    try sink.integer(norms.type.rawValue)
    try sink.float(norms.least)
    try sink.float(norms.largest)
    if norms.type.rawValue >= AdditiveSearchType.clustered8.rawValue {
      try sink.array(norms.levels)
    }
    if norms.type == .localSearch2x4 || norms.type == .residual2x4 {
      try sink.array(norms.partLevels)
    }
  }

  private static func write(
    _ method: AdditiveMethod, _ bits: [Int], to sink: inout ByteSink
  ) throws(IndexError) {
    switch method {
    case .residual(let options):
      try sink.integer(options.trainingFlags)
      try sink.integer(Int32(clamping: options.beamSize))
    case .localSearch(let options):
      try sink.count(1 << bits[0])
      try sink.count(options.trainingRounds)
      try sink.count(options.encodingStarts)
      try sink.count(options.trainingStarts)
      try sink.count(options.passes)
      try sink.float(options.coolingPower)
      try sink.float(options.regularization)
      try sink.count(options.chunkSize)
      try sink.integer(options.seed)
      try sink.count(options.perturbations == 0 ? bits.count : options.perturbations)
      try sink.bool(options.usesDouble)
    }
  }
}
