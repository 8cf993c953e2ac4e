import Foundation
public import VicinalCoding
import VicinalCompute
public import VicinalCore

/// An inverted file: training finds cells, each vector is stored in the list of its nearest cell,
/// and a search visits the lists of the `probes` nearest cells only.
///
/// Lists hold float vectors or, with a codec, codes.
///
/// Among the visited lists of floats the answer is exact. They carry an int8 companion for the
/// first pass (see ``FlatIndex``); batches are searched list by list, so that each list is read
/// once for all queries that visit it. Codes are compared query by query; where they are of
/// residuals, they say how a vector differs from the centroid of its cell.
///
/// ```swift
/// var index = try IVFIndex(dimension: 128, listCount: 1024)
/// try index.train(on: sample)
/// try index.add(vectors)
/// index.probes = 16
/// let found = try index.search(queries, k: 10)
/// ```
///
/// Sivic and Zisserman, "Video Google", ICCV 2003; Jégou, Douze and Schmid, "Product Quantization
/// for Nearest Neighbor Search", TPAMI 2011. The corresponding faiss types are `IndexIVFFlat`,
/// `IndexIVFPQ`, `IndexIVFScalarQuantizer` and so on.
public struct IVFIndex: VectorIndex {
  /// Floats per vector.
  public let dimension: Int

  /// L2 or inner product.
  public let metric: Metric

  /// Inverted lists. faiss: `nlist`.
  public let listCount: Int

  /// Lists that a search visits unless its options say otherwise. faiss: `nprobe`.
  public var probes = 1 { didSet { probes = max(1, probes) } }

  /// Finds the cells of a vector: one vector per list. faiss: `quantizer`.
  public internal(set) var coarse: any VectorIndex

  /// What lists hold instead of floats, or `nil`. faiss: `pq`, `sq` …
  public internal(set) var codec: (any VectorCodec)?

  /// Whether codes are of differences from the centroid of the cell; codes of no bytes (`SQ0`)
  /// always are. faiss: `by_residual`.
  public internal(set) var isResidual = false

  /// How files hold the vectors, if not in rows; see ``setPanorama(_:)``.
  public internal(set) var panorama: PanoramaLayout?

  /// Whether files hold equal vectors of a list once, as faiss's `IndexIVFFlatDedup`; in memory
  /// each of them has a place of its own. Only for an index of floats without a direct map.
  public var isDeduplicated = false

  /// What searches ask of the codec unless their options say otherwise.
  /// faiss: `polysemous_ht`, `qb`.
  public var scanOptions = ScanOptions()

  /// A search compares a query with no more vectors than this, those of the nearest lists; `nil` for
  /// no limit. faiss: `max_codes` (there 0 for no limit).
  public var maxCodes: Int? { didSet { maxCodes = maxCodes.map { max(1, $0) } } }

  /// Of the `probes` nearest lists a search visits those whose cell is at least this part as good as
  /// the best one, 0…1, unless its options say otherwise; see ``SearchOptions/cellRatio``. 0, visiting
  /// all, at first. Files do not hold it, since faiss has no such thing.
  public var cellRatio: Float = 0 {
    didSet { cellRatio = (0...1).contains(cellRatio) ? cellRatio : oldValue }
  }

  /// How training clusters; ten rounds, spherical under inner product, as in faiss. If it goes in
  /// mini-batches, so does the training of a product quantizer that is not told otherwise. faiss: `cp`.
  public var clustering: KMeansOptions

  /// What training had to say, for example that there were few vectors.
  public internal(set) var trainingWarnings: [String] = []

  /// Where each id is, if that is kept. faiss: `direct_map`.
  public internal(set) var directMap = DirectMap.none

  /// Vectors held.
  public internal(set) var count = 0

  /// Vectors that faiss counted when they were added but put into no list, because they held NaN.
  /// The ids of vectors to come and files take them into account.
  package var unlistedCount = 0

