import Foundation
import VicinalCoding
public import VicinalCore

extension IndexSpec {
  /// Bytes of the file of an index of `count` vectors, in faiss's format. Companions of searches
  /// are not written.
  ///
  /// Exact but for what is drawn at random or depends on the data: levels of graphs and the last
  /// blocks of fast-scan lists count with their expected size, and of empty lists there are few.
  ///
  /// - Parameters:
  ///   - count: Vectors.
  ///   - dimension: Floats per vector.
  ///   - metric: Additive codes keep a norm under L2 if asked to.
  ///   - hasDirectMap: Whether inverted lists keep where each id is.
  public func fileByteCount(
    count: Int, dimension: Int, metric: Metric = .l2, hasDirectMap: Bool = false
  ) -> Double {
    let n = Double(count)
    let d = Double(dimension)
    func size(_ spec: IndexSpec, _ count: Int, _ dimension: Int) -> Double {
      spec.fileByteCount(
        count: count, dimension: dimension, metric: metric, hasDirectMap: hasDirectMap)
    }
    switch self {
    case .flat: return FileParts.header + 8 + 4 * n * d
    case .codes(let codec): return FileParts.header + codec.flatFileBytes(count, dimension)
    case .hnsw(let links, let codec):
      let storage: IndexSpec = codec.map { .codes($0) } ?? .flat
      // One more byte says whether codes of signs have further bits.
      return FileParts.header + 1 + FileParts.graph(count: count, links: links)
        + size(storage, count, dimension)
    case .ivf(let listCount, let coarse, let codec):
      let map = 9 + (hasDirectMap ? 8 * n : 0)
      return FileParts.header + 16 + coarse.fileBytes(listCount, dimension, metric) + map
        + (codec?.listsFileBytes(count, dimension, listCount)
          ?? FileParts.lists(count: count, codeSize: 4 * dimension, listCount: listCount))
    case .panorama(let inner, let panorama):
      let sums = 4 * n * Double(panorama.layout.levels + 1)
      return size(inner, count, dimension) + sums + 24
    case .deduplicated(let inner): return size(inner, count, dimension) + 8
    case .idMap(let inner, _):
      return FileParts.header + size(inner, count, dimension) + 8 + 8 * n
    case .transformed(let transforms, let inner):
      var (last, chain) = (dimension, 0.0)
      for transform in transforms {
        chain += transform.fileBytes(inputDimension: last)
        last = transform.outputDimension(for: last)
      }
      return FileParts.header + 4 + chain + size(inner, count, last)
    case .refined(let base, let refiner):
      return FileParts.header + 4 + size(base, count, dimension) + size(refiner, count, dimension)
    case .residualCells(let bits):
      return FileParts.header + AdditiveSpec(bits: bits).quantizerFileBytes(dimension) + 4
    }
  }
}

/// Pieces that several records share; section numbers are those of faiss's file format.
enum FileParts {
  /// The code of a record and what every index begins with (3.4); metrics beside L2 and the inner
  /// product add four bytes, which no candidate has.
  static let header = 37.0

  /// Inverted lists of arrays (4.6).
  static func lists(count: Int, codeSize: Int, listCount: Int) -> Double {
    20 + 12 + 8 * Double(min(listCount, max(1, count))) + Double(count) * Double(codeSize + 8)
  }

  /// Inverted lists of blocks: the last block of a list is half empty on average.
  static func blocks(count: Int, listCount: Int, blockVectors: Int, blockBytes: Int) -> Double {
    let filled = Double(min(count, listCount))
    let blocks =
      Double(count) / Double(blockVectors)
      + filled * Double(blockVectors - 1) / Double(2 * blockVectors)
    return 36 + 16 * Double(listCount) + 8 * Double(count) + blocks * Double(blockBytes)
  }

  /// Links, levels, offsets and parameters of a graph (4.8).
  static func graph(count: Int, links: Int) -> Double {
    let n = Double(count)
    // A node is on level l or above with probability M^−l.
    let upper = Double(links) / Double(max(1, links - 1))
    let levels = 9 / max(0.3, log10(Double(max(2, links))))
    return 5 * 8 + levels * 12 + 4 + 4 * n + 8 * (n + 1) + 20
      + 4 * n * (Double(2 * links) + upper)
  }

  /// A product quantizer (4.1).
  static func product(dimension: Int, bits: Int) -> Double {
    32 + 4 * Double(dimension) * Double(1 << bits)
  }

  /// A matrix with a bias (4.4, LIN).
  static func linear(_ rows: Int, _ columns: Int, bias: Int) -> Double {
    17 + 4 * (Double(rows) * Double(columns) + Double(bias))
  }
}

extension IndexSpec.CoarseSpec {
  fileprivate func fileBytes(_ listCount: Int, _ dimension: Int, _ metric: Metric) -> Double {
    let cells: IndexSpec
    switch self {
    case .flat: cells = .flat
    case .hnsw(let links): cells = .hnsw(links: links)
    case .index(let spec): cells = spec
    case .multiIndex(_, let bits):
      return FileParts.header + FileParts.product(dimension: dimension, bits: bits)
    }
    return cells.fileByteCount(count: listCount, dimension: dimension, metric: metric)
  }
}

extension TransformSpec {
  /// The record of a trained transform (4.4): code, body, tail.
  fileprivate func fileBytes(inputDimension: Int) -> Double {
    let output = outputDimension(for: inputDimension)
    let ends = 13.0
    switch self {
    case .opq, .randomRotation, .learnt:
      return ends + FileParts.linear(output, inputDimension, bias: 0)
    case .pca:
      let d = Double(inputDimension)
      return ends + 13 + 24 + 4 * (2 * d + d * d)
        + FileParts.linear(output, inputDimension, bias: output)
    case .itq:
      let iterative = 17 + 4 + FileParts.linear(output, output, bias: 0)
      // The mean is taken off first, so the product of both steps has no bias.
      return ends + 9 + 4 * Double(inputDimension) + iterative + ends
        + FileParts.linear(output, inputDimension, bias: 0)
    case .l2Normalization, .hadamard: return ends + 4
    case .padding: return ends + 8 + 4 * Double(output)
    }
  }
}
