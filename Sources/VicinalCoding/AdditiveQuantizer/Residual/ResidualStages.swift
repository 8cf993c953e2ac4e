import VicinalCompute
import VicinalCore

/// The codebooks of a residual quantizer one after the other, each compared with what those before
/// it leave over. What training goes through, and encoding with codebooks too large for a table.
struct ResidualStages: Sendable {
  private let dimension: Int
  private let beamSize: Int
  /// Entries of all codebooks so far.
  private(set) var codebooks: [Float] = []
  private var stages: [EntryScores] = []
  private var starts: [Int] = []

  /// Floats of scores and residuals that are held at once.
  private static let heldFloats = 1 << 20

  init(dimension: Int, beamSize: Int) {
    (self.dimension, self.beamSize) = (dimension, beamSize)
  }

  /// Adds a codebook, row-major.
  mutating func append(_ codebook: [Float]) {
    starts.append(codebooks.count / dimension)
    codebooks += codebook
    stages.append(EntryScores([codebook], dimension: dimension))
  }

  /// Memory held.
  var byteCount: Int { codebooks.count * 4 + stages.reduce(0) { $0 + $1.byteCount } }

  /// The best entries, one per codebook and vector.
  func entries(
    of vectors: borrowing VectorBatch, kernels: KernelSet
  ) throws(IndexError) -> [Int32] {
    try choices(for: vectors, kernels: kernels).best
  }

  /// All choices that are left behind the last codebook.
  func choices(
    for vectors: borrowing VectorBatch, kernels: KernelSet
  ) throws(IndexError) -> ResidualChoices {
    var choices = ResidualChoices()
    for stage in stages.indices {
      try extend(&choices, of: vectors, stage: stage, kernels: kernels)
    }
    return choices
  }

  /// Follows the choices for some vectors through the last codebook that was added.
  func extend(
    _ choices: inout ResidualChoices, of vectors: borrowing VectorBatch, kernels: KernelSet
  ) throws(IndexError) {
    try extend(&choices, of: vectors, stage: stages.count - 1, kernels: kernels)
  }

  private func extend(
    _ choices: inout ResidualChoices, of vectors: borrowing VectorBatch, stage: Int,
    kernels: KernelSet
  ) throws(IndexError) {
    let scores = stages[stage]
    let count = choices.count
    let end = stage + 1 < starts.count ? starts[stage + 1] : codebooks.count / dimension
    let (product, overflow) = count.multipliedReportingOverflow(by: end - starts[stage])
    let kept = min(beamSize, overflow ? .max : product)
    var next = ResidualChoices()
    (next.count, next.terms) = (kept, stage + 1)
    var (values, numbers) = (
      [Float](repeating: 0, count: kept), [Int32](repeating: 0, count: kept)
    )
    let step = max(1, Self.heldFloats / (count * (scores.width + dimension)))
    for first in stride(from: 0, to: vectors.count, by: step) {
      let rows = first..<min(vectors.count, first + step)
      let residuals = residuals(of: vectors, choices, rows, kernels)
      let batch = try VectorBatch(residuals.span, dimension: dimension)
      let base = try scores.values(of: batch, kernels: kernels)
      var halves = [Float](repeating: 0, count: batch.count)
      var span = halves.mutableSpan
      kernels.squaredNorms(of: residuals.span.rawBytes, dimension: dimension, into: &span)
      for place in halves.indices { halves[place] /= 2 }
      for row in 0..<rows.count {
        let members = row * count..<(row + 1) * count
        let found = Self.choose(
          halves.span.extracting(members),
          base.span.extracting(
            members.lowerBound * scores.width..<members.upperBound * scores.width),
          scores.width, kernels, &values, &numbers)
        for place in 0..<kept {
          // Infinite distances are never chosen; what is missing repeats what there is.
          let number = found == 0 ? 0 : Int(numbers[min(place, found - 1)])
          let (member, entry) = number.quotientAndRemainder(dividingBy: scores.width)
          next.entries += choices.entries(first + row, member)
          next.entries.append(Int32(starts[stage] + entry))
        }
      }
    }
    choices = next
  }

  private static func choose(
    _ start: Span<Float>, _ base: Span<Float>, _ width: Int, _ kernels: KernelSet,
    _ values: inout [Float], _ numbers: inout [Int32]
  ) -> Int {
    let none: [Int32] = []
    let choices = EntryChoices(
      start: start, base: base, baseStep: width, cross: base.extracting(0..<0), rows: none.span,
      terms: 0, stride: width)
    var values = values.mutableSpan
    var numbers = numbers.mutableSpan
    return choices.smallest(kernels: kernels, into: &values, numbers: &numbers)
  }

  /// What all choices for some vectors leave over, row-major.
  private func residuals(
    of vectors: borrowing VectorBatch, _ choices: ResidualChoices, _ rows: Range<Int>,
    _ kernels: KernelSet
  ) -> [Float] {
    let members = rows.lowerBound * choices.count..<rows.upperBound * choices.count
    return residuals(of: vectors, choices, members: Array(members), kernels)
  }

  /// What chosen choices leave over: number i · `choices.count` + j is choice j for vector i.
  func residuals(
    of vectors: borrowing VectorBatch, _ choices: ResidualChoices, members: [Int],
    _ kernels: KernelSet
  ) -> [Float] {
    var values = [Float](repeating: 0, count: members.count * dimension)
    let terms = choices.terms
    if terms > 0 {
      var entries: [Int32] = []
      entries.reserveCapacity(members.count * terms)
      for member in members { entries += choices.entries[member * terms..<(member + 1) * terms] }
      var span = values.mutableSpan
      kernels.writeSums(
        of: codebooks.span, dimension: dimension, entries: entries.span, range: 0..<terms,
        step: terms, count: members.count, into: &span, start: 0, outputStep: dimension)
    }
    for (place, member) in members.enumerated() {
      let vector = vectors.row(member / choices.count)
      for column in 0..<dimension {
        let at = place * dimension + column
        values[at] = vector[column] - values[at]
      }
    }
    return values
  }
}

/// Entries chosen so far for some vectors, the best of each vector first.
struct ResidualChoices: Sendable {
  /// Choices per vector.
  var count = 1
  /// Codebooks so far.
  var terms = 0
  /// `vectors × count × terms` entries.
  var entries: [Int32] = []

  /// Nothing is chosen yet.
  init() {}

  func entries(_ vector: Int, _ member: Int) -> ArraySlice<Int32> {
    let first = (vector * count + member) * terms
    return entries[first..<first + terms]
  }

  /// The entries of the best choice of each vector.
  var best: [Int32] {
    var result: [Int32] = []
    for first in stride(from: 0, to: entries.count, by: count * terms) {
      result += entries[first..<first + terms]
    }
    return result
  }
}
