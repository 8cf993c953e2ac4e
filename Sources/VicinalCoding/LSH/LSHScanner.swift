import VicinalCompute
import VicinalCore

/// Counts the bits in which codes differ from that of the query.
final class LSHScanner: CodeScanner {
  private var state: LSHScan

  init(_ state: LSHScan) { self.state = state }

  func begin(query: Span<Float>) { state.begin(query: query) }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) { state.enter(centroid: centroid) }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    state.scan(codes, count: count, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    state.scan(codes, rows: rows, into: &values)
  }
}

/// What ``LSHScanner`` keeps between calls.
struct LSHScan {
  private let codec: LSHCodec
  private let kernels: KernelSet
  private var query: [Float] = []
  private var parts: [Float]
  private var code: [UInt8]

  init(_ codec: LSHCodec, _ kernels: KernelSet) {
    self.codec = codec
    self.kernels = kernels
    parts = Array(repeating: 0, count: codec.bits)
    code = Array(repeating: 0, count: codec.codeSize)
  }

  mutating func begin(query: Span<Float>) {
    self.query.removeAll(keepingCapacity: true)
    for index in query.indices { self.query.append(query[index]) }
    codec.encode(query, &parts, into: &code, at: 0, kernels)
  }

  mutating func enter(centroid: Span<Float>) {
    var residual = query
    for index in residual.indices { residual[index] -= centroid[index] }
    codec.encode(residual.span, &parts, into: &code, at: 0, kernels)
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    kernels.hammingValues(
      from: code.span.rawBytes, to: codes, count: count, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    kernels.hammingValues(from: code.span.rawBytes, to: codes, rows: rows, into: &values)
  }
}