  /// Whether lists carry what only makes searching faster and files do not hold: an int8 companion
  /// of floats, terms of product codes or tables for them. Results do not depend on it.
  public internal(set) var isAccelerated: Bool

  package internal(set) var lists: [InvertedList] {
    didSet {
      // Copies share places until one of them changes its lists.
      if !isKnownUniquelyReferenced(&places) || places.isUsed { places = ListPlaces() }
    }
  }

  /// Where the lists lie.
  var places = ListPlaces()

  /// Whether lists keep the terms of their codes, rather than the codec tables for each list.
  package internal(set) var keepsTerms = false

  /// If lists view a mapped file that must not fill the memory: gives pages back between queries.
  var paging: Paging?

  /// What the companions are relative to: the mean of the cells, so that a file brings it along.
  var centre: [Float]?

  /// An untrained index.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - metric: L2 or inner product.
  ///   - listCount: Inverted lists, at least 1.
  ///   - coarse: Finds cells; empty (training fills it) or already holding `listCount` vectors.
  ///     A flat index unless given.
  ///   - codec: What lists hold; floats unless given. Trained already or not.
  ///   - isResidual: Whether codes are of differences from centroids.
  ///   - isAccelerated: Whether lists carry what only makes searching faster.
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported`` for other
  ///   metrics, ``IndexError/Code/memoryBound`` for more empty lists than fit this machine.
  public init(
    dimension: Int, metric: Metric = .l2, listCount: Int, coarse: (any VectorIndex)? = nil,
    codec: (any VectorCodec)? = nil, isResidual: Bool = true, isAccelerated: Bool = true
  ) throws(IndexError) {
    guard dimension >= 1, listCount >= 1 else {
      throw IndexError(
        .invalidArgument,
        "an inverted file needs a dimension and a list count of at least 1, got \(dimension) and"
          + " \(listCount)")
    }
    guard metric == .l2 || metric == .innerProduct else {
      throw IndexError(
        .unsupported, "an inverted file works with L2 or inner product, not \(metric)")
    }
    try Self.requireRoom(forLists: listCount)
    let coarse = coarse ?? FlatIndex(dimension: dimension, metric: metric)
    guard coarse.dimension == dimension, coarse.count == 0 || coarse.count == listCount else {
      throw IndexError(
        .invalidArgument,
        "the coarse quantizer must have dimension \(dimension) and be empty or hold \(listCount)"
          + " vectors; it has dimension \(coarse.dimension) and \(coarse.count) vectors")
    }
    if let codec, codec.dimension != dimension {
      throw IndexError(
        .dimensionMismatch,
        "the codec of an inverted file must have its dimension \(dimension), not"
          + " \(codec.dimension)")
    }
    self.dimension = dimension
    self.metric = metric
    self.listCount = listCount
    self.coarse = coarse
    self.isAccelerated =
      isAccelerated && (codec != nil || dimension <= Int8Panels.largestDimension)
    self.codec = codec
    // Codes of nothing stand for the centroid.
    let isEmpty = (codec as? ScalarQuantizer)?.kind == .bits0
    self.isResidual = codec != nil && (isResidual || isEmpty)
    clustering = KMeansOptions()
    clustering.iterations = 10
    clustering.isSpherical = metric == .innerProduct
    lists = Array(
      repeating: InvertedList(dimension: dimension, codec: codec), count: listCount)
    if coarse.count == listCount { try prepareLists() }
  }

  /// Factory strings can ask for any number of lists, and a failed allocation ends the process.
  private static func requireRoom(forLists count: Int) throws(IndexError) {
    let stride = InvertedList.stride.list
    let (bytes, overflow) = count.multipliedReportingOverflow(by: stride)
    guard !overflow, bytes <= largestMemory() / 2 else {
      throw IndexError(
        .memoryBound,
        "\(count) inverted lists take \(stride) bytes each before they hold anything, more than half"
          + " of the memory that there is; ask for fewer")
    }
  }

