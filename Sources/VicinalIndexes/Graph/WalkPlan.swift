import VicinalCore

/// How a search goes about its filter: walk wider, or compare all that the filter contains.
struct WalkPlan {
  /// Candidates kept while walking.
  let width: Int

  /// Whether to walk at all.
  let isWalked: Bool

  /// Nodes that a walk compares for each candidate that it keeps, relative to the cost of
  /// comparing one in a scan. Measured on SIFT and sentence embeddings with M 32.
  private static let comparedPerCandidate = 32

  /// Nodes asked to estimate how many a filter contains; asking all of them would take longer
  /// than a walk.
  private static let sampleCount = 1024

  /// Candidates compared in float beyond those wanted, so that errors of the codes do not cost
  /// recall; 20 for 10 were enough for all data measured.
  private static let margin = 14

  init(efSearch: Int, wanted: Int, count: Int, filter: IDFilter?) {
    let walked = max(efSearch, wanted)
    guard let filter, count > 0 else {
      width = min(walked, max(1, count))
      isWalked = true
      return
    }
    let share = Self.share(of: filter, count: count)
    let widened = Double(walked) / max(share, 1e-9)
    isWalked = share * Double(count) > widened * Double(Self.comparedPerCandidate)
    width = isWalked ? min(count, Int(widened.rounded(.up))) : 1
  }

  private static func share(of filter: IDFilter, count: Int) -> Double {
    guard count > sampleCount else {
      return Double((0..<count).count { filter.contains(Int64($0)) }) / Double(count)
    }
    let hits = (0..<UInt64(sampleCount)).count {
      filter.contains(Int64(SplitMix64.mix($0 &+ 1) % UInt64(count)))
    }
    return Double(hits) / Double(sampleCount)
  }

  /// How many candidates are compared in float for `wanted` results.
  static func compared(_ wanted: Int) -> Int { wanted + max(margin, wanted / 4) }
}

extension HNSWIndex {
  func plan(wanted: Int, _ options: SearchOptions) throws(IndexError) -> WalkPlan {
    try options.requireNone(options.maxCodes, "maxCodes (max_codes)", "an HNSW index")
    if coded == nil {
      try options.requireNoCodecKnobs(of: "an HNSW index")
    } else {
      // A code that is skipped would be a dead end.
      try options.requireNone(
        options.hammingThreshold, "hammingThreshold (ht)", "an HNSW index")
      try options.requireNoRefinement(of: "an HNSW index")
    }
    try options.requireNone(options.probes, "probes (nprobe)", "an HNSW index")
    try options.requireNoCoarseKnobs(of: "an HNSW index")
    let efSearch = options.efSearch ?? self.efSearch
    guard efSearch >= 1 else {
      throw IndexError(.invalidArgument, "efSearch must be at least 1, got \(efSearch)")
    }
    return WalkPlan(efSearch: efSearch, wanted: wanted, count: count, filter: options.filter)
  }
}
