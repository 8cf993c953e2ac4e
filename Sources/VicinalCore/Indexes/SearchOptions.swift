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

  /// Threads, instruction set, cancellation.
  public var execution: Execution

  /// All knobs at the index's own settings unless given.
  public init(
    probes: Int? = nil, efSearch: Int? = nil, coarseEfSearch: Int? = nil,
    filter: IDFilter? = nil, execution: Execution = Execution()
  ) {
    self.probes = probes
    self.efSearch = efSearch
    self.coarseEfSearch = coarseEfSearch
    self.filter = filter
    self.execution = execution
  }
}
