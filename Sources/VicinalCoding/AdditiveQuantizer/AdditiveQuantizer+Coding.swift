import VicinalCompute
public import VicinalCore

extension AdditiveQuantizer {
  /// Vectors coded between two checks for cancellation.
  private static let blockVectors = 256

  /// The numbers that codes hold, as entries of the codebooks of their part.
  var partFields: AdditiveFields {
    AdditiveFields(bits: bits, starts: parts.flatMap(\.starts), codeSize: codeSize)
  }

  /// Numbers of the chosen entries and the norm of what they stand for, packed as a bit string.
  ///
  /// - Complexity: O(count · entries · dimension) and, for each vector, the search for entries.
  ///   faiss: `compute_codes`.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try requireTrained()
    try vectors.requireDimension(dimension, of: "vectors to encode")
    let kernels = try KernelSet(execution.kernels)
    var encoders: [any EntryEncoder] = []
    for (number, part) in parts.enumerated() {
      encoders.append(try prepared.encoder(of: part, number: number))
    }
    let order = norms.order()
    let blocks = evenRanges(
      vectors.count, parts: (vectors.count + Self.blockVectors - 1) / Self.blockVectors)
    let codes = try parallelMap(blocks.count, workers: execution.workerCount) {
      block throws(IndexError) in
      try execution.checkCancellation()
      let rows = vectors.rows(blocks[block])
      let entries = try chooseEntries(rows, encoders, kernels: kernels)
      return pack(entries, norms: norm.normBits > 0 ? decodedNorms(entries, kernels) : [], order)
    }
    guard codes.count != 1 else { return codes[0] }
    var result: [UInt8] = []
    result.reserveCapacity(vectors.count * codeSize)
    for part in codes { result += part }
    return result
  }

  /// The entries of each vector, as entries of the codebooks of their part.
  func chooseEntries(
    _ vectors: borrowing VectorBatch, _ encoders: [any EntryEncoder], kernels: KernelSet
  ) throws(IndexError) -> [Int32] {
    if parts.count == 1 {
      return try encoders[0].entries(of: vectors, kernels: kernels)
    }
    var result = [Int32](repeating: 0, count: vectors.count * bits.count)
    let step = bits.count
    var field = 0
    for (number, part) in parts.enumerated() {
      let columns = copiedColumns(
        number * part.dimension..<(number + 1) * part.dimension, of: vectors)
      let found = try encoders[number].entries(
        of: VectorBatch(columns.span, dimension: part.dimension), kernels: kernels)
      let width = part.bits.count
      for row in 0..<vectors.count {
        for place in 0..<width {
          result[row * step + field + place] = found[row * width + place]
        }
      }
      field += width
    }
    return result
  }

  /// Squared norms of sums of entries.
  func decodedNorms(_ entries: [Int32], _ kernels: KernelSet) -> [Float] {
    var norms = [Float](repeating: 0, count: entries.count / bits.count)
    for number in parts.indices { addNorms(of: number, entries, kernels, to: &norms) }
    return norms
  }

  /// Squared norms of what entries of one part sum to.
  func partNorms(_ number: Int, _ entries: [Int32], _ kernels: KernelSet) -> [Float] {
    var norms = [Float](repeating: 0, count: entries.count / bits.count)
    addNorms(of: number, entries, kernels, to: &norms)
    return norms
  }

  private func addNorms(
    of number: Int, _ entries: [Int32], _ kernels: KernelSet, to norms: inout [Float]
  ) {
    let part = parts[number]
    let first = parts[..<number].reduce(0) { $0 + $1.bits.count }
    let origin = [Float](repeating: 0, count: part.dimension)
    let count = norms.count
    var span = norms.mutableSpan
    kernels.addDistances(
      from: origin.span, to: part.codebooks.span, entries: entries.span,
      range: first..<first + part.bits.count, step: bits.count, count: count, into: &span)
  }

  private func pack(_ entries: [Int32], norms: [Float], _ order: [Int]) -> [UInt8] {
    let starts = parts.flatMap(\.starts)
    let widths = bits
    var codes: [UInt8] = []
    codes.reserveCapacity(entries.count / widths.count * codeSize)
    for row in 0..<entries.count / widths.count {
      var held: UInt64 = 0
      var have = 0
      func append(_ number: UInt64, _ width: Int) {
        held |= number << UInt64(have)
        have += width
        while have >= 8 {
          codes.append(UInt8(truncatingIfNeeded: held))
          held >>= 8
          have -= 8
        }
      }
      for (field, width) in widths.enumerated() {
        append(UInt64(Int(entries[row * widths.count + field]) - starts[field]), width)
      }
      if !norms.isEmpty {
        append(UInt64(self.norms.encode(norms[row], order: order)), norm.normBits)
      }
      if have > 0 { codes.append(UInt8(truncatingIfNeeded: held)) }
    }
    return codes
  }

  /// The sums of the entries that codes name. faiss: `decode`.
  ///
  /// - Complexity: O(codes · codebooks · dimension).
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    try requireTrained()
    guard codes.byteCount.isMultiple(of: codeSize) else {
      throw IndexError(
        .dimensionMismatch,
        "\(codes.byteCount) bytes are not a whole number of codes of \(codeSize) bytes")
    }
    let count = codes.byteCount / codeSize
    let kernels = try KernelSet(nil)
    let fields = partFields
    var entries = [Int32](repeating: 0, count: count * fields.bits.count)
    var entrySpan = entries.mutableSpan
    fields.unpack(codes, count: count, kernels: kernels, into: &entrySpan)
    return sums(of: entries, kernels)
  }

  /// The sums of entries, row-major.
  func sums(of entries: [Int32], _ kernels: KernelSet) -> [Float] {
    let step = bits.count
    let count = entries.count / step
    var values = [Float](repeating: 0, count: count * dimension)
    var span = values.mutableSpan
    var field = 0
    for (number, part) in parts.enumerated() {
      kernels.writeSums(
        of: part.codebooks.span, dimension: part.dimension, entries: entries.span,
        range: field..<field + part.bits.count, step: step, count: count, into: &span,
        start: number * part.dimension, outputStep: dimension)
      field += part.bits.count
    }
    return values
  }
}

/// Some coordinates of vectors, on their own.
func copiedColumns(_ columns: Range<Int>, of vectors: borrowing VectorBatch) -> [Float] {
  var values: [Float] = []
  values.reserveCapacity(vectors.count * columns.count)
  for row in 0..<vectors.count {
    let vector = vectors.row(row)
    for column in columns { values.append(vector[column]) }
  }
  return values
}
