import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Copying parts of binary indexes")
struct BinarySubsetTests {
  private let rows = BitVectors.random(400, dimension: 48, seed: 31)
  private let queries = BitVectors.random(12, dimension: 48, seed: 32)

  /// A subject with all rows; ids are thrice the numbers where it takes ids.
  private func filled(_ subject: BinarySubject) throws -> (any BinaryIndex, ids: [Int64]?) {
    let made = try subject.trained(48)
    guard var index = made as? any BinaryIdentifiedAddition else {
      var index = made
      try index.add(rows.batch())
      return (index, nil)
    }
    let ids = (0..<400).map { Int64($0) * 3 }
    try index.add(rows.batch(), ids: ids.span, execution: Execution())
    return (index, ids)
  }

  private func copied<Index: BinarySubsetCopying>(
    _ selections: [SubsetSelection], of index: Index, to target: any BinaryIndex
  ) throws -> any BinaryIndex {
    var same = try #require(target as? Index)
    for selection in selections { try index.copySubset(selection, to: &same) }
    return same
  }

  @Test("a copy holds the selected vectors, behind those it held", arguments: BinarySubject.exact)
  func selections(_ subject: BinarySubject) throws {
    let (made, ids) = try filled(subject)
    let index = try #require(made as? any BinarySubsetCopying)
    let wanted: [(SubsetSelection, (Int64) -> Bool)] = [
      (.ids(90..<270), { (90..<270).contains($0) }),
      (.modulus(7, remainder: 2), { $0 % 7 == 2 }),
      (.ids(0..<1), { $0 == 0 }), (.ids(5000..<6000), { _ in false }),
    ]
    for (selection, isWanted) in wanted {
      let copy = try copied([selection], of: index, to: subject.trained(48))
      var bytes: [UInt8] = []
      var names: [Int64] = []
      for row in 0..<400 where isWanted(ids?[row] ?? Int64(row)) {
        bytes += rows[row]
        names.append(ids?[row] ?? Int64(names.count))
      }
      #expect(copy.count == names.count, "\(subject) \(selection)")
      let expected = BitVectors(bytes, dimension: 48).neighbors(of: queries, k: 9, ids: names)
      #expect(try copy.search(queries.batch(), k: 9) == expected, "\(subject) \(selection)")
    }
    #expect(index.count == 400)
  }

  @Test("parts put together are the whole", arguments: BinarySubject.exact)
  func slices(_ subject: BinarySubject) throws {
    let (made, ids) = try filled(subject)
    let index = try #require(made as? any BinarySubsetCopying)
    let cuts = [0, 1, 57, 200, 399, 400]
    let partitions: [[SubsetSelection]] = [
      (0..<3).map { .slice(part: $0, of: 3) },
      zip(cuts, cuts.dropFirst()).map { .elements($0..<$1) },
    ]
    for selections in partitions {
      let whole = try copied(selections, of: index, to: subject.trained(48))
      #expect(whole.count == 400)
      let expected = rows.neighbors(of: queries, k: 20, ids: ids)
      #expect(try whole.search(queries.batch(), k: 20) == expected, "\(subject)")
    }
    for range in zip(cuts, cuts.dropFirst()).map({ $0..<$1 }) {
      let part = try copied([.elements(range)], of: index, to: subject.trained(48))
      #expect(part.count == range.count, "\(subject) \(range)")
    }
  }

  @Test("what does not fit is refused, and the target is as before", arguments: BinarySubject.exact)
  func refused(_ subject: BinarySubject) throws {
    let (made, _) = try filled(subject)
    let index = try #require(made as? any BinarySubsetCopying)
    let narrow = try subject.trained(40)
    expectError(.invalidArgument, "\(subject)") {
      _ = try copied([.ids(0..<9)], of: index, to: narrow)
    }
    for selection in [SubsetSelection.slice(part: 3, of: 3), .modulus(0, remainder: 0)] {
      expectError(.invalidArgument, "\(subject)") {
        _ = try copied([selection], of: index, to: subject.trained(48))
      }
    }
    #expect(index.count == 400)
  }
}
