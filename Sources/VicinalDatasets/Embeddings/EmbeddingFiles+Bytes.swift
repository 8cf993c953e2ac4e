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
    for file in files where file.storedElement != .uint(bytes: 1) {
      throw IndexError(
        .unsupported,
        "\(file.path) holds elements of type \(file.storedElement?.name ?? "list"); binary vectors are"
          + " rows of unsigned bytes (u1) in .npy or .bvecs files, 8 bits in each")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(try checkedProduct(wanted, dimension, of: "the chosen vectors"))
    // Floats hold all bytes exactly.
    let step = 4096
    for first in stride(from: 0, to: wanted, by: step) {
      bytes += try vectors(Array(first..<min(first + step, wanted))).map { UInt8($0) }
    }
    return bytes
  }
}
