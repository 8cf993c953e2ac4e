import VicinalCompute
import VicinalCore

/// Chooses the entries of vectors among the codebooks of a part.
protocol EntryEncoder: Sendable {
  /// Memory held.
  var byteCount: Int { get }

  /// The chosen entries, one per codebook and vector.
  ///
  /// - Throws: ``IndexError/Code/cancelled`` and lack of memory.
  func entries(
    of vectors: borrowing VectorBatch, kernels: KernelSet
  ) throws(IndexError) -> [Int32]
}

/// The entries of a codebook as vectors are compared with them: half the squared norm of each, and
/// a matrix that gives inner products with the opposite sign. Places up to a multiple of
/// ``EntryChoices/padding`` are filled with entries that are infinitely far.
struct EntryScores: Sendable {
  /// Floats of an entry.
  let dimension: Int
  /// Where each codebook begins; behind the last, where they end.
  let starts: [Int]
  private let matrix: PackedMatrix
  private let bias: [Float]

  /// - Parameters:
  ///   - codebooks: Row-major entries of each codebook.
  init(_ codebooks: [[Float]], dimension: Int) {
    var rows: [Float] = []
    var bias: [Float] = []
    var starts = [0]
    for codebook in codebooks {
      let count = codebook.count / dimension
      let width = EntryChoices.stride(count: count)
      for value in codebook { rows.append(-value) }
      rows += [Float](repeating: 0, count: (width - count) * dimension)
      for entry in 0..<count {
        var sum = 0.0
        for place in entry * dimension..<(entry + 1) * dimension {
          sum += Double(codebook[place]) * Double(codebook[place])
        }
        bias.append(Float(sum / 2))
      }
      bias += [Float](repeating: .infinity, count: width - count)
      starts.append(starts[starts.count - 1] + width)
    }
    matrix = PackedMatrix(rows.span, rows: rows.count / dimension, columns: dimension)
    (self.dimension, self.starts, self.bias) = (dimension, starts, bias)
  }

  /// Memory held.
  var byteCount: Int { matrix.byteCount + bias.count * 4 }

  /// Floats per vector.
  var width: Int { starts[starts.count - 1] }

  /// ½‖c‖² − ⟨x, c⟩ for all entries c, ``width`` per vector x.
  func values(
    of vectors: borrowing VectorBatch, kernels: KernelSet
  ) throws(IndexError) -> [Float] {
    try matrix.times(
      vectors, bias: bias, kernels: kernels,
      execution: Execution(workers: 1, kernels: kernels.level))
  }
}

/// Inner products between entries of different codebooks.
struct EntryProducts: Sendable {
  /// For each codebook, one row per entry of the others looked at, in the order of all entries, as
  /// wide as its scores.
  let tables: [[Float]]

  /// Memory held.
  var byteCount: Int { tables.reduce(0) { $0 + $1.count * 4 } }

  /// Bytes that ``init(_:dimension:onlyEarlier:)`` would take.
  static func byteCount(bits: [Int], onlyEarlier: Bool) -> Double {
    let all = bits.reduce(0.0) { $0 + Double(1 << $1) }
    var (sum, before) = (0.0, 0.0)
    for width in bits {
      sum += Double(EntryChoices.stride(count: 1 << width)) * (onlyEarlier ? before : all)
      before += Double(1 << width)
    }
    return sum * 4
  }

  /// - Parameters:
  ///   - codebooks: Row-major entries of each codebook.
  ///   - onlyEarlier: Whether a codebook is only combined with those before it.
  init(_ codebooks: [[Float]], dimension: Int, onlyEarlier: Bool) throws(IndexError) {
    let all = codebooks.flatMap(\.self)
    var before = 0
    var tables: [[Float]] = []
    for codebook in codebooks {
      let count = codebook.count / dimension
      let width = EntryChoices.stride(count: count)
      let rows = onlyEarlier ? before : all.count / dimension
      var padded = codebook
      padded += [Float](repeating: 0, count: (width - count) * dimension)
      tables.append(
        try matrixProduct(
          all.span.extracting(0..<rows * dimension), padded.span, transposingB: true, rows: rows,
          depth: dimension, columns: width))
      before += count
    }
    self.tables = tables
  }
}
