import VicinalCompute
public import VicinalCore

extension FlatIndex: Reconstructible, RemovableIndex, MergeableIndex, SubsetCopying {
  /// The vector with an id.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard id >= 0, id < count else {
      throw IndexError(.notFound, "ids are 0 ..< \(count), there is no vector \(id)")
    }
    return rows.row(Int(id))
  }

  /// Gives back memory that growing left unused.
  public mutating func trim() { rows.trim() }

  /// Removes every vector whose id the filter contains; the ids after it move up.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    let before = count
    rows.filterRows(kernels: try KernelSet()) { !filter.contains(Int64($0)) }
    return before - count
  }

  /// Takes the last vectors out.
  ///
  /// - Complexity: O(vectors of a chunk of 4 MiB), however many there are.
  package mutating func removeLast(_ removed: Int) throws(IndexError) {
    guard removed >= 0, removed <= count else {
      throw IndexError(.invalidArgument, "there are \(count) vectors, \(removed) cannot go")
    }
    rows.removeLast(removed, kernels: try KernelSet())
  }

  /// Moves the vectors of `other` behind those of this index.
  public mutating func merge(
    from other: inout FlatIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameKind(other)
    guard offset == 0 else {
      throw IndexError(
        .unsupported, "a flat index numbers its vectors itself; idOffset must be 0, got \(offset)")
    }
    try append(other, where: { _ in true })
    let layout = other.panorama
    other = FlatIndex(dimension: dimension, metric: metric, isAccelerated: other.isAccelerated)
    other.panorama = layout
  }

  /// Adds the selected vectors to `target`, where they get new ids.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout FlatIndex
  ) throws(IndexError) {
    try target.requireSameKind(self)
    let isSelected = try selection.rows(of: count) { Int64($0) }
    try target.append(self, where: isSelected)
  }

  func requireSameKind(_ other: FlatIndex) throws(IndexError) {
    guard other.dimension == dimension, other.metric == metric else {
      throw IndexError(
        .invalidArgument,
        "both indexes need dimension \(dimension) and metric \(metric); the other has"
          + " \(other.dimension) and \(other.metric)")
    }
  }

  mutating func append(
    _ other: FlatIndex, where isTaken: (Int) -> Bool
  ) throws(IndexError) {
    let kernels = try KernelSet()
    var values: [Float] = []
    for first in stride(from: 0, to: other.count, by: other.rows.chunkRows) {
      values.removeAll(keepingCapacity: true)
      for row in first..<min(other.count, first + other.rows.chunkRows) where isTaken(row) {
        other.rows.appendRow(row, to: &values)
      }
      rows.append(try VectorBatch(values.span, dimension: dimension), kernels: kernels)
    }
  }
}

extension SubsetSelection {
  /// Whether each row of a container without lists is selected.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for a modulus or a number of parts below 1.
  func rows(of count: Int, id: @escaping (Int) -> Int64) throws(IndexError) -> (Int) -> Bool {
    try validate()
    switch self {
    case .ids(let range): return { range.contains(id($0)) }
    case .modulus(let modulus, let remainder):
      return { id($0) % modulus == remainder }
    case .elements(let range): return { range.contains($0) }
    case .slice(let part, let parts):
      let range = Self.slice(of: count, part: part, parts: parts)
      return { range.contains($0) }
    }
  }

  /// The rows of one part when `count` rows are cut evenly.
  static func slice(of count: Int, part: Int, parts: Int) -> Range<Int> {
    let low = (count.multipliedFullWidth(by: part), count.multipliedFullWidth(by: part + 1))
    return parts.dividingFullWidth(low.0).quotient..<parts.dividingFullWidth(low.1).quotient
  }

  func validate() throws(IndexError) {
    switch self {
    case .modulus(let modulus, let remainder):
      guard modulus >= 1, remainder >= 0, remainder < modulus else {
        throw IndexError(
          .invalidArgument,
          "a modulus must be at least 1 and its remainder below it, got \(remainder) mod \(modulus)"
        )
      }
    case .slice(let part, let parts):
      guard parts >= 1, part >= 0, part < parts else {
        throw IndexError(
          .invalidArgument, "a slice must be part 0 ..< parts of parts, got \(part) of \(parts)")
      }
    case .ids, .elements: break
    }
  }
}
