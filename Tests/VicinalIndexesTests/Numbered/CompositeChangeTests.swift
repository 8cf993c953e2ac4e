import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Removing, merging and dividing indexes made of others")
struct CompositeChangeTests {
  static let kinds = [
    "SQ8", "PQ4x4fs", "IVF5,SQ8", "IVF5,PQ4x4fs", "IVF5,PQ4+8", "PQ4x4fs,RFlat", "IVF5,PQ4,RFlat",
    "SQ4,Refine(SQ8)", "HNSW8,SQ8", "HNSW8,SQ8,RFlat", "IDMap,SQ8", "IDMap2,IVF5,PQ4",
    "IDMap,PQ4x4fs,RFlat", "IDMap2,HNSW8,SQ8", "IDMap,IVF5,PQ4+8", "PCA6,SQ8", "L2norm,IVF5,SQ8",
    "IDMap,PCA6,IVF5,Flat", "OPQ2_8,IVF5,PQ2", "IMI2x3,SQ8",
  ]

  static let shardedKinds = ["Flat", "SQ8", "IVF5,SQ8", "HNSW8,Flat", "PQ4x4fs,RFlat"]

  let rows = DataShape.clustered.make(400, dimension: 8, seed: 301)

  private func trained(_ factory: String) throws -> any VectorIndex {
    var index: any VectorIndex
    if let inner = factory.split(separator: ":").dropFirst().first {
      let shard = try IndexSpec(parsing: String(inner)).makeIndex(dimension: 8, metric: .l2)
      index = try ShardedIndex([shard, shard, shard])
    } else {
      index = try IndexSpec(parsing: factory).makeIndex(dimension: 8, metric: .l2)
    }
    try index.train(on: rows)
    for (name, value) in [("nprobe", 64.0), ("efSearch", 200), ("k_factor_rf", 20)]
    where index.availableKnobs.contains(where: { $0.name == name }) {
      try setKnob(name, to: value, of: &index)
    }
    return index
  }

  /// Requires that two indexes hold the same under the same ids and answer the same.
  private func expectSame(
    _ index: any VectorIndex, _ other: any VectorIndex, ids: [Int64], isGraph: Bool,
    _ context: String
  ) throws {
    #expect(index.count == ids.count && other.count == ids.count, "\(context)")
    let sources = (index as? any Reconstructible, other as? any Reconstructible)
    let (mine, theirs) = (try #require(sources.0), try #require(sources.1))
    #expect(try mine.reconstruct(ids.span) == theirs.reconstruct(ids.span), "\(context)")
    if isGraph { return }
    let queries = rows.rows(100..<120)
    #expect(try index.search(queries, k: 9) == other.search(queries, k: 9), "\(context)")
  }

  @Test(
    "what is left is what an index of the others holds",
    arguments: kinds + shardedKinds.map { "shards:" + $0 })
  func removing(_ factory: String) throws {
    let gone = IDFilter.any([.range(50..<120), .list([0, 399])])
    var index = try trained(factory)
    var expected = index
    try index.add(rows)
    let copy = index
    #expect(try remove(gone, from: &index) == 72, "\(factory)")
    let kept = (0..<400).filter { !gone.contains(Int64($0)) }
    try expected.add(rows.rows(at: kept))
    // Inverted files and id maps keep the ids of the others.
    let core = (index as? TransformedIndex)?.inner ?? index
    let keepsIDs = core is IVFIndex || index is IDMapIndex
    let ids = keepsIDs ? kept.map(Int64.init) : Array(0..<Int64(kept.count))
    let values = try #require(index as? any Reconstructible).reconstruct(ids.span)
    let others = try #require(expected as? any Reconstructible).reconstruct(0..<Int64(kept.count))
    #expect(values == others, "\(factory)")
    #expect(copy.count == 400)
    if !keepsIDs {
      try expectSame(index, expected, ids: ids, isGraph: isGraph(factory), factory)
    }
    try index.add(rows.rows(0..<5))
    #expect(index.count == kept.count + 5)
  }

  private func isGraph(_ factory: String) -> Bool {
    factory.contains("HNSW") || factory.hasPrefix("shards:")
  }

  @Test(
    "merged indexes are one of all vectors",
    arguments: kinds + shardedKinds.map { "shards:" + $0 })
  func merging(_ factory: String) throws {
    let empty = try trained(factory)
    var (first, second, whole) = (empty, empty, empty)
    try first.add(rows.rows(0..<150))
    try second.add(rows.rows(150..<400))
    try whole.add(rows)
    let core = (empty as? TransformedIndex)?.inner ?? empty
    let keepsIDs = core is IVFIndex || empty is IDMapIndex
    let before = second
    #expect(try merge(&second, into: &first, idOffset: keepsIDs ? 150 : 0) != nil, "\(factory)")
    #expect(second.count == 0 && before.count == 250 && second.isTrained, "\(factory)")
    try expectSame(first, whole, ids: Array(0..<400), isGraph: isGraph(factory), factory)
    try second.add(rows.rows(0..<10))
    #expect(second.count == 10)
  }

  @Test(
    "copied parts make up the whole", arguments: kinds + shardedKinds.map { "shards:" + $0 })
  func dividing(_ factory: String) throws {
    let empty = try trained(factory)
    var index = empty
    try index.add(rows)
    var (low, all) = (empty, empty)
    #expect(try copySubset(.ids(0..<130), of: index, to: &low) != nil, "\(factory)")
    #expect(low.count == 130)
    var expected = empty
    try expected.add(rows.rows(0..<130))
    try expectSame(low, expected, ids: Array(0..<130), isGraph: isGraph(factory), factory)
    for part: SubsetSelection in [.ids(0..<130), .ids(130..<131), .ids(131..<1000)] {
      #expect(try copySubset(part, of: index, to: &all) != nil, "\(factory)")
    }
    try expectSame(all, index, ids: Array(0..<400), isGraph: isGraph(factory), factory)
    for part in 0..<3 { _ = try copySubset(.slice(part: part, of: 3), of: index, to: &all) }
    #expect(all.count == 800, "\(factory)")
  }

  @Test(
    "indexes trained apart are not merged", arguments: kinds + ["shards:SQ8", "shards:IVF5,SQ8"])
  func strangers(_ factory: String) throws {
    var index = try trained(factory)
    try index.add(rows)
    var other = try IndexSpec(parsing: factory.replacing("shards:", with: ""))
      .makeIndex(dimension: 8, metric: .l2)
    if factory.hasPrefix("shards:") { other = try ShardedIndex([other, other, other]) }
    let others = DataShape.uniform.make(500, dimension: 8, seed: 302)
    try other.train(on: others)
    try other.add(others)
    do throws(IndexError) {
      _ = try merge(&other, into: &index, idOffset: 0)
      // Codes that need no training are the same everywhere.
      Issue.record("\(factory) was merged")
    } catch {
      #expect(error.code == .invalidArgument, "\(factory)")
    }
    #expect(index.count == 400 && other.count == 500, "\(factory)")
  }
}
