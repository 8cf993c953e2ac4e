import VicinalCompute
import VicinalCore
import VicinalIndexes

/// Seeded vectors around random centres: near enough to real embeddings for a graph to matter.
func clusteredVectors(
  _ count: Int, dimension: Int, clusters: Int = 50, spread: Float = 0.25, seed: UInt64
) -> [Float] {
  // Centres belong to the data set, not to the sample, so that queries come from the same places.
  var centreGenerator = SplitMix64(seed: 99)
  let centres = (0..<clusters * dimension).map { _ in
    Float.random(in: -1...1, using: &centreGenerator)
  }
  var generator = SplitMix64(seed: seed)
  var values: [Float] = []
  values.reserveCapacity(count * dimension)
  for _ in 0..<count {
    let cluster = Int.random(in: 0..<clusters, using: &generator)
    for column in 0..<dimension {
      let noise = (0..<4).reduce(Float(0)) { sum, _ in
        sum + Float.random(in: -1...1, using: &generator)
      }
      values.append(centres[cluster * dimension + column] + spread * noise)
    }
  }
  return values
}

/// A built index and what searching it should give.
struct GraphFixture {
  let dimension: Int
  let metric: Metric
  let values: [Float]
  let queries: [Float]

  init(
    count: Int = 4000, dimension: Int = 32, metric: Metric = .l2, queries: Int = 100,
    spread: Float = 0.25
  ) {
    self.dimension = dimension
    self.metric = metric
    values = clusteredVectors(count, dimension: dimension, spread: spread, seed: 1)
    self.queries = clusteredVectors(queries, dimension: dimension, spread: spread, seed: 2)
  }

  func makeIndex(
    links: Int = 16, isAccelerated: Bool = true, execution: Execution = Execution()
  ) throws -> HNSWIndex {
    var index = try HNSWIndex(
      dimension: dimension, metric: metric, links: links, isAccelerated: isAccelerated)
    try index.add(VectorBatch(values.span, dimension: dimension), execution: execution)
    return index
  }

  func search(
    _ index: some VectorIndex, k: Int = 10, _ options: SearchOptions = SearchOptions()
  ) throws -> Neighbors {
    try index.search(VectorBatch(queries.span, dimension: dimension), k: k, options: options)
  }

  func exact(k: Int = 10, filter: IDFilter? = nil) throws -> Neighbors {
    var flat = FlatIndex(dimension: dimension, metric: metric)
    try flat.add(VectorBatch(values.span, dimension: dimension))
    return try search(flat, k: k, SearchOptions(filter: filter))
  }
}

/// The share of the true neighbours that were found.
func graphRecall(_ found: Neighbors, of truth: Neighbors) -> Double {
  var hits = 0
  var total = 0
  for query in 0..<truth.queryCount {
    let ids = Set(truth.row(query).map(\.id))
    total += ids.count
    hits += found.row(query).filter { ids.contains($0.id) }.count
  }
  return Double(hits) / Double(max(1, total))
}
