import VicinalCore

/// How a search goes about its filter: walk wider, or compare all that the filter contains.
struct WalkPlan {
  /// Candidates kept while walking.
  let width: Int
  /// Results without which a filtered walk is taken to have failed.
  let needed: Int
  /// Whether to walk at all.
  let isWalked: Bool
  /// What the filter contains, as a mask and as ids; `nil` without a filter.
  let mask: [UInt32]?
  let allowed: [Int32]?

  /// Nodes that a walk compares for each candidate that it keeps, relative to the cost of
  /// comparing one in a scan. Measured on SIFT and sentence embeddings with M 32.
  private static let comparedPerCandidate = 32

  /// Candidates compared in float beyond those wanted, so that errors of the codes do not cost
  /// recall; 20 for 10 were enough for all data measured.
  private static let margin = 14

  init(efSearch: Int, wanted: Int, count: Int, filter: IDFilter?) {
    let walked = max(efSearch, wanted)
    needed = wanted
    guard let filter else {
      width = min(walked, max(1, count))
      isWalked = true
      mask = nil
      allowed = nil
      return
    }
    let words = filter.mask(of: count) { Int64($0) }
    let ids = (0..<Int32(count)).filter { words[Int($0 >> 5)] >> UInt32($0 & 31) & 1 == 1 }
    let widened = Double(walked) * Double(count) / Double(max(1, ids.count))
    isWalked = Double(ids.count) > widened * Double(Self.comparedPerCandidate)
    width = isWalked ? min(max(1, count), Int(widened.rounded(.up))) : 1
    mask = words
    allowed = ids
  }

  /// How many candidates are compared in float for `wanted` results.
  func compared(_ wanted: Int) -> Int { wanted + max(Self.margin, wanted / 4) }
}

extension HNSWIndex {
  func plan(wanted: Int, _ options: SearchOptions) throws(IndexError) -> WalkPlan {
    try options.requireNone(options.probes, "probes (nprobe)", "an HNSW index")
    try options.requireNone(
      options.coarseEfSearch, "coarseEfSearch (quantizer efSearch)", "an HNSW index")
    let efSearch = options.efSearch ?? self.efSearch
    guard efSearch >= 1 else {
      throw IndexError(.invalidArgument, "efSearch must be at least 1, got \(efSearch)")
    }
    return WalkPlan(efSearch: efSearch, wanted: wanted, count: count, filter: options.filter)
  }
}
