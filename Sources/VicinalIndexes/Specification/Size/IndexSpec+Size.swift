import VicinalCoding
import VicinalCompute
import VicinalCore

extension IndexSpec {
  /// Bytes that an index of `count` vectors needs, exact up to a few hundred bytes for files and
  /// up to allocation granularity for memory.
  ///
  /// - Parameters:
  ///   - count: Vectors.
  ///   - dimension: Floats per vector.
  ///   - isAccelerated: Whether to count what only makes searching faster and files do not hold: int8
  ///     companions, terms of product codes or tables for them.
  public func byteCount(count: Int, dimension: Int, isAccelerated: Bool) -> Double {
    let row = Double(dimension) * 4
    // A quarter byte more for the bounds that 32 rows share.
    let companion = isAccelerated ? Double(Int8Panels.bytesPerRow(dimension: dimension)) : 0
    let n = Double(count)
    switch self {
    case .flat:
      return n * (row + companion) + (isAccelerated ? 32 * companion + Self.listBytes * 8 : 0)
    case .codes(let codec):
      // Interleaved codes end with a block that may be almost empty.
      return Double(count + codec.blockCount - 1) * Double(codec.codeSize(dimension: dimension))
        + codec.tables(dimension)
    case .hnsw(let links, nil):
      let codes = isAccelerated ? Double(GraphCodes.bytesPerRow(dimension: dimension)) : 0
      return n * (row + codes + Self.graphBytes(links: links)) + Self.listBytes * 8
        + Self.scatter(count: n, links: links)
    case .hnsw(let links, let codec?):
      return n * (Double(codec.codeSize(dimension: dimension)) + Self.graphBytes(links: links))
        + codec.tables(dimension) + Self.listBytes * 8 + Self.scatter(count: n, links: links)
    case .ivf(let listCount, let coarse, let codec):
      let cells = coarse.byteCount(
        listCount: listCount, dimension: dimension, isAccelerated: isAccelerated)
      let lists = cells + Double(listCount) * Self.listBytes
      if let codec {
        // Interleaved lists end with a block that may be almost empty.
        let size = Double(codec.codeSize(dimension: dimension))
        return n * (size + 8) + Double(listCount * (codec.blockCount - 1)) * size
          + codec.tables(dimension) + lists
          + (isAccelerated ? codec.residualTables(count, listCount, coarse) : 0)
      }
      // Companions come in panels of 32 rows: a list may leave all but one row of one empty.
      return n * (row + companion + 8) + Double(listCount) * 31 * companion + lists
    case .panorama(let inner, _), .deduplicated(let inner):
      return inner.byteCount(count: count, dimension: dimension, isAccelerated: isAccelerated)
    case .idMap(let inner, let isReversible):
      return inner.byteCount(count: count, dimension: dimension, isAccelerated: isAccelerated)
        + n * (isReversible ? Self.placeBytes + 8 : 8) + 64
    case .transformed(let transforms, let inner):
      var (last, matrices) = (dimension, 0.0)
      for transform in transforms {
        matrices += transform.byteCount(inputDimension: last)
        last = transform.outputDimension(for: last)
      }
      return matrices
        + inner.byteCount(count: count, dimension: last, isAccelerated: isAccelerated)
    case .refined(let base, let refiner):
      return base.byteCount(count: count, dimension: dimension, isAccelerated: isAccelerated)
        + refiner.byteCount(count: count, dimension: dimension, isAccelerated: false)
    case .residualCells(let bits):
      return Double(AdditiveSpec(bits: bits).tableBytes(dimension: dimension)) + 512
    }
  }

  /// What an entry of a hash table takes when the table has just grown.
  private static let placeBytes = 64.0

  /// What a list takes beside its vectors: its place in the index, and the heads of its arrays.
  private static let listBytes = 512.0

  /// Links of level 0, the expected links above, the level and the offset of one node.
  private static func graphBytes(links: Int) -> Double {
    Double(2 * links) * 4 + Double(links) * 4.04 / Double(max(1, links - 1)) + 4.5 + 8
  }

  /// What upper levels, which are drawn at random, may take beyond their expected size: four
  /// standard deviations of a geometric distribution, about √M links for a node.
  private static func scatter(count: Double, links: Int) -> Double {
    4 * 4 * (Double(links) * count).squareRoot()
  }
}

extension TransformSpec {
  /// Bytes of a trained transform.
  fileprivate func byteCount(inputDimension: Int) -> Double {
    let output = outputDimension(for: inputDimension)
    // A matrix is kept as files have it, and in panels of 32 rows as it is multiplied.
    func matrix(_ rows: Int, _ columns: Int) -> Double {
      4 * (Double(rows + (rows + 31) / 32 * 32) * Double(columns) + Double(rows))
    }
    let d = Double(inputDimension)
    switch self {
    case .opq, .randomRotation, .learnt: return matrix(output, inputDimension)
    // All directions are kept, not only those that are used.
    case .pca: return matrix(output, inputDimension) + 4 * (2 * d + d * d)
    case .itq: return matrix(output, inputDimension) + matrix(output, output) + 4 * d
    case .l2Normalization: return 0
    case .hadamard, .padding: return 12 * Double(output)
    }
  }
}

extension IndexSpec.CoarseSpec {
  fileprivate func byteCount(listCount: Int, dimension: Int, isAccelerated: Bool) -> Double {
    let cells: IndexSpec
    switch self {
    case .flat: cells = .flat
    case .hnsw(let links): cells = .hnsw(links: links)
    case .index(let spec): cells = spec
    case .multiIndex(_, let bits): return 2 * 4 * Double(dimension << bits)
    }
    return cells.byteCount(count: listCount, dimension: dimension, isAccelerated: isAccelerated)
  }
}

extension CodecSpec {
  fileprivate func tables(_ dimension: Int) -> Double {
    // The heads of their arrays too.
    Double(tableBytes(dimension: dimension)) + 512
  }

  /// Codes that stand together in a list.
  fileprivate var blockCount: Int {
    switch self {
    case .fastScan(_, _, let blockVectors), .raBitQFastScan(_, let blockVectors): blockVectors
    default: 1
    }
  }

  /// Terms of the codes, or tables for each cell that they are relative to, whichever is kept.
  fileprivate func residualTables(
    _ count: Int, _ listCount: Int, _ coarse: IndexSpec.CoarseSpec
  ) -> Double {
    let width: Int
    switch self {
    case .product(let subspaces, let bits, _): width = subspaces << bits
    case .productRefined(let subspaces, _): width = subspaces << 8
    case .scalar(.bits8), .scalar(.uniform8): return 4 * Double(count)
    default: return 0
    }
    var rows = listCount
    if case .multiIndex(_, let bits) = coarse { rows = 1 << bits }
    let floats = Double(rows) * Double(width)
    if ProductQuantizer.keepsTerms(
      count: count, listCount: listCount, tableFloats: Int(exactly: floats) ?? .max)
    {
      return 4 * Double(count)
    }
    return floats * 4 <= Double(ProductQuantizer.residualTableLimit) ? floats * 4 : 0
  }
}
