import CVicinalKernels
package import VicinalCore

extension KernelSet {
  /// Counts the bits in which two binary vectors differ.
  public func hammingDistance(_ a: RawSpan, _ b: RawSpan) -> Int32 {
    var distance: Int32 = 0
    precondition(a.byteCount == b.byteCount && a.byteCount > 0)
    unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        unsafe functions.hamming.distances(
          a.baseAddress, b.baseAddress, a.count, nil, 1, &distance)
      }
    }
    return distance
  }

  /// Counts the bits in which one binary vector differs from rows named by number.
  ///
  /// - Parameters:
  ///   - query: The bytes of a vector, at least 1.
  ///   - ids: Numbers of rows that exist.
  ///   - chunks: Rows of as many bytes; row i lies in chunk `i >> shift`.
  package func hammingDistances(
    from query: RawSpan, to ids: [Int32], chunks: [ByteStorage], shift: UInt32
  ) -> [Int32] {
    let size = query.byteCount
    let mask = (1 << Int(shift)) - 1
    for id in ids {
      precondition(id >= 0 && (Int(id) & mask) < chunks[Int(id) >> Int(shift)].count / size)
    }
    let table = AddressTable(chunks)
    var distances = [Int32](repeating: 0, count: ids.count)
    unsafe query.withUnsafeBytes { query in
      unsafe ids.withUnsafeBufferPointer { ids in
        unsafe distances.withUnsafeMutableBufferPointer { distances in
          unsafe functions.binary.ids(
            query.baseAddress, table.base, shift, ids.baseAddress, size, ids.count,
            distances.baseAddress)
        }
      }
    }
    return distances
  }

  /// Finds the rows within a Hamming distance.
  ///
  /// - Parameters:
  ///   - limit: Largest distance that counts.
  ///   - query: The bytes of a vector, at least 1.
  ///   - rows: Rows of as many bytes.
  ///   - count: Rows, at most ``RowsWithin/capacity`` of `found`.
  ///   - found: Receives numbers and distances of the rows.
  func hammingRows(
    within limit: Int32, of query: RawSpan, among rows: RawSpan, count: Int,
    into found: inout RowsWithin
  ) {
    let size = query.byteCount
    precondition(size > 0 && rows.byteCount / size >= count && count <= found.capacity)
    unsafe query.withUnsafeBytes { query in
      unsafe rows.withUnsafeBytes { rows in
        unsafe found.numbers.withUnsafeMutableBufferPointer { numbers in
          unsafe found.distances.withUnsafeMutableBufferPointer { distances in
            found.count = unsafe functions.binary.within(
              query.baseAddress, rows.baseAddress, size, count, limit, numbers.baseAddress,
              distances.baseAddress)
          }
        }
      }
    }
  }
}

/// Rows that a scan found, in arrays that are used again and again.
struct RowsWithin: Sendable {
  /// Rows that a scan may compare at once.
  let capacity: Int
  /// Numbers of the rows found, ascending.
  var numbers: [UInt32]
  /// Their distances.
  var distances: [Int32]
  /// How many were found.
  var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    numbers = Array(repeating: 0, count: capacity + Int(VCL_BINARY_SLACK))
    distances = Array(repeating: 0, count: capacity + Int(VCL_BINARY_SLACK))
  }
}
