/// A scanner that can be told all queries of a batch at once and then goes from one to another at
/// little cost, so that each list can be shown to all queries that visit it while it is in the caches.
///
/// The order of calls is `begin(queries:)`, then `choose` for the query whose codes come next.
package protocol BatchCodeScanner: SelectingScanner {
  /// Takes over the queries of a batch.
  ///
  /// - Parameters:
  ///   - queries: Row-major, `count` rows of the codec's dimension.
  ///   - count: Queries.
  func begin(queries: Span<Float>, count: Int)

  /// Goes on with a query of the batch, as if it had just begun.
  func choose(query: Int)
}
