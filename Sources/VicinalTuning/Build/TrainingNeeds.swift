import VicinalIndexes

/// How many vectors training makes use of.
struct TrainingNeeds {
  /// With fewer, training fails or warns.
  var least = 0
  /// More bring nothing.
  var most = 0

  /// What training several parts on one sample makes use of.
  func with(_ other: TrainingNeeds) -> TrainingNeeds {
    TrainingNeeds(least: max(least, other.least), most: max(most, other.most))
  }
}

extension IndexSpec {
  /// What training everything in this index makes use of.
  var trainingNeeds: TrainingNeeds {
    switch self {
    case .flat: return TrainingNeeds()
    case .codes(let codec): return codec.trainingNeeds
    case .hnsw(_, let codec): return codec?.trainingNeeds ?? TrainingNeeds()
    case .ivf(let listCount, let coarse, let codec):
      var cells = TrainingNeeds(
        least: listCount * IndexBuilder.fewestPointsPerCell,
        most: listCount * IndexBuilder.mostPointsPerCell)
      if case .multiIndex(_, let bits) = coarse {
        cells = TrainingNeeds(least: 1 << bits, most: IndexBuilder.mostPointsPerCell << bits)
      }
      return codec?.trainingNeeds.with(cells) ?? cells
    case .idMap(let inner, _), .panorama(let inner, _), .deduplicated(let inner):
      return inner.trainingNeeds
    case .transformed(_, let inner):
      return learnsTransforms ? inner.trainingNeeds.with(.codec) : inner.trainingNeeds
    case .refined(let base, let refiner): return base.trainingNeeds.with(refiner.trainingNeeds)
    case .residualCells(let bits): return CodecSpec.additive(AdditiveSpec(bits: bits)).trainingNeeds
    }
  }
}

extension IndexSpec {
  /// How many times the bytes of the sample training holds at its peak, the sample included;
  /// measured, see `docs/memory.md`.
  var trainingCopies: Int {
    switch self {
    case .flat: 2
    case .codes, .hnsw: 3
    case .ivf(_, _, let codec): codec == nil ? 3 : 5
    case .idMap(let inner, _), .panorama(let inner, _), .deduplicated(let inner):
      inner.trainingCopies
    case .transformed(_, let inner):
      learnsTransforms ? inner.trainingCopies + 2 : inner.trainingCopies + 1
    case .refined(let base, let refiner): max(base.trainingCopies, refiner.trainingCopies) + 1
    case .residualCells: 3
    }
  }
}

extension TrainingNeeds {
  /// Of codecs and transforms that learn a few numbers per dimension.
  static let codec = TrainingNeeds(least: 256, most: 1 << 16)
}

extension CodecSpec {
  fileprivate var trainingNeeds: TrainingNeeds {
    switch self {
    case .product(_, let bits, _):
      TrainingNeeds(least: 1 << bits, most: IndexBuilder.mostPointsPerCell << bits)
    case .productRefined: TrainingNeeds(least: 256, most: IndexBuilder.mostPointsPerCell << 8)
    case .fastScan: TrainingNeeds(least: 16, most: IndexBuilder.mostPointsPerCell << 4)
    case .additive(let spec):
      TrainingNeeds(
        least: 1 << (spec.bits.max() ?? 0),
        most: IndexBuilder.mostPointsPerCell << (spec.bits.max() ?? 0))
    case .scalar, .lsh, .raBitQ, .raBitQFastScan: .codec
    }
  }
}
