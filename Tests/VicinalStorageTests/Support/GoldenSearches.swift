import Testing
import VicinalCore
import VicinalIndexes
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
    let found = try index.search(queries.batch(), k: k, options: search.options(golden))
    let message =
      switch golden.compare {
      case "graph": partialMismatch(found, search)
      // faiss rounds its tables to 8 bits: values are off, and near ones change places.
      case "lut8": partialMismatch(found, search, slack: 0.02)
      default: exactMismatch(found, search.ids, search.distances)
      }
    if let message {
      let what = "\(golden), \(context), \(search.params)"
      Issue.record("\(what): \(message)", sourceLocation: sourceLocation)
    }
  }
  guard let reference = golden.reference else { return }
  // Where faiss rounds its tables, ours are exact: the answers are those for the decoded vectors.
  var all = SearchOptions()
  if let probed = index.core as? IVFIndex { all.probes = probed.listCount }
  let found = try index.search(queries.batch(), k: reference.ids.first?.count ?? 1, options: all)
  if let message = exactMismatch(found, reference.ids, reference.distances, tolerance: 1e-4) {
    Issue.record("\(golden), \(context), reference: \(message)", sourceLocation: sourceLocation)
  }
}

extension GoldenFile.Search {
  fileprivate func options(_ golden: GoldenFile) -> SearchOptions {
    var options = SearchOptions()
    options.probes = params["nprobe"].map { Int($0) }
    options.efSearch = params["efSearch"].map { Int($0) }
    options.refineFactor = params["k_factor_rf"].map { Float($0) }
    // Fast scan does not round the query here.
    let isFastScan = golden.factory.contains("RaBitQfs")
    options.queryBits = isFastScan ? nil : params["sp_qb"].map { Int($0) }
    return options
  }
}

private func isSame(_ a: Float, _ b: Float, _ tolerance: Float = 1e-5) -> Bool {
  a == b || abs(a - b) <= tolerance * max(abs(a), abs(b)) || abs(a - b) <= tolerance / 10
}

/// Same values in the same places; other ids only where values are equal.
private func exactMismatch(
  _ found: Neighbors, _ ids: [[Int64]], _ distances: [[Float]], tolerance: Float = 1e-5
) -> String? {
  for query in 0..<found.queryCount {
    let expected = distances[query]
    for place in 0..<found.k {
      let id = found.ids[query * found.k + place]
      let value = found.distances[query * found.k + place]
      let wanted = ids[query][place]
      guard wanted >= 0 else {
        if id != -1 { return "query \(query), place \(place): id \(id) instead of padding" }
        continue
      }
      if !isSame(value, expected[place], tolerance) {
        return "query \(query), place \(place): value \(value), expected \(expected[place])"
      }
      guard id != wanted else { continue }
      let ties = expected.indices.filter { isSame(expected[$0], expected[place], tolerance) }
      // A tie across the last place may bring in ids that faiss does not name.
      let isTied = ties.count > 1 || place == found.k - 1
      if !isTied { return "query \(query), place \(place): id \(id), expected \(wanted)" }
    }
  }
  return nil
}

/// Nine of ten ids, and the values of those that both name.
///
/// - Parameter slack: How far values may be apart, in parts of the largest value of a query.
private func partialMismatch(
  _ found: Neighbors, _ search: GoldenFile.Search, slack: Float = 0
) -> String? {
  var (hits, total) = (0, 0)
  for query in 0..<found.queryCount {
    var values: [Int64: Float] = [:]
    for (id, value) in zip(search.ids[query], search.distances[query]) where id >= 0 {
      values[id] = value
    }
    total += values.count
    let allowed = slack * (values.values.map(abs).max() ?? 0)
    for (id, value) in found.row(query) {
      guard let expected = values[id] else { continue }
      hits += 1
      if !isSame(value, expected), abs(value - expected) > allowed {
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
  var isHashOrdered: Bool { file.contains("dm_hash") || file.contains("dedup") }

  /// Files of formats that are only read, or of releases that rounded lengths otherwise.
  var isLegacy: Bool {
    file.hasPrefix("legacy_") || ["Irfs", "Iwrf", "IwPn"].contains(tree.prefix(4))
      || (file.contains("panorama") && writer != "faiss 1.15.1")
  }
}
