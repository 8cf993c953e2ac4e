import VicinalCoding
public import VicinalCore

extension IVFPQRIndex: NumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    let removed = try base.removeNumbers(filter)
    if removed > 0 { codes.filterCodes { !filter.contains(Int64($0)) } }
    return removed
  }

  mutating func append(numbersOf other: IVFPQRIndex) throws(IndexError) {
    guard sameCodec(refinement, other.refinement) else {
      throw IndexError(
        .invalidArgument,
        "both indexes need the same second quantizer, trained once; train one and copy it before"
          + " adding")
    }
    try base.append(numbersOf: other.base)
    codes.append(other.codes.plainCodes().span.rawBytes, count: other.codes.count)
  }
}

extension IVFPQRIndex: RemovableIndex, MergeableIndex, SubsetCopying {
  /// Removes every vector whose id the filter contains; the ids after it move up, since second codes
  /// are kept by id. faiss cannot remove from this kind of index.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    try removeNumbers(filter)
  }

  /// Forgets all vectors and keeps the training.
  public mutating func reset() throws(IndexError) {
    try base.reset()
    codes.removeAll()
  }

  /// Moves the vectors of `other` behind those of this index.
  public mutating func merge(
    from other: inout IVFPQRIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireNoOffset(offset, "an inverted file of refined codes")
    try take(allOf: &other)
  }

  /// Adds the selected vectors to `target`, where they get new ids.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout IVFPQRIndex
  ) throws(IndexError) {
    try target.append(numbersOf: selected(selection))
  }
}

extension IVFPQRIndex: UpdatableIndex {
  /// Gives vectors new values: both codes of each are made anew.
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let rows = try requireReplaceable(ids, vectors)
    for (id, _) in rows where id < 0 || id >= codes.count {
      throw IndexError(.notFound, "ids are 0 ..< \(codes.count), there is no vector \(id)")
    }
    guard vectors.count > 0 else { return }
    let second = try secondCodes(
      of: vectors, cells: try base.assign(vectors, execution: execution), execution)
    try base.replace(ids, with: vectors, execution: execution)
    for place in ids.indices {
      let code = place * refinement.codeSize..<(place + 1) * refinement.codeSize
      codes.replaceCode(Int(ids[place]), with: second.span.rawBytes.extracting(code))
    }
  }
}
