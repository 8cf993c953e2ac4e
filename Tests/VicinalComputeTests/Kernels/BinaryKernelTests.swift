import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Kernels for binary vectors")
struct BinaryKernelTests {
  static let sizes = Array(1...40) + [47, 48, 63, 64, 65, 100, 127, 128, 129, 200, 256]

  @Test("distances agree with counting bit by bit, at unaligned starts", arguments: CTable.levels)
  func distances(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for size in Self.sizes {
      let rows = BitVectors.random(21, dimension: size * 8, seed: UInt64(size))
      for count in [0, 1, 7, 8, 9, 16, 20] {
        // Rows begin behind the first, so that most sizes are unaligned.
        let part = rows.rows(1..<1 + count)
        var found = [Int32](repeating: -7, count: count)
        var output = found.mutableSpan
        let all = try rows.batch()
        let some = all.rows(1..<1 + count)
        kernels.hammingDistances(from: all.row(0), to: some.bytes, into: &output)
        let wanted = (0..<count).map { Int32(BitVectors.distance(rows[0], part[$0])) }
        if found != wanted {
          Issue.record("\(level), \(size) bytes, \(count) rows: \(found), expected \(wanted)")
          return
        }
      }
    }
  }

  @Test("a pair is compared as a row is", arguments: CTable.levels)
  func pair(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for size in Self.sizes {
      let rows = BitVectors.random(2, dimension: size * 8, seed: 9)
      let batch = try rows.batch()
      #expect(
        kernels.hammingDistance(batch.row(0), batch.row(1))
          == Int32(BitVectors.distance(rows[0], rows[1])), "\(level), \(size) bytes")
    }
  }

  @Test("rows named by number are compared across chunks", arguments: CTable.levels)
  func named(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for size in [1, 5, 8, 13, 32, 65] {
      let rows = BitVectors.random(37, dimension: size * 8, seed: 3)
      let chunks = stride(from: 0, to: 37, by: 8).map { first in
        ByteStorage(copying: rows.rows(first..<min(37, first + 8)).bytes.span.rawBytes)
      }
      var generator = SplitMix64(seed: 5)
      let ids = (0..<50).map { _ in Int32(generator.integer(below: 37)) }
      let batch = try rows.batch()
      let found = kernels.hammingDistances(from: batch.row(4), to: ids, chunks: chunks, shift: 3)
      #expect(
        found == ids.map { Int32(BitVectors.distance(rows[4], rows[Int($0)])) },
        "\(level), \(size) bytes")
    }
  }

  @Test(
    "a scan keeps the k nearest, whatever k, limits, filters and order", arguments: CTable.levels)
  func scan(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for (size, count) in [(1, 300), (8, 700), (16, 257), (21, 520), (32, 600), (72, 300)] {
      let rows = BitVectors.random(count, dimension: size * 8, seed: UInt64(count))
      let queries = BitVectors.random(5, dimension: size * 8, seed: 77)
      for k in [1, 3, 64, count + 5] {
        for isFiltered in [false, true] {
          let allowed =
            isFiltered
            ? (0..<(count + 31) / 32).map { UInt32(truncatingIfNeeded: SplitMix64.mix(UInt64($0))) }
            : nil
          var scan = BinaryScan(
            queryCount: 5, k: k, dimension: size * 8, isAscending: true, kernels: kernels)
          let data = try rows.batch()
          scan.scan(
            data.bytes, count: count, queries: try queries.batch(), members: [0, 1, 2, 4],
            allowed: allowed
          ) { Int64($0) }
          var wanted = rows.neighbors(of: queries, k: k) { id in
            allowed.map { $0[Int(id) >> 5] >> UInt32(id & 31) & 1 == 1 } ?? true
          }
          // Query 3 was not compared.
          for place in 3 * k..<4 * k {
            wanted.ids[place] = -1
            wanted.distances[place] = .infinity
          }
          if scan.neighbors() != wanted {
            Issue.record("\(level), \(size) bytes, \(count) rows, k \(k), filter \(isFiltered)")
          }
        }
      }
    }
  }

  @Test("where ids do not ascend, ties still go to the lowest", arguments: CTable.levels)
  func ties(level: KernelLevel) throws {
    let rows = BitVectors.random(900, dimension: 8, seed: 1)
    let queries = BitVectors.random(4, dimension: 8, seed: 2)
    let ids = (0..<900).map { Int64(899 - $0) }
    for k in [1, 10, 200] {
      var scan = BinaryScan(
        queryCount: 4, k: k, dimension: 8, isAscending: false, kernels: try KernelSet(level))
      let data = try rows.batch()
      scan.scan(
        data.bytes, count: 900, queries: try queries.batch(), members: [0, 1, 2, 3], allowed: nil
      ) { ids[$0] }
      #expect(scan.neighbors() == rows.neighbors(of: queries, k: k, ids: ids), "\(level), k \(k)")
    }
  }
}
