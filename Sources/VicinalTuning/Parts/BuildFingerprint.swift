public import VicinalCore
public import VicinalDatasets

/// What a build depends on, as one number: an interrupted build may only go on when it is the same.
///
/// Not a safeguard against malice: 64 bits of FNV-1a.
public struct BuildFingerprint: Sendable, CustomStringConvertible {
  private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Vectors of the source that are looked at.
  private static let sampledVectors = 512

  /// Nothing yet.
  public init() {}

  /// Takes in a text, for example an option with its value.
  public mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte) }
    // No text has this byte, so that texts do not run into each other.
    add(0xff)
  }

  /// Takes in the number, dimension and places of the vectors of a source, and the content of evenly spread
  /// ones among them.
  public mutating func add(_ source: any EmbeddingSource) throws(IndexError) {
    add("\(source.count) × \(source.dimension)")
    if let files = source as? EmbeddingFiles {
      for (file, start) in zip(files.files, files.starts) { add("\(start) \(file.path)") }
    }
    guard source.count > 0 else { return }
    let wanted = min(source.count, Self.sampledVectors)
    let last = source.count - 1
    let numbers = (0..<wanted).map { wanted > 1 ? $0 * last / (wanted - 1) : 0 }
    for value in try source.vectors(numbers) {
      var bits = value.bitPattern
      for _ in 0..<4 {
        add(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
      }
    }
  }

  /// Sixteen hexadecimal digits.
  public var description: String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
