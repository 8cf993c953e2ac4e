internal import Synchronization
import VicinalCompute
import VicinalCore

/// What searching and encoding make of codebooks, kept for the next time. Copies of a quantizer
/// share it; training starts anew.
final class PreparedCodebooks: Sendable {
  /// The codebooks as kernels fill tables from them, those of all parts.
  struct Tables: Sendable {
    let codebooks: [SubspaceCentroids]
    /// Where the table of each begins; behind the last, where they end.
    let starts: [Int]
  }

  private struct Content: Sendable {
    var tables: Tables?
    var encoders: [Int: any EntryEncoder] = [:]
  }

  private let content = Mutex(Content())

  /// Memory held.
  var byteCount: Int {
    content.withLock { content in
      (content.tables?.codebooks.reduce(0) { $0 + $1.byteCount } ?? 0)
        + content.encoders.values.reduce(0) { $0 + $1.byteCount }
    }
  }

  /// The codebooks of all parts as kernels fill tables from them.
  func tables(of parts: [AdditivePart]) -> Tables {
    if let tables = content.withLock({ $0.tables }) { return tables }
    var codebooks: [SubspaceCentroids] = []
    var starts = [0]
    for part in parts {
      for number in part.bits.indices {
        let entries = part.entries(of: number)
        let codebook = SubspaceCentroids(
          entries.span, subspaces: 1, subdimension: part.dimension)
        codebooks.append(codebook)
        starts.append(starts[starts.count - 1] + codebook.stride)
      }
    }
    let tables = Tables(codebooks: codebooks, starts: starts)
    content.withLock { $0.tables = tables }
    return tables
  }

  /// What encodes vectors of a part.
  func encoder(of part: AdditivePart, number: Int) throws(IndexError) -> any EntryEncoder {
    if let encoder = content.withLock({ $0.encoders[number] }) { return encoder }
    let encoder: any EntryEncoder
    switch part.method {
    case .residual(let options): encoder = try ResidualEncoder(part, options)
    case .localSearch(let options): encoder = try LocalSearchEncoder(part, options)
    }
    content.withLock { $0.encoders[number] = encoder }
    return encoder
  }
}
