import VicinalCompute
import VicinalCore

/// Counts the bits or bytes in which codes differ from the code of the query.
///
/// faiss: `ST_HE`, `ST_generalized_HE` of `IndexPQ`.
final class PQHammingScanner: CodeScanner {
  private let quantizer: ProductQuantizer
  private let kernels: KernelSet
  private let unit: CodeDifference
  private var query: [Float]
  private var code: [UInt8] = []

  init(_ quantizer: ProductQuantizer, unit: CodeDifference, kernels: KernelSet) {
    self.quantizer = quantizer
    self.unit = unit
    self.kernels = kernels
    query = [Float](repeating: 0, count: quantizer.dimension)
  }

  func begin(query: Span<Float>) {
    self.query.overwrite(with: query)
    code = quantizer.code(of: query, kernels: kernels)
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    code = quantizer.code(of: query.span, around: centroid, kernels: kernels)
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    let code = code
    kernels.countDifferences(
      from: code.span.rawBytes, to: codes, count: count, in: unit, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    let code = code
    kernels.countDifferences(
      from: code.span.rawBytes, to: codes, rows: rows, in: unit, into: &values)
  }
}

extension ProductQuantizer {
  /// The code of one vector.
  func code(of vector: Span<Float>, kernels: KernelSet) -> [UInt8] {
    var numbers = [Int32](repeating: 0, count: subspaces)
    var span = numbers.mutableSpan
    transposed.findNearest(of: vector, kernels: kernels, into: &span)
    var code: [UInt8] = []
    code.reserveCapacity(codeSize)
    BitString.append(numbers.span, bits: bits, to: &code)
    return code
  }

  /// The code of a vector relative to a centroid.
  func code(
    of vector: Span<Float>, around centroid: Span<Float>, kernels: KernelSet
  ) -> [UInt8] {
    let difference = (0..<dimension).map { vector[$0] - centroid[$0] }
    return code(of: difference.span, kernels: kernels)
  }

  /// The vector that one code stands for; the code must be whole.
  func vector(of code: RawSpan) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(dimension)
    for subspace in 0..<subspaces {
      result += centroid(
        BitString.number(subspace, of: code, from: 0, bits: bits), of: subspace)
    }
    return result
  }
}
