public import VicinalCoding
import VicinalCompute
public import VicinalCore

/// An inverted file over binary vectors: training finds cells, each vector is stored in the list
/// of its nearest cell, and a search visits the lists of the `probes` nearest cells only.
///
/// Among the visited lists the answer is exact; batches are searched list by list.
///
/// ```swift
/// var index = try BinaryIVFIndex(dimension: 256, listCount: 1024)
/// try index.train(on: sample)
/// try index.add(vectors)
/// index.probes = 16
/// let found = try index.search(queries, k: 10)
/// ```
///
/// The corresponding faiss type is `IndexBinaryIVF`.
public struct BinaryIVFIndex: BinaryIndex {
  /// Bits per vector.
  public let dimension: Int

  /// Inverted lists. faiss: `nlist`.
  public let listCount: Int

  /// Lists that a search visits unless its options say otherwise. faiss: `nprobe`.
  public var probes = 1 { didSet { probes = max(1, probes) } }

  /// Of the `probes` nearest lists a search visits those whose cell is at least this part as good as
  /// the best one; see ``IVFIndex/cellRatio``.
  public var cellRatio: Float = 0 {
    didSet { cellRatio = (0...1).contains(cellRatio) ? cellRatio : oldValue }
  }

  /// Finds the cells of a vector: one vector per list. faiss: `quantizer`.
  public internal(set) var coarse: any BinaryIndex

  /// How training clusters; ten rounds, as in faiss. faiss: `cp`.
  public var clustering: KMeansOptions

  /// What training had to say, for example that there were few vectors.
  public internal(set) var trainingWarnings: [String] = []

  /// Where each id is, if that is kept. faiss: `direct_map`.
  public internal(set) var directMap = DirectMap.none

  /// Vectors held.
  public internal(set) var count = 0

  package internal(set) var lists: [BinaryList]

  /// An untrained index.
  ///
  /// - Parameters:
  ///   - dimension: Bits per vector, a multiple of 8.
  ///   - listCount: Inverted lists, at least 1.
  ///   - coarse: Finds cells; empty (training fills it) or already holding `listCount` vectors.
  ///     A flat index unless given.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    dimension: Int, listCount: Int, coarse: (any BinaryIndex)? = nil
  ) throws(IndexError) {
    try BinaryBatch.validate(dimension: dimension)
    guard listCount >= 1, listCount <= Int(Int32.max) else {
      throw IndexError(
        .invalidArgument, "an inverted file needs 1…\(Int32.max) lists, got \(listCount)")
    }
    let stride = MemoryLayout<BinaryList>.stride
    guard listCount <= largestMemory() / 2 / stride else {
      throw IndexError(
        .memoryBound,
        "\(listCount) inverted lists take \(stride) bytes each before they hold anything, more than"
          + " half of the memory that there is; ask for fewer")
    }
    let flat = try BinaryFlatIndex(dimension: dimension)
    let coarse = coarse ?? flat
    guard coarse.dimension == dimension, coarse.count == 0 || coarse.count == listCount else {
      throw IndexError(
        .invalidArgument,
        "the coarse quantizer must have \(dimension) bits and be empty or hold \(listCount)"
          + " vectors; it has \(coarse.dimension) bits and \(coarse.count) vectors")
    }
    self.dimension = dimension
    self.listCount = listCount
    self.coarse = coarse
    clustering = KMeansOptions()
    clustering.iterations = 10
    lists = Array(repeating: BinaryList(), count: listCount)
  }

  /// Takes over what a file holds. The caller has checked sizes.
  package init(
    dimension: Int, coarse: any BinaryIndex, lists: [BinaryList], probes: Int,
    directMap: DirectMap
  ) throws(IndexError) {
    try self.init(dimension: dimension, listCount: lists.count, coarse: coarse)
    self.lists = lists
    count = lists.reduce(0) { $0 + $1.count }
    self.probes = max(1, probes)
    self.directMap = directMap
  }

  /// Whether there is a cell for every list.
  public var isTrained: Bool { coarse.count == listCount }

  /// Bytes of memory held: vectors, ids, coarse quantizer, direct map.
  public var byteCount: Int {
    lists.reduce(coarse.byteCount + directMap.byteCount) { $0 + $1.byteCount }
      + listCount * MemoryLayout<BinaryList>.stride
  }

  /// Vectors in list `list`, 0 ..< `listCount`.
  public func listSize(_ list: Int) -> Int { lists[list].count }

  /// Gives back memory that growing lists left unused.
  public mutating func trim() {
    for list in lists.indices { lists[list].trim() }
  }
}
