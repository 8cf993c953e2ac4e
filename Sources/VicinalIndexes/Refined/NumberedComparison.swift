import VicinalCoding
import VicinalCompute
import VicinalCore

/// An index that can compare a query with chosen vectors, given by number.
protocol NumberedComparison: VectorIndex {
  /// A function that compares a query with vectors, to be used by one worker. Numbers ascend and
  /// lie within 0 ..< `count`.
  func comparer(
    execution: Execution
  ) throws(IndexError) -> (Span<Float>, [Int64]) -> [Float]
}

extension FlatIndex: NumberedComparison {
  func comparer(
    execution: Execution
  ) throws(IndexError) -> (Span<Float>, [Int64]) -> [Float] {
    let kernels = try KernelSet(execution.kernels)
    let rows = rows
    return { query, ids in
      var values = [Float](repeating: 0, count: ids.count)
      var span = values.mutableSpan
      rows.distances(from: query, to: ids, kernels: kernels, into: &span)
      return values
    }
  }
}

extension CodedIndex: NumberedComparison {
  func comparer(
    execution: Execution
  ) throws(IndexError) -> (Span<Float>, [Int64]) -> [Float] {
    let scanner = try codec.makeScanner(
      metric: metric, options: scanOptions, kernels: KernelSet(execution.kernels))
    let (chunks, chunkCodes) = (chunks, chunkCodes)
    return { query, ids in
      scanner.begin(query: query)
      var values: [Float] = []
      var first = 0
      while first < ids.count {
        let chunk = Int(ids[first]) / chunkCodes
        var rows: [Int32] = []
        while first < ids.count, Int(ids[first]) / chunkCodes == chunk {
          rows.append(Int32(Int(ids[first]) % chunkCodes))
          first += 1
        }
        values += compared(chunks[chunk], rows, scanner)
      }
      return values
    }
  }
}

/// Values of some codes of a block.
private func compared(
  _ codes: CodeBlock, _ rows: [Int32], _ scanner: any CodeScanner
) -> [Float] {
  var values = [Float](repeating: 0, count: rows.count)
  var span = values.mutableSpan
  scanner.scan(codes.bytes.bytes, rows: rows.span, into: &span)
  return values
}