  /// Whether there is a cell for every list, and the codec, if there is one, is trained.
  public var isTrained: Bool { hasCells && codec?.isTrained ?? true }

  /// Whether there is a cell for every list.
  var hasCells: Bool { coarse.count == listCount }

  /// Bytes of memory held: vectors, ids, companions, coarse quantizer, codec, direct map.
  public var byteCount: Int {
    let rest = coarse.byteCount + directMap.byteCount + (codec?.byteCount ?? 0)
    // Lists that hold nothing share their content.
    return lists.reduce(rest + listCount * InvertedList.stride.list) {
      $1.count > 0 ? $0 + $1.byteCount + InvertedList.stride.content : $0
    }
  }

  /// Vectors in list `list`, 0 ..< `listCount`.
  public func listSize(_ list: Int) -> Int { lists[list].count }

  /// Vectors per list squared and summed, relative to equal lists: 1 is perfectly even.
  /// faiss: `invlists.imbalance_factor()`.
  public var imbalance: Double {
    guard count > 0 else { return 1 }
    let squares = lists.reduce(0.0) { $0 + Double($1.count) * Double($1.count) }
    return squares * Double(listCount) / (Double(count) * Double(count))
  }

  /// Builds or discards the int8 companions, or the terms or tables of product codes. Results do not
  /// change, only speed and memory.
  public mutating func setAccelerated(_ wanted: Bool, execution: Execution = Execution())
    throws(IndexError)
  {
    let wanted = wanted && (codec != nil || dimension <= Int8Panels.largestDimension)
    guard wanted != isAccelerated else { return }
    isAccelerated = wanted
    try prepareLists(execution: execution)
    try prepareCodec(execution)
  }

  /// Gives every list what ``isAccelerated`` asks for.
  mutating func prepareLists(execution: Execution = Execution()) throws(IndexError) {
    guard codec == nil else { return }
    let kernels = try KernelSet(execution.kernels)
    centre = isAccelerated && isTrained ? try meanOfCells() : nil
    let panels = centre.map { Int8Panels(centre: $0, isL2: metric == .l2) }
    var empty = InvertedList(dimension: dimension)
    empty.block.setPanels(panels, kernels: kernels)
    try parallelUpdate(&lists, workers: execution.workerCount) { _, list in
      if list.count == 0 {
        list = empty
      } else {
        list.block.setPanels(panels, kernels: kernels)
      }
    }
  }

  private func meanOfCells() throws(IndexError) -> [Float]? {
    if let products = coarse as? MultiIndexQuantizer { return products.meanOfCells }
    guard var cells = coarse as? any Reconstructible else { return nil }
    if var inverted = cells as? IVFIndex, inverted.directMap.kind == .none {
      // Otherwise finding a cell by its number would mean looking through all of them.
      try inverted.setDirectMap(.hashTable)
      cells = inverted
    }
    var sums = [Double](repeating: 0, count: dimension)
    for cell in 0..<listCount {
      // A file may number the cells of an inverted coarse quantizer as it likes.
      guard let vector = try? cells.reconstruct(Int64(cell)) else { return nil }
      for (column, value) in vector.enumerated() { sums[column] += Double(value) }
    }
    let mean = sums.map { Float($0 / Double(listCount)) }
    return mean.allSatisfy(\.isFinite) ? mean : nil
  }
}

extension IVFIndex {
  /// Sets the `efSearch` of a graph that finds the cells. faiss: `quantizer_efSearch`.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the cells are found without a graph.
  public mutating func setCoarseEfSearch(_ value: Int) throws(IndexError) {
    guard var graph = coarse as? any GraphSearching else {
      throw IndexError(
        .unsupported, "the cells are found by exact search, which has no efSearch (\(value))")
    }
    graph.efSearch = value
    coarse = graph
  }
}
