import VicinalCoding
import VicinalCompute
public import VicinalCore

extension FlatIndex: UpdatableIndex {
  /// Gives vectors new values in place.
  ///
  /// - Complexity: O(ids); with an int8 companion, plus quantising the chunks that change.
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    _ = try requireReplaceable(ids, vectors)
    let numbers = try numbers(ids, count: count)
    rows.replaceRows(numbers, with: vectors, kernels: try KernelSet(execution.kernels))
  }
}

extension CodedIndex: UpdatableIndex {
  /// Gives vectors new codes in place.
  ///
  /// - Complexity: O(ids), and for codes that are interleaved, O(codes of the chunks that change).
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    _ = try requireReplaceable(ids, vectors)
    let numbers = try numbers(ids, count: count)
    guard !numbers.isEmpty else { return }
    let codes = try codec.encode(vectors, execution: execution)
    var places: [Int: [(offset: Int, row: Int)]] = [:]
    for (row, number) in numbers.enumerated() {
      places[number / chunkCodes, default: []].append((number % chunkCodes, row))
    }
    for (chunk, changes) in places {
      chunks[chunk].replaceCodes(changes, from: codes)
    }
  }
}

/// Ids as numbers of rows.
private func numbers(_ ids: Span<Int64>, count: Int) throws(IndexError) -> [Int] {
  var numbers: [Int] = []
  for place in ids.indices {
    guard ids[place] >= 0, ids[place] < count else {
      throw IndexError(.notFound, "ids are 0 ..< \(count), there is no vector \(ids[place])")
    }
    numbers.append(Int(ids[place]))
  }
  return numbers
}

extension CodeBlock {
  /// Overwrites some codes by rows of others. Interleaved codes are taken apart and put together.
  fileprivate mutating func replaceCodes(_ changes: [(offset: Int, row: Int)], from codes: [UInt8])
  {
    guard layout != .rows else {
      for change in changes {
        let code = change.row * codeSize..<(change.row + 1) * codeSize
        replaceCode(change.offset, with: codes.span.rawBytes.extracting(code))
      }
      return
    }
    var plain = plainCodes()
    for change in changes {
      plain.replaceSubrange(
        change.offset * codeSize..<(change.offset + 1) * codeSize,
        with: codes[change.row * codeSize..<(change.row + 1) * codeSize])
    }
    let held = count
    removeAll()
    append(plain.span.rawBytes, count: held)
  }
}
