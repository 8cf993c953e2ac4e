// Auto-tuning: measure what each search setting brings and costs, and keep the one that is needed.
import Vicinal

// Vectors in clusters, as embeddings are; the queries are others of the same kind.
let dimension = 32
func clustered(_ count: Int, seed: UInt64) -> [Float] {
  var centres = SplitMix64(seed: 1)
  let middle = (0..<200 * 32).map { _ in Float.random(in: -1...1, using: &centres) }
  var noise = SplitMix64(seed: seed)
  return (0..<count * 32).map { middle[$0 % middle.count] + .random(in: -1.5...1.5, using: &noise) }
}
let vectors = clustered(20_000, seed: 2)
let asked = clustered(500, seed: 3)
let base = try VectorBatch(vectors.span, dimension: dimension)
let queries = try VectorBatch(asked.span, dimension: dimension)

// The criterion compares with exact results: here, how many of the ten nearest are found.
var exact = FlatIndex(dimension: dimension)
try exact.add(base)
var criterion = IntersectionCriterion(queryCount: queries.count, r: 10)
criterion.setGroundTruth(try exact.search(queries, k: criterion.neighborCount))

// Several kinds of index compete; each brings the parameters that can be changed between searches.
var points = OperatingPoints()
var built: [String: any VectorIndex] = [:]
for key in ["IVF128,Flat", "IVF128_HNSW16,Flat", "HNSW16,Flat"] {
  var index = try IndexSpec(parsing: key).makeIndex(dimension: dimension, metric: .l2)
  try index.train(on: base)
  try index.add(base)
  let space = ParameterSpace(of: index)
  print("\(key): \(space)", terminator: "")

  var options = ExplorationOptions()
  options.leastDuration = .milliseconds(50)  // repeat short searches, against jitter
  options.timeLimit = .seconds(20)
  let found = try space.explore(index, queries: queries, criterion: criterion, options: options)
  print("   measured \(found.points.all.count), skipped \(found.skipped.count)")
  points.merge(found.points, prefix: "\(key) ")
  built[key] = index
}
print(points)

// The fastest setting that finds 95 % is stored in the index, so that its file brings it along.
if let best = points.fastest(reaching: 0.95) {
  let parts = best.key.split(separator: " ", maxSplits: 1)
  if var index = built[String(parts[0])] {
    try ParameterSpace.setParameters(of: &index, String(parts[1]))
    try IndexFile.write(index, to: "tuned.index")
    print("\(best.key) finds \(best.performance) in \(best.seconds) s")
  }
}
