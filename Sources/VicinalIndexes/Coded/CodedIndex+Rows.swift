import VicinalCoding
public import VicinalCore

extension CodedIndex: Reconstructible, RemovableIndex, MergeableIndex, SubsetCopying {
  /// What the code with an id stands for.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard id >= 0, id < count else {
      throw IndexError(.notFound, "ids are 0 ..< \(count), there is no vector \(id)")
    }
    return try codec.decode(code(Int(id)).span.rawBytes)
  }

  /// The plain code of vector `index`.
  package func code(_ index: Int) -> [UInt8] {
    var code: [UInt8] = []
    chunks[index / chunkCodes].appendCode(index % chunkCodes, to: &code)
    return code
  }

  /// Removes every vector whose id the filter contains; the ids after it move up.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    let before = count
    guard let first = (0..<before).first(where: { filter.contains(Int64($0)) }) else { return 0 }
    // Chunks before the first removed code stay as they are, shared with other copies.
    let tail = Array(chunks[(first / chunkCodes)...])
    let start = first / chunkCodes * chunkCodes
    chunks.removeLast(tail.count)
    for (number, chunk) in tail.enumerated() {
      let first = start + number * chunkCodes
      append(chunk) { !filter.contains(Int64(first + $0)) }
    }
    trim()
    return before - count
  }

  /// Moves the vectors of `other`, which must have the same codec, behind those of this index.
  public mutating func merge(
    from other: inout CodedIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameKind(other)
    guard offset == 0 else {
      throw IndexError(
        .unsupported, "a flat index numbers its vectors itself; idOffset must be 0, got \(offset)")
    }
    for chunk in other.chunks { append(chunk) { _ in true } }
    other.chunks = []
  }

  /// Adds the selected vectors to `target`, where they get new ids.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout CodedIndex
  ) throws(IndexError) {
    try target.requireSameKind(self)
    let isSelected = try selection.rows(of: count) { Int64($0) }
    for (number, chunk) in chunks.enumerated() {
      target.append(chunk) { isSelected(number * chunkCodes + $0) }
    }
  }

  /// Gives back memory that growing left unused.
  public mutating func trim() {
    for chunk in chunks.indices { chunks[chunk].trim() }
  }

  mutating func append(_ chunk: CodeBlock, where isTaken: (Int) -> Bool) {
    var codes: [UInt8] = []
    var taken = 0
    for index in 0..<chunk.count where isTaken(index) {
      chunk.appendCode(index, to: &codes)
      taken += 1
    }
    append(codes: codes, count: taken)
  }

  func requireSameKind(_ other: CodedIndex) throws(IndexError) {
    guard other.metric == metric, sameCodec(codec, other.codec) else {
      throw IndexError(
        .invalidArgument,
        "both indexes need the same codec, trained once, and metric \(metric); train one and copy"
          + " it before adding")
    }
  }
}
