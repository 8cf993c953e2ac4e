public import VicinalCore

extension EmbeddingFiles {
  /// Copies the first vectors as the bytes that they are: binary vectors, 8 bits per byte.
  ///
  /// - Parameter count: Vectors wanted; all of them if there are fewer.
  /// - Returns: `dimension` bytes for each vector.
  /// - Throws: ``IndexError/Code/unsupported`` naming the first file that does not hold unsigned
  ///   bytes, ``IndexError/Code/corruptFile``.
  public func bytes(first count: Int) throws(IndexError) -> [UInt8] {
    let wanted = max(0, min(count, self.count))
    for file in files where file.element != .uint(bytes: 1) {
      throw IndexError(
        .unsupported,
        "\(file.path) holds elements of type \(file.element.name); binary vectors are rows of"
          + " unsigned bytes (u1), 8 bits in each")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(try checkedProduct(wanted, dimension, of: "the chosen vectors"))
    for (file, start) in zip(files, starts) where start < wanted {
      for row in 0..<min(file.count, wanted - start) {
        bytes += try file.integers(row).map { UInt8(truncatingIfNeeded: $0) }
      }
    }
    return bytes
  }
}
