import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Refinement of scaled vectors")
struct NormalizedRefinementTests {
  @Test(
    "normalising reaches both parts, and the string parses back",
    arguments: [
      ("IVF16,PQ4x4fs,RFlat", "L2norm,IVF16,PQ4x4fs,Refine(L2norm,Flat)"),
      ("L2norm,HNSW8,Flat,Refine(SQ8)", "L2norm,HNSW8,Flat,Refine(L2norm,SQ8)"),
      ("IDMap,PCAR4,Flat,RFlat", "IDMap,L2norm,PCAR4,Flat,Refine(L2norm,Flat)"),
    ])
  func strings(name: String, expected: String) throws {
    let spec = try IndexSpec(parsing: name).normalizing()
    #expect(spec.factoryString == expected && spec.isNormalizing)
    #expect(try IndexSpec(parsing: expected) == spec)
    #expect(try spec.normalizing() == spec)
  }

  @Test("what is compared again gives the neighbours of scaled vectors", arguments: [1, 3])
  func search(workers: Int) throws {
    var rows = DataShape.clustered.make(2000, dimension: 16, seed: 71)
    // Lengths that would decide if vectors were compared as they are.
    for place in rows.values.indices { rows.values[place] *= Float(1 + place / 16 % 7) }
    let queries = rows.rows(0..<40)
    let execution = Execution(workers: workers)
    var exact = try IndexSpec(parsing: "L2norm,Flat").makeIndex(
      dimension: 16, metric: .innerProduct)
    try exact.add(rows)
    var index = try IndexSpec(parsing: "L2norm,IVF8,PQ8x4fs,Refine(L2norm,Flat)").makeIndex(
      dimension: 16, metric: .innerProduct)
    try index.train(on: rows)
    try index.add(rows)
    let options = SearchOptions(probes: 8, refineFactor: 200, execution: execution)
    let found = try index.search(queries, k: 10, options: options)
    let truth = try exact.search(queries, k: 10, options: SearchOptions())
    let same = zip(found.ids, truth.ids).count { $0 == $1 }
    #expect(same >= 396, "\(same) of 400")
    for (a, b) in zip(found.distances, truth.distances) { #expect(abs(a - b) < 1e-5) }
  }
}
