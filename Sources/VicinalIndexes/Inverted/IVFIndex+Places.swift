import VicinalCoding
import VicinalCompute
public import VicinalCore

extension IVFIndex: Reconstructible {
  /// The vector with an id, as its code stands for it if lists hold codes.
  ///
  /// - Complexity: O(1) with a direct map, O(count) without.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard let (list, offset) = locate(id) else {
      throw IndexError(.notFound, "no vector has the id \(id)")
    }
    var values: [Float] = []
    try appendVector(list, offset, to: &values)
    return values
  }

  /// Copies a vector to the end of `output`.
  func appendVector(
    _ list: Int, _ offset: Int, to output: inout [Float]
  ) throws(IndexError) {
    guard codec != nil else {
      return lists[list].block.appendRow(offset, to: &output)
    }
    output += try decoded(list, offset)
  }

  private func decoded(_ list: Int, _ offset: Int) throws(IndexError) -> [Float] {
    guard let codes = lists[list].codes, let codec else { return [] }
    var code: [UInt8] = []
    codes.appendCode(offset, to: &code)
    guard isResidual else { return try codec.decode(code.span.rawBytes) }
    let origin = try cellVectors([Int64(list)])
    return try codec.decode(
      code.span.rawBytes, around: VectorBatch(origin.span, dimension: dimension))
  }

  func locate(_ id: Int64) -> (list: Int, offset: Int)? { lists.locate(id, by: directMap) }

  /// The vectors with some ids.
  ///
  /// - Complexity: O(ids) with a direct map, O(count) for all ids together without.
  public func reconstruct(_ ids: Span<Int64>) throws(IndexError) -> [Float] {
    let places = try locate(ids)
    var values: [Float] = []
    values.reserveCapacity(try checkedProduct(ids.count, dimension, of: "the vectors"))
    for (list, offset) in places { try appendVector(list, offset, to: &values) }
    return values
  }

  /// Where the vectors with some ids are.
  func locate(_ ids: Span<Int64>) throws(IndexError) -> [(list: Int, offset: Int)] {
    var known: [Int64: (list: Int, offset: Int)] = [:]
    if directMap.kind == .none, ids.count > 1 {
      var missing = Set<Int64>()
      for place in ids.indices { missing.insert(ids[place]) }
      for (number, list) in lists.enumerated() where !missing.isEmpty {
        for offset in 0..<list.count {
          let id = list.id(at: offset)
          if missing.remove(id) != nil { known[id] = (number, offset) }
        }
      }
    } else {
      for place in ids.indices { known[ids[place]] = locate(ids[place]) }
    }
    var places: [(list: Int, offset: Int)] = []
    for place in ids.indices {
      guard let found = known[ids[place]] else {
        throw IndexError(.notFound, "no vector has the id \(ids[place])")
      }
      places.append(found)
    }
    return places
  }

  /// Finds the `k` nearest vectors of each query among the visited lists and gives them along,
  /// without looking for their ids. faiss: `search_and_reconstruct`.
  public func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> ReconstructedNeighbors {
    try requireSearchable(queries, k: k)
    try requireRoom(forVectorsOf: queries, k: k)
    let wanted = max(1, min(k, count))
    // One more than wanted shows whether ids decide about the last place.
    let hits = try searchPlaces(queries, k: max(1, min(wanted + 1, count)), options: options)
    var (found, values) = (Neighbors(empty: queries.count, k: k, metric: metric), [Float]())
    for query in 0..<queries.count {
      var row: [PlacedHit] = hits.row(query).map { hit in
        PlacedHit(id: id(at: hit.id), distance: hit.distance, place: hit.id)
      }
      if row.count > wanted, row[wanted].distance == row[wanted - 1].distance {
        let exact = try search(queries.rows(query..<query + 1), k: wanted, options: options)
        row = try placed(exact.row(0), known: row)
      }
      row.sort { metric.ranks(($0.id, $0.distance), before: ($1.id, $1.distance)) }
      for (place, hit) in row.prefix(wanted).enumerated() {
        found.ids[query * k + place] = hit.id
        found.distances[query * k + place] = hit.distance
        // Files may hold negative ids; results take these for empty places.
        guard hit.id >= 0 else { continue }
        try appendVector(Int(hit.place >> 32), Int(hit.place & 0xffff_ffff), to: &values)
      }
    }
    return ReconstructedNeighbors(found, dimension: dimension, vectors: values)
  }

  private func id(at place: Int64) -> Int64 {
    lists[Int(place >> 32)].id(at: Int(place & 0xffff_ffff))
  }

  /// Finds out where hits are, of which most are known.
  private func placed(
    _ hits: [(id: Int64, distance: Float)], known: [PlacedHit]
  ) throws(IndexError) -> [PlacedHit] {
    var places: [Int64: Int64] = [:]
    for hit in known { places[hit.id] = hit.place }
    var placed: [PlacedHit] = []
    for (id, distance) in hits {
      if places[id] == nil, let (list, offset) = locate(id) {
        places[id] = DirectMap.location(list: list, offset: offset)
      }
      guard let place = places[id] else {
        throw IndexError(.notFound, "no vector has the id \(id)")
      }
      placed.append(PlacedHit(id: id, distance: distance, place: place))
    }
    return placed
  }

  /// As a search, but hits are named by where they are: list number ≪ 32 | offset.
  func searchPlaces(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    let plan = try probePlan(queries, k: k, options)
    let visited = visited(plan.lists.count)
    let parts =
      codec == nil
      ? try scan(queries, k: k, radius: nil, plan, visited, options, givesPlaces: true) {
        $0.neighbors()
      }
      : try scanCodes(queries, k: k, plan, visited, options, givesPlaces: true)
    var merged = Neighbors(empty: 0, k: k, metric: metric)
    for group in plan.tasks.groups(parts) {
      merged.append(Neighbors.merging(group, metric: metric))
    }
    return merged
  }

  /// As a range search among codes, but hits are named by where they are.
  func rangeSearchPlaces(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    let plan = try rangePlan(queries, radius: radius, options)
    let parts = try scanCodes(
      queries, radius: radius, plan, visited(plan.lists.count), options, givesPlaces: true)
    var merged = RangeNeighbors(limits: [0], distances: [], ids: [])
    for group in plan.tasks.groups(parts) {
      merged.append(RangeNeighbors.merging(group, metric: metric))
    }
    return merged
  }
}

/// A hit and where it is: list number ≪ 32 | offset.
private struct PlacedHit {
  var id: Int64
  var distance: Float
  var place: Int64
}
