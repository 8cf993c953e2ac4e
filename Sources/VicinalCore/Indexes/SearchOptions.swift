/// Optional knobs of one search. What is `nil` falls back to the index's own setting.
///
/// An index rejects a knob that it does not have, so that a misspelt intention is not ignored.
/// The corresponding faiss types are `SearchParameters` and its subclasses.
public struct SearchOptions: Sendable {
  /// Inverted lists to visit, at least 1; more than there are means all. faiss: `nprobe`.
  public var probes: Int?

  /// Candidates kept while walking a graph, at least 1. faiss: `efSearch`.
  public var efSearch: Int?

  /// Only these ids may be returned. faiss: `sel`.
  public var filter: IDFilter?

  /// `efSearch` of a graph used as coarse quantizer. faiss: `quantizer_params`.
  public var coarseEfSearch: Int?

  /// Inverted lists to visit in an inverted file used as coarse quantizer, at least 1.
  /// faiss: `quantizer_params`.
  public var coarseProbes: Int?

  /// Inverted lists are visited only if their cell is at least this part as good as the best one, 0…1;
  /// 0 for all of `probes`. The best is always visited. Similarities s and s₁ of a cell and of the best
  /// are compared as s / s₁, as s₁ / s if both are negative, and distances (squared for L2) as s₁ / s.
  public var cellRatio: Float?

  /// Vectors of inverted lists that a query is compared with at most, at least 1; the last list that
  /// it comes to is cut.
  /// faiss: `max_codes`.
  public var maxCodes: Int?

  /// Codes of a polysemous product quantizer whose Hamming distance to the query's code is not
  /// below this, at least 0, are skipped. faiss: `polysemous_ht`, `ht`.
  public var hammingThreshold: Int?

  /// How many times `k` candidates are compared again by a refined index, at least 1.
  /// faiss: `k_factor`.
  public var refineFactor: Float?

  /// How many of the `k` results of each query a refined index compares again. The values of all
  /// then lie on the line that fits these best, and the order is that of the first index. 0 for the
  /// values of the first index; `nil`, or as many as there are, for all, ranked anew.
  public var refineSamples: Int?

  /// Bits that queries are rounded to by codecs that offer it, 0 for none. faiss: `qb`.
  public var queryBits: Int?

  /// Whether walks of a graph end at the efSearch-th nearest even where `k` is larger, as they do in
  /// faiss: faster, and it finds less. Otherwise such a walk is as thorough as with efSearch = k.
  /// Other indexes, and walks with a filter or over bits, take no notice.
  public var endsWalksAtEfSearch = false

  /// For each query the number of a vector that walks of a graph go around, −1 for none. A query that
  /// is a vector of the index would be found by its own links, which other queries do not have, and
  /// flatter the recall. Graphs only, and only where there is one for each query.
  package var avoidedNodes: [Int64]?

  /// Whether distances may be somewhat off where that is faster: the vectors found are compared with the
  /// query once more.
  package var allowsRoughValues = false

  /// Threads, instruction set, cancellation.
  public var execution: Execution

  /// All knobs at the index's own settings unless given.
  public init(
    probes: Int? = nil, efSearch: Int? = nil, coarseEfSearch: Int? = nil,
    maxCodes: Int? = nil, hammingThreshold: Int? = nil, refineFactor: Float? = nil,
    queryBits: Int? = nil, coarseProbes: Int? = nil, cellRatio: Float? = nil,
    filter: IDFilter? = nil,
    execution: Execution = Execution()
  ) {
    self.coarseProbes = coarseProbes
    self.cellRatio = cellRatio
    self.maxCodes = maxCodes
    self.hammingThreshold = hammingThreshold
    self.refineFactor = refineFactor
    self.queryBits = queryBits
    self.probes = probes
    self.efSearch = efSearch
    self.coarseEfSearch = coarseEfSearch
    self.filter = filter
    self.execution = execution
  }
}
