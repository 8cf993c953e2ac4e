import VicinalCompute
import VicinalCore

/// Follows the best few choices of entries through the codebooks of a residual quantizer: beam
/// search.
///
/// Distances come from inner products of the vector with all entries and of entries with each
/// other, which are computed once: ½‖x − Σc‖² = ½‖x‖² + Σ(½‖c‖² − ⟨x, c⟩) + Σ⟨c, c'⟩. Where that
/// table would be too large, residuals are compared with entries step by step instead.
///
/// faiss: `beam_search_encode_step`, `refine_beam_LUT_mp`.
struct ResidualEncoder: EntryEncoder {
  private let dimension: Int
  private let beamSize: Int
  /// Entries of each codebook.
  private let sizes: [Int]
  private let stages: ResidualStages
  /// The mean of the first codebook, subtracted from it and from vectors, so that sums do not lose
  /// the detail of vectors far from the origin.
  private let origin: [Float]
  private let scores: EntryScores?
  private let products: EntryProducts?

  /// The largest table of products between entries.
  private static let mostProductBytes = 128.0 * 1024 * 1024

  /// Floats of scores that are held at once.
  private static let heldScores = 1 << 19

  init(_ part: AdditivePart, _ options: ResidualOptions) throws(IndexError) {
    dimension = part.dimension
    beamSize = options.beamSize
    sizes = part.bits.map { 1 << $0 }
    var codebooks = part.bits.indices.map { Array(part.entries(of: $0)) }
    var sums = [Double](repeating: 0, count: part.dimension)
    for (place, value) in codebooks[0].enumerated() {
      sums[place % part.dimension] += Double(value)
    }
    let origin = sums.map { Float($0 / Double(1 << part.bits[0])) }
    for place in codebooks[0].indices { codebooks[0][place] -= origin[place % part.dimension] }
    self.origin = origin
    let bytes = EntryProducts.byteCount(bits: part.bits, onlyEarlier: true)
    if bytes <= Self.mostProductBytes {
      scores = EntryScores(codebooks, dimension: dimension)
      products = try EntryProducts(codebooks, dimension: dimension, onlyEarlier: true)
      stages = ResidualStages(dimension: dimension, beamSize: beamSize)
    } else {
      (scores, products) = (nil, nil)
      var stages = ResidualStages(dimension: dimension, beamSize: beamSize)
      for codebook in codebooks { stages.append(codebook) }
      self.stages = stages
    }
  }

  var byteCount: Int {
    (scores?.byteCount ?? 0) + (products?.byteCount ?? 0) + stages.byteCount
  }

  func entries(
    of vectors: borrowing VectorBatch, kernels: KernelSet
  ) throws(IndexError) -> [Int32] {
    var centred = [Float](repeating: 0, count: vectors.values.count)
    for row in 0..<vectors.count {
      for column in 0..<dimension {
        let place = row * dimension + column
        centred[place] = vectors.values[place] - origin[column]
      }
    }
    let batch = try VectorBatch(centred.span, dimension: dimension)
    guard let scores, let products else {
      return try stages.entries(of: batch, kernels: kernels)
    }
    let step = max(1, Self.heldScores / scores.width)
    var chosen: [Int32] = []
    var beam = Beam(size: beamSize, sizes: sizes)
    for begin in stride(from: 0, to: batch.count, by: step) {
      let rows = begin..<min(batch.count, begin + step)
      let values = try scores.values(of: batch.rows(rows), kernels: kernels)
      for row in 0..<rows.count {
        let base = values.span.extracting(row * scores.width..<(row + 1) * scores.width)
        beam.follow(base, scores, products, kernels: kernels)
        chosen += beam.best
      }
    }
    return chosen
  }
}

/// The choices followed for one vector.
private struct Beam {
  private let size: Int
  private var count = 1
  private var values: [Float]
  /// `count × codebooks so far` entries.
  private var rows: [Int32]
  private var nextValues: [Float]
  private var nextRows: [Int32]
  private var numbers: [Int32]
  private let sizes: [Int]

  /// - Parameter sizes: Entries of each codebook.
  init(size: Int, sizes: [Int]) {
    (self.size, self.sizes) = (size, sizes)
    let codebooks = sizes.count
    values = [Float](repeating: 0, count: size)
    nextValues = values
    numbers = [Int32](repeating: 0, count: size)
    rows = [Int32](repeating: 0, count: size * codebooks)
    nextRows = rows
  }

  /// The entries of the best choice.
  var best: ArraySlice<Int32> { rows[0..<sizes.count] }

  /// Chooses entries for one vector.
  mutating func follow(
    _ base: Span<Float>, _ scores: EntryScores, _ products: EntryProducts, kernels: KernelSet
  ) {
    count = 1
    values[0] = 0
    var start = 0
    for stage in sizes.indices {
      let places = scores.starts[stage]..<scores.starts[stage + 1]
      let wanted = min(size, saturatingProduct(count, places.count))
      var found = Self.choose(
        values, count, rows, stage, base.extracting(places), products.tables[stage], wanted,
        kernels, &nextValues, &numbers)
      // Numbers beyond what floats hold: any entry is as good as another.
      if found == 0 { (found, nextValues[0], numbers[0]) = (1, values[0], 0) }
      for place in 0..<found {
        let (member, entry) = Int(numbers[place]).quotientAndRemainder(dividingBy: places.count)
        for term in 0..<stage {
          nextRows[place * (stage + 1) + term] = rows[member * stage + term]
        }
        nextRows[place * (stage + 1) + stage] = Int32(start + entry)
      }
      swap(&rows, &nextRows)
      swap(&values, &nextValues)
      count = found
      start += sizes[stage]
    }
  }

  private static func choose(
    _ values: [Float], _ count: Int, _ rows: [Int32], _ stage: Int, _ base: Span<Float>,
    _ products: [Float], _ wanted: Int, _ kernels: KernelSet, _ nextValues: inout [Float],
    _ numbers: inout [Int32]
  ) -> Int {
    let choices = EntryChoices(
      start: values.span.extracting(0..<count), base: base, baseStep: 0, cross: products.span,
      rows: rows.span, terms: stage, stride: base.count)
    var all = nextValues.mutableSpan
    var kept = all._mutatingExtracting(0..<wanted)
    var found = numbers.mutableSpan
    return choices.smallest(kernels: kernels, into: &kept, numbers: &found)
  }
}
