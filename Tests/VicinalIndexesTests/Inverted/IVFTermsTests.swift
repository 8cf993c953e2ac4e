import Testing
import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("IVFIndex: residual codes with a term each, or tables for each list")
struct IVFTermsTests {
  private let data = IVFData(1200, listCount: 12)

  private func trained(subspaces: Int = 4, bits: Int = 8, listCount: Int = 12) throws -> IVFIndex {
    var index = try IVFIndex(
      dimension: 16, metric: .l2, listCount: listCount,
      codec: ProductQuantizer(dimension: 16, subspaces: subspaces, bits: bits))
    try index.train(on: data.rows)
    index.probes = listCount
    return index
  }

  /// Exact search over what the codes stand for.
  private func expectExact(
    _ index: IVFIndex, ids: [Int64], _ context: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var mapped = index
    try mapped.setDirectMap(.hashTable)
    var values: [Float] = []
    for id in ids { values += try mapped.reconstruct(id) }
    let oracle = Oracle(Vectors(values, dimension: 16), metric: .l2, ids: ids)
    expectSameNeighbors(
      try index.search(data.queries, k: 10), oracle.nearest(data.queries, k: 10),
      tolerance: Tolerance(1e-4, noise: 1e-5), context, sourceLocation: sourceLocation)
    // The filter of codes works with more than a handful of them behind the first ten.
    expectSameNeighbors(
      try index.search(data.queries, k: 1), oracle.nearest(data.queries, k: 1),
      tolerance: Tolerance(1e-4, noise: 1e-5), context, sourceLocation: sourceLocation)
  }

  @Test("answers are those of the decoded vectors", arguments: [(4, 8), (8, 4), (2, 10), (8, 8)])
  func exact(subspaces: Int, bits: Int) throws {
    var index = try trained(subspaces: subspaces, bits: bits)
    try index.add(data.rows)
    #expect(index.keepsTerms)
    try expectExact(index, ids: Array(0..<1200), "\(subspaces)x\(bits)")
  }

  @Test("terms follow adding piece by piece, removing, merging and copying")
  func changes() throws {
    var index = try trained()
    for start in stride(from: 0, to: 1200, by: 173) {
      try index.add(data.rows.rows(start..<min(1200, start + 173)))
    }
    try expectExact(index, ids: Array(0..<1200), "in pieces")
    #expect(try index.remove(.range(100..<700)) == 600)
    let left = (0..<100).map(Int64.init) + (700..<1200)
    try expectExact(index, ids: left, "after removal")
    try index.add(data.rows.rows(0..<50), ids: (5000..<5050).map(Int64.init))
    try expectExact(index, ids: left + (5000..<5050), "after adding again")
    var other = index
    try other.reset()
    try index.copySubset(.slice(part: 0, of: 2), to: &other)
    let copied = other.listIDs.flatMap { $0 }
    #expect(copied.count > 200)
    try expectExact(other, ids: copied, "a copied half")
    var rest = index
    try rest.reset()
    try index.copySubset(.slice(part: 1, of: 2), to: &rest)
    try other.merge(from: &rest)
    try expectExact(other, ids: left + (5000..<5050), "merged")
    let memory = other.byteCount
    #expect(memory < 12 * (4 * 256 * 4) + 40_000, "terms, not tables: \(memory) bytes")
  }

  @Test("once tables for the lists take less than terms, they replace them")
  func tables() throws {
    var index = try trained(subspaces: 1, bits: 4, listCount: 3)
    try index.add(data.rows.rows(0..<300))
    #expect(index.keepsTerms)
    try expectExact(index, ids: Array(0..<300), "few")
    try index.add(data.rows.rows(300..<1200))
    #expect(!index.keepsTerms)
    try expectExact(index, ids: Array(0..<1200), "many")
  }

  @Test("without terms or tables answers stay and memory falls; they come back on demand")
  func bare() throws {
    for (subspaces, bits, listCount) in [(4, 8, 12), (1, 4, 3)] {
      var index = try trained(subspaces: subspaces, bits: bits, listCount: listCount)
      try index.add(data.rows)
      let full = index.byteCount
      try index.setAccelerated(false)
      let context = "PQ\(subspaces)x\(bits)"
      #expect(!index.keepsTerms && !index.isAccelerated, "\(context)")
      #expect(full - index.byteCount >= min(1200, 3 * 16) * 4, "\(context)")
      try expectExact(index, ids: Array(0..<1200), context)
      // Nothing done later brings them back by itself.
      try index.add(data.rows.rows(0..<50), ids: (5000..<5050).map(Int64.init))
      #expect(try index.remove(.range(5000..<5050)) == 50)
      var copy = index
      try copy.reset()
      try index.copySubset(.slice(part: 0, of: 2), to: &copy)
      #expect(!index.keepsTerms && !copy.keepsTerms && !copy.isAccelerated, "\(context)")
      try expectExact(index, ids: Array(0..<1200), "\(context), changed")
      try index.setAccelerated(true)
      #expect(abs(index.byteCount - full) < 4_096, "\(context)")
      try expectExact(index, ids: Array(0..<1200), "\(context), again")
    }
  }

  @Test(
    "cells may be kept in codes or lists, which are trained on them",
    arguments: [
      "IVF16(IVF4,Flat),PQ4", "IVF16(PQ4x4),Flat", "IVF16(PQ4x4),PQ4", "IVF16(SQ8),PQ4",
      "IVF16(PCA8,Flat),PQ4", "IVF16(HNSW8,SQ8),PQ4", "IVF16(RQ2x3),Flat",
      "IVF16(PQ4x4,RFlat),PQ4", "IVF16(IVF4,Flat,Refine(SQ8)),Flat", "IVF16(PCA8,PQ4x4,RFlat),PQ4",
    ])
  func coarseCodes(key: String) throws {
    var index = try IndexSpec(parsing: key).makeIndex(dimension: 16, metric: .l2)
    try index.train(on: data.rows)
    try index.add(data.rows)
    let inverted = try #require(index as? IVFIndex)
    #expect(inverted.lists.count { $0.count > 0 } >= 8)
    let found = try index.search(
      data.queries.batch(), k: 10, options: SearchOptions(probes: 16, coarseProbes: nil))
    #expect(found.ids.allSatisfy { $0 >= 0 }, "\(key)")
  }

  @Test("an array map becomes a hash table when a removal leaves larger ids")
  func arrayMap() throws {
    var index = try trained()
    try index.setDirectMap(.array)
    try index.add(data.rows)
    #expect(try index.remove(.range(1190..<1200)) == 10)
    #expect(index.directMap.kind == .array && index.directMap.array.count == 1190)
    #expect(try index.remove(.range(10..<20)) == 10)
    #expect(index.directMap.kind == .hashTable)
    try expectExact(index, ids: (0..<10).map(Int64.init) + (20..<1190), "after removal")
  }

  @Test("a Hamming threshold that lets every code pass changes nothing")
  func polysemous() throws {
    var quantizer = try ProductQuantizer(dimension: 16, subspaces: 4, bits: 8)
    quantizer.clustering.iterations = 5
    var index = try IVFIndex(dimension: 16, metric: .l2, listCount: 12, codec: quantizer)
    try index.train(on: data.rows)
    try index.add(data.rows)
    #expect(index.keepsTerms)
    let plain = try index.search(data.queries.batch(), k: 10, options: SearchOptions(probes: 4))
    let all = try index.search(
      data.queries.batch(), k: 10, options: SearchOptions(probes: 4, hammingThreshold: 1000))
    #expect(plain == all)
  }
}
