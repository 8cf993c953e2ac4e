import CVicinalKernels
package import VicinalCore

/// The best of few rows for one query, all compared in float: companions, states and the cutting of
/// work would take longer than these comparisons.
///
/// Values and order are those of ``BlockScan``, bit by bit.
@safe package struct FewRows: ~Copyable {
  /// The best so far in the first places, best first, ties by id; the others are empty.
  package private(set) var found: Neighbors

  /// Whether every value was finite. If not, the answer must be found in another way: what becomes of
  /// values that are not is settled elsewhere.
  package private(set) var isWhole = true

  private let wanted: Int
  private let metric: Metric
  private let kernels: KernelSet
  private var held = 0

  /// Up to which comparing all rows is faster than a first pass over companions: about three
  /// microseconds, and half a microsecond for each further block.
  private static let mostWork = (first: 96_000, block: 16_000)

  /// What a row costs beside its floats, in floats.
  private static let rowWork = 110

  /// Neighbours up to which keeping them in order costs little.
  package static let mostWanted = 64

  /// Rows compared at once: their values lie on the stack.
  private static let piece = 64

  /// How many rows in so many blocks are few.
  package static func most(dimension: Int, blocks: Int = 0) -> Int {
    (mostWork.first + min(blocks, 64) * mostWork.block) / (max(1, dimension) + rowWork)
  }

  /// Nothing found yet.
  ///
  /// - Parameters:
  ///   - k: Places of the result.
  ///   - wanted: How many of them are filled at most, 1 … `k`.
  package init(k: Int, wanted: Int, metric: Metric, kernels: KernelSet) {
    precondition(wanted >= 1 && wanted <= k)
    found = Neighbors(empty: 1, k: k, metric: metric)
    self.wanted = wanted
    self.metric = metric
    self.kernels = kernels
  }

  /// Compares the query with the rows of a block.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats.
  ///   - rows: `count` rows of as many floats.
  ///   - ids: The id of each row, 8 bytes each at any address; empty where row i has the id
  ///     `firstID` + i.
  package mutating func compare(
    _ query: Span<Float>, with rows: borrowing ByteStorage, count: Int,
    ids: borrowing ByteStorage, firstID: Int64 = 0
  ) {
    let dimension = query.count
    precondition(count >= 0 && rows.count >= count * dimension * 4)
    precondition(ids.count == 0 || ids.count >= count * 8)
    let (code, argument) = (metric.faissCode, metric.argument)
    let start = unsafe rows.baseAddress
    let names = unsafe ids.count == 0 ? nil : ids.baseAddress
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.piece) { values in
      unsafe query.withUnsafeBufferPointer { query in
        guard let output = values.baseAddress else { return }
        var first = 0
        while first < count, isWhole {
          let part = min(Self.piece, count - first)
          unsafe kernels.functions.rows(
            code, argument, query.baseAddress, start + first * dimension * 4, dimension, part,
            output)
          unsafe offer(
            UnsafeBufferPointer(start: output, count: part), firstID: firstID + Int64(first),
            names.map { unsafe $0 + first * 8 })
          first += part
        }
      }
    }
  }

  /// Puts values in their places.
  private mutating func offer(
    _ values: UnsafeBufferPointer<Float>, firstID: Int64, _ ids: UnsafeRawPointer?
  ) {
    // Keys are smaller for what is better; negating twice gives the same bits.
    let sign: Float = metric.isSimilarity ? -1 : 1
    let wanted = wanted
    var held = held
    var isWhole = true
    unsafe found.distances.withUnsafeMutableBufferPointer { distances in
      unsafe found.ids.withUnsafeMutableBufferPointer { places in
        guard let distances = distances.baseAddress, let places = places.baseAddress else { return }
        for index in 0..<values.count {
          let value = unsafe values[index]
          let key = sign * value
          guard key.isFinite else {
            isWhole = false
            return
          }
          if held == wanted, unsafe key > sign * distances[wanted - 1] { continue }
          let id =
            unsafe ids?.loadUnaligned(fromByteOffset: index * 8, as: Int64.self)
            ?? firstID + Int64(index)
          var place = held
          if held == wanted {
            place = wanted - 1
            guard unsafe key < sign * distances[place] || id < places[place] else { continue }
          } else {
            held += 1
          }
          while place > 0 {
            let before = unsafe sign * distances[place - 1]
            guard unsafe key < before || key == before && id < places[place - 1] else { break }
            unsafe distances[place] = distances[place - 1]
            unsafe places[place] = places[place - 1]
            place -= 1
          }
          unsafe distances[place] = value
          unsafe places[place] = id
        }
      }
    }
    self.held = held
    self.isWhole = isWhole
  }
}
