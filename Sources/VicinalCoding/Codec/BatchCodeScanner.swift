/// A scanner that can also compare several queries with the same codes at once, which reads and
/// unpacks each code once for all of them.
///
/// The order of calls is `begin(queries:)`, then `enter` for the queries that look at the codes
/// to come, then `scanBatch`. What `begin(query:)` prepared is lost.
package protocol BatchCodeScanner: CodeScanner {
  /// Takes over the queries of a batch.
  ///
  /// - Parameters:
  ///   - queries: Row-major, `count` rows of the codec's dimension.
  ///   - count: Queries.
  func begin(queries: Span<Float>, count: Int)

  /// Chooses the queries that are to be compared with the codes to come.
  ///
  /// - Parameters:
  ///   - members: Numbers of queries.
  ///   - cell: Number of the inverted list; ignored without a centroid.
  ///   - centroid: What codes are relative to, or `nil` if they are not.
  ///   - distances: One per member: the value between query and centroid, NaN if unknown; empty
  ///     without a centroid.
  func enter(members: Span<Int32>, cell: Int, centroid: Span<Float>?, distances: Span<Float>)

  /// Compares the members with consecutive codes.
  ///
  /// - Parameters:
  ///   - codes: As the codec's layout keeps them, from the first code of a block on.
  ///   - count: Codes.
  ///   - values: At least members × `count` places; receives the values of the first member, then
  ///     those of the second, and so on.
  func scanBatch(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>)
}
