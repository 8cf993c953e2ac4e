import VicinalCoding
import VicinalCompute
import VicinalCore

/// An index that can compare a query with chosen vectors, given by number.
protocol NumberedComparison {
  /// A function that compares a query with vectors, to be used by one worker. Numbers lie within
  /// 0 ..< `count`.
  func comparer(execution: Execution) throws(IndexError) -> NumberedComparer

  /// Whether comparing is faster where numbers ascend.
  var prefersAscendingNumbers: Bool { get }
}

/// Compares a query with the vectors of some numbers; there are as many places as numbers.
typealias NumberedComparer = (Span<Float>, Span<Int64>, inout MutableSpan<Float>) -> Void

extension FlatIndex: NumberedComparison {
  var prefersAscendingNumbers: Bool { false }

  func comparer(execution: Execution) throws(IndexError) -> NumberedComparer {
    let rows = NumberedRows(rows, kernels: try KernelSet(execution.kernels))
    return { query, numbers, values in rows.distances(from: query, to: numbers, into: &values) }
  }
}

extension CodedIndex: NumberedComparison {
  var prefersAscendingNumbers: Bool { true }

  func comparer(execution: Execution) throws(IndexError) -> NumberedComparer {
    let scanner = try codec.makeScanner(
      metric: metric, options: scanOptions, kernels: KernelSet(execution.kernels))
    let (chunks, chunkCodes) = (chunks, chunkCodes)
    var rows: [Int32] = []
    return { query, numbers, values in
      scanner.begin(query: query)
      var first = 0
      while first < numbers.count {
        let chunk = Int(numbers[first]) / chunkCodes
        rows.removeAll(keepingCapacity: true)
        while first + rows.count < numbers.count,
          Int(numbers[first + rows.count]) / chunkCodes == chunk
        {
          rows.append(Int32(Int(numbers[first + rows.count]) % chunkCodes))
        }
        var part = values._mutatingExtracting(first..<first + rows.count)
        let codes = chunks[chunk]
        scanner.scan(codes.bytes.bytes, rows: rows.span, into: &part)
        first += rows.count
      }
    }
  }
}

/// Compares behind transforms, with transformed queries.
private struct TransformedComparison: NumberedComparison {
  let chain: TransformChain
  let inner: any NumberedComparison
  let dimension: Int

  var prefersAscendingNumbers: Bool { inner.prefersAscendingNumbers }

  func comparer(execution: Execution) throws(IndexError) -> NumberedComparer {
    let compare = try inner.comparer(execution: execution)
    let alone = Execution(workers: 1, kernels: execution.kernels)
    let (chain, dimension) = (chain, dimension)
    return { query, numbers, values in
      // Queries were found to be finite and of the right dimension before.
      guard let batch = try? VectorBatch(query, dimension: dimension),
        let changed = try? chain.apply(batch, execution: alone)
      else { return }
      compare(changed.span, numbers, &values)
    }
  }
}

extension VectorIndex {
  /// How vectors of this index are compared by number, `nil` if it does not keep them by number.
  var numberedComparison: (any NumberedComparison)? {
    if let transformed = self as? TransformedIndex {
      guard let inner = transformed.inner.numberedComparison else { return nil }
      return TransformedComparison(
        chain: transformed.chain, inner: inner, dimension: transformed.dimension)
    }
    return self as? any NumberedComparison
  }
}
