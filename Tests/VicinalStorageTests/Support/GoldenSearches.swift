import Testing
import VicinalCore
import VicinalStorage
import VicinalTestSupport

/// Requires that an index answers the queries of a golden file as faiss did; `context` says in
/// messages how it was read.
func expectAnswers(
  of index: any VectorIndex, _ golden: GoldenFile, _ context: String,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  guard let k = golden.k, let searches = golden.searches, golden.compare != "none" else { return }
  let queries = golden.queryVectors
  guard queries.count > 0 else { return }
  for search in searches {
    var options = SearchOptions()
    options.probes = search.params["nprobe"].map { Int($0) }
    options.efSearch = search.params["efSearch"].map { Int($0) }
    let found = try index.search(queries.batch(), k: k, options: options)
    let what = "\(golden), \(context), \(search.params)"
    let message =
      golden.compare == "graph"
      ? graphMismatch(found, search) : exactMismatch(found, search, metric: index.metric)
    if let message { Issue.record("\(what): \(message)", sourceLocation: sourceLocation) }
  }
}

private func isSame(_ a: Float, _ b: Float) -> Bool {
  a == b || abs(a - b) <= 1e-5 * max(abs(a), abs(b)) || abs(a - b) <= 1e-6
}

/// Same values in the same places; other ids only where values are equal.
private func exactMismatch(
  _ found: Neighbors, _ search: GoldenFile.Search, metric: Metric
) -> String? {
  for query in 0..<found.queryCount {
    let expected = search.distances[query]
    for place in 0..<found.k {
      let id = found.ids[query * found.k + place]
      let value = found.distances[query * found.k + place]
      let wanted = search.ids[query][place]
      guard wanted >= 0 else {
        if id != -1 { return "query \(query), place \(place): id \(id) instead of padding" }
        continue
      }
      if !isSame(value, expected[place]) {
        return "query \(query), place \(place): value \(value), expected \(expected[place])"
      }
      guard id != wanted else { continue }
      let ties = expected.indices.filter { isSame(expected[$0], expected[place]) }
      // A tie across the last place may bring in ids that faiss does not name.
      let isTied = ties.count > 1 || place == found.k - 1
      if !isTied { return "query \(query), place \(place): id \(id), expected \(wanted)" }
    }
  }
  return nil
}

/// Nine of ten ids, and the values of those that both name.
private func graphMismatch(_ found: Neighbors, _ search: GoldenFile.Search) -> String? {
  var (hits, total) = (0, 0)
  for query in 0..<found.queryCount {
    var values: [Int64: Float] = [:]
    for (id, value) in zip(search.ids[query], search.distances[query]) where id >= 0 {
      values[id] = value
    }
    total += values.count
    for (id, value) in found.row(query) {
      guard let expected = values[id] else { continue }
      hits += 1
      if !isSame(value, expected) {
        return "query \(query), id \(id): value \(value), expected \(expected)"
      }
    }
  }
  return hits * 10 >= total * 9 ? nil : "only \(hits) of \(total) ids agree"
}

extension GoldenFile {
  /// The bytes of the index file.
  func bytes() throws -> [UInt8] { Array(try contents()) }

  /// Files whose content has no defined order (reference, section 14).
  var isHashOrdered: Bool { file.contains("dm_hash") }

  /// Files of formats that are only read.
  var isLegacy: Bool { file.hasPrefix("legacy_") }
}
