import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Contract of binary indexes: changes and files")
struct BinaryChangeLaws {
  let rows = BinaryContract.rows(300, seed: 31)
  let queries = BinaryContract.rows(12, seed: 32)

  private func expect(
    _ index: any BinaryIndex, _ rows: BitVectors, ids: [Int64]? = nil, _ context: String
  ) throws {
    let found = try index.search(queries.batch(), k: 9)
    #expect(found == rows.neighbors(of: queries, k: 9, ids: ids), "\(context)")
    #expect(index.count == rows.count, "\(context)")
  }

  private func some(_ places: [Int]) -> BitVectors {
    BitVectors(places.flatMap { Array(rows[$0]) }, dimension: rows.dimension)
  }

  @Test(
    "vectors are found, given back and removed under their ids", arguments: BinaryContract.subjects)
  func identified(_ subject: BinarySubject) throws {
    let ids = (0..<300).map { 1_000_000_000_000 + 7 * Int64($0) }
    let empty = try subject.trained(BinaryContract.dimension)
    guard let index = try BinaryContract.add(rows, ids: ids, to: empty) else { return }
    try expect(index, rows, ids: ids, "\(subject)")
    #expect(empty.count == 0)
    if let vector = try BinaryContract.reconstruct(ids[40], from: index) {
      #expect(vector == Array(rows[40]), "\(subject)")
      #expect(
        indexError { _ = try BinaryContract.reconstruct(3, from: index) }?.code == .notFound)
    }
    guard let less = try BinaryContract.remove(.ids(ids[50..<90]), from: index) else { return }
    let kept = (0..<300).filter { !(50..<90).contains($0) }
    #expect(less.removed == 40)
    try expect(less.index, some(kept), ids: kept.map { ids[$0] }, "\(subject) after removing")
    try expect(index, rows, ids: ids, "\(subject), the index before removing")
  }

  @Test("removing forgets exactly what the filter contains", arguments: BinaryContract.subjects)
  func removal(_ subject: BinarySubject) throws {
    let index = try BinaryContract.filled(subject, rows)
    let takesIDs = try BinaryContract.takesIDs(subject)
    let filters: [IDFilter] = [
      .range(100..<250), .range(0..<1), .list([0, 3, 200, 299, 7777]), .list([]),
      .bitmap([UInt8](repeating: 0b0101_0011, count: 30)), .not(.range(30..<270)), .all([]),
    ]
    for filter in filters {
      guard var less = try BinaryContract.remove(filter, from: index) else { return }
      let kept = (0..<300).filter { !filter.contains(Int64($0)) }
      #expect(less.removed == 300 - kept.count, "\(subject) \(filter)")
      try expect(
        less.index, some(kept), ids: takesIDs ? kept.map(Int64.init) : nil, "\(subject) \(filter)")
      guard let last = kept.indices.last else { continue }
      let id = Int64(takesIDs ? kept[last] : last)
      if let vector = try BinaryContract.reconstruct(id, from: less.index) {
        #expect(vector == Array(rows[kept[last]]), "\(subject) \(filter)")
      }
      let more = rows.rows(0..<10)
      try less.index.add(more.batch())
      #expect(less.index.count == kept.count + 10)
    }
    try expect(index, rows, "\(subject) after all copies changed")
  }

  @Test("merging gives the index of all vectors", arguments: BinaryContract.subjects)
  func merging(_ subject: BinarySubject) throws {
    let takesIDs = try BinaryContract.takesIDs(subject)
    for cut in [0, 1, 130, 300] {
      let empty = try subject.trained(BinaryContract.dimension)
      var (front, back) = (empty, empty)
      let (low, high) = (rows.rows(0..<cut), rows.rows(cut..<300))
      try front.add(low.batch())
      try back.add(high.batch())
      let offset = takesIDs ? Int64(cut) : 0
      guard let both = try BinaryContract.merge(back, into: front, idOffset: offset) else { return }
      #expect(both.other.count == 0)
      try expect(both.index, rows, "\(subject) cut at \(cut)")
      #expect(front.count == cut && back.count == 300 - cut, "\(subject): copies changed")
    }
    let index = try BinaryContract.filled(subject, rows)
    let wide = BitVectors.random(400, dimension: 64, seed: 33)
    let other = try BinaryContract.filled(subject, wide)
    var isCapable = false
    let error = indexError {
      isCapable = try BinaryContract.merge(other, into: index, idOffset: 0) != nil
    }
    if isCapable || error != nil { #expect(error?.code == .invalidArgument, "\(subject)") }
  }

  @Test("an index that was written and read answers the same", arguments: BinaryContract.subjects)
  func files(_ subject: BinarySubject) throws {
    for count in [0, 1, 300] {
      let some = rows.rows(0..<count)
      let index = try BinaryContract.filled(subject, some)
      var read = try BinaryContract.roundTrip(index)
      #expect(read.count == count && read.isTrained && read.dimension == index.dimension)
      let found = try read.search(queries.batch(), k: 9)
      #expect(try found == index.search(queries.batch(), k: 9), "\(subject)")
      let more = rows.rows(0..<20)
      try read.add(more.batch())
      #expect(read.count == count + 20 && index.count == count, "\(subject)")
    }
  }

  @Test("an untrained index says so and stays as it is", arguments: BinaryContract.subjects)
  func untrained(_ subject: BinarySubject) throws {
    var index = try subject.make(BinaryContract.dimension)
    guard !index.isTrained else { return }
    #expect(indexError { try index.add(rows.batch()) }?.code == .notTrained, "\(subject)")
    #expect(indexError { _ = try index.search(rows.batch(), k: 1) }?.code == .notTrained)
    let stop = Execution(isCancelled: { true })
    #expect(indexError { try index.train(on: rows.batch(), execution: stop) }?.code == .cancelled)
    #expect(index.count == 0 && !index.isTrained, "\(subject)")
  }

  @Test("cancelled adding leaves the index as it was", arguments: BinaryContract.subjects)
  func cancelledAdd(_ subject: BinarySubject) throws {
    var index = try BinaryContract.filled(subject, rows)
    let stop = Execution(isCancelled: { true })
    let error = indexError { try index.add(rows.batch(), execution: stop) }
    #expect(error?.code == .cancelled, "\(subject)")
    try expect(index, rows, "\(subject)")
  }
}
