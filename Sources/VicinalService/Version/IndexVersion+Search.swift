package import VicinalCore
import VicinalIndexes
package import VicinalMessages

extension IndexVersion {
  /// The nearest vectors of each query, their ids and scores; id -1 where there are fewer than k.
  ///
  /// Best first, equal scores by id.
  ///
  /// - Parameter stored: The vectors of some ids as they were when the main index was built, `nil` for
  ///   one that was changed since. Scores of codes are replaced by those of these vectors.
  package func search(
    _ request: SearchRequest, k: Int, workers: Int,
    isCancelled: (@Sendable () -> Bool)? = nil,
    stored: (_ ids: [Int64]) throws -> [[Float]?]
  ) throws(ServiceError) -> Neighbors {
    try require(request)
    let parameters = try parameters(request.parameters)
    let queries = metric.prepared(request.queries, dimension: dimension)
    let allowed = AllowedIDs(request)
    let execution = Execution(workers: workers, isCancelled: isCancelled)
    do throws(IndexError) {
      let near = try delta.search(queries, k: k, allowed: allowed, execution: execution)
      guard let main else { return merged(near, nil, k: k) }
      var far = try main.search(
        queries, k: k, allowed: allowed, parameters: parameters, execution: execution)
      if main.facts.hasExactScores != true { main.rescore(&far, queries, metric, stored) }
      return merged(near, far, k: k)
    } catch  where error.code == .cancelled {
      throw ServiceError(.shuttingDown, "the service is ending")
    } catch {
      throw ServiceError(.internal, error.message)
    }
  }

  /// Refuses vectors of another dimension.
  func require(_ request: SearchRequest) throws(ServiceError) {
    guard request.dimension == dimension else {
      throw ServiceError(
        .dimensionMismatch, "expected \(dimension), got \(request.dimension) (search[0])")
    }
  }

  /// The parameters of a request that the main index has.
  ///
  /// What another kind of index would have is left out: which kind there is changes in the
  /// background, and no client can know it.
  ///
  /// - Throws: `invalidRequest` for a name that no index has, or a value that cannot be.
  private func parameters(
    _ given: [String: Double]
  ) throws(ServiceError) -> [String: Double] {
    var taken: [String: Double] = [:]
    let knobs = main?.index.availableKnobs ?? []
    for (name, value) in given {
      guard value.isFinite, value >= Knob.leastValue(of: name) else {
        throw ServiceError(
          .invalidRequest,
          "parameters: \(name) is a number of \(Int(Knob.leastValue(of: name))) or more, not \(value)"
        )
      }
      do throws(IndexError) {
        let knob = try knobs.named(name, of: main?.facts.key ?? "Flat")
        try knob.check(value)
        taken[knob.name] = value
      } catch  where error.code == .unsupported {
        continue
      } catch {
        throw ServiceError(.invalidRequest, "parameters: \(error.message)")
      }
    }
    return taken
  }

  /// The best of both parts, by ids.
  private func merged(_ near: Neighbors, _ far: Neighbors?, k: Int) -> Neighbors {
    let isUp = metric.indexMetric.isSimilarity
    var result = Neighbors(
      k: k, distances: Array(repeating: metric.worst, count: near.queryCount * k),
      ids: Array(repeating: -1, count: near.queryCount * k))
    for query in 0..<near.queryCount {
      let here = hits(near, query) { delta.ids[$0] }
      let there = far.map { far in hits(far, query) { main?.ids[$0] ?? -1 } } ?? []
      var (left, right) = (0, 0)
      for place in query * k..<(query + 1) * k {
        let hit: (id: Int64, distance: Float)
        if left < here.count, right < there.count {
          let (a, b) = (here[left], there[right])
          let isFirst =
            a.distance == b.distance ? a.id < b.id : (a.distance < b.distance) != isUp
          hit = isFirst ? a : b
          if isFirst { left += 1 } else { right += 1 }
        } else if left < here.count {
          hit = here[left]
          left += 1
        } else if right < there.count {
          hit = there[right]
          right += 1
        } else {
          break
        }
        result.ids[place] = hit.id
        result.distances[place] = hit.distance
      }
    }
    return result
  }

  /// The hits of a query by id, equal scores by id.
  private func hits(
    _ found: Neighbors, _ query: Int, _ name: (Int) -> Int64
  ) -> [(id: Int64, distance: Float)] {
    var hits = found.row(query).map { (id: name(Int($0.id)), distance: $0.distance) }
    var start = 0
    while start < hits.count {
      var end = start + 1
      while end < hits.count, hits[end].distance == hits[start].distance { end += 1 }
      if end - start > 1 { hits[start..<end].sort { $0.id < $1.id } }
      start = end
    }
    return hits
  }
}
