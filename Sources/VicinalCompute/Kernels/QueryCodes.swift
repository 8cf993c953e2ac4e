import CVicinalKernels
import VicinalCore

/// The queries of a batch, quantised for int8 panels.
struct QueryCodes: Sendable {
  /// Bytes between queries.
  let stride: Int
  private(set) var codes: ByteStorage
  private(set) var facts: [vcl_query_facts]

  /// - Parameter centre: What queries are relative to: the centre of the panels under L2, nothing
  ///   under inner product, where only the rows are shifted.
  init(_ queries: borrowing VectorBatch, centre: [Float]?, kernels: KernelSet) {
    stride = (queries.dimension + 3) / 4 * 4
    codes = ByteStorage(zeros: queries.count * stride)
    facts = Array(repeating: vcl_query_facts(), count: queries.count)
    let base = unsafe codes.mutableBase()
    unsafe queries.values.withUnsafeBufferPointer { values in
      guard let first = values.baseAddress else { return }
      unsafe withOptionalPointer(centre) { centre in
        unsafe facts.withUnsafeMutableBufferPointer { facts in
          for query in 0..<facts.count {
            unsafe kernels.functions.quantize_query(
              first + query * queries.dimension, centre, queries.dimension,
              base + query * stride, &facts[query])
          }
        }
      }
    }
  }
}
