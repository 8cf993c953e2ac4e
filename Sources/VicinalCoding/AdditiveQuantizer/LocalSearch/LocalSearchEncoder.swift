import VicinalCompute
import VicinalCore

/// Chooses all entries of a vector together: starting from good ones, one entry after the other is
/// replaced by the best beside the others until nothing changes (iterated conditional modes); then
/// some are changed at random and it begins anew, keeping what is better.
///
/// What is drawn at random follows from the seed and the vector, so that codes do not depend on
/// how vectors are put into batches.
///
/// faiss: `LocalSearchQuantizer::icm_encode`.
struct LocalSearchEncoder: EntryEncoder {
  private let dimension: Int
  private let bits: Int
  private let codebooks: Int
  private let options: LocalSearchOptions
  /// The sum of the means of all codebooks, which are subtracted so that sums do not lose the
  /// detail of vectors far from the origin.
  private let origin: [Float]
  private let scores: EntryScores
  private let products: EntryProducts

  /// Floats of scores that are held at once.
  private static let heldScores = 1 << 19

  /// The largest table of products between entries.
  private static let mostProductBytes = 4.0 * 1024 * 1024 * 1024

  init(_ part: AdditivePart, _ options: LocalSearchOptions) throws(IndexError) {
    let bytes = EntryProducts.byteCount(bits: part.bits, onlyEarlier: false)
    guard bytes <= Self.mostProductBytes else {
      throw IndexError(
        .unsupported,
        "a local search among \(part.entryCount) entries needs a table of \(Int(bytes)) bytes; use"
          + " fewer codebooks or bits")
    }
    dimension = part.dimension
    bits = part.bits[0]
    codebooks = part.bits.count
    self.options = options
    var origin = [Double](repeating: 0, count: part.dimension)
    var centred: [[Float]] = []
    for number in part.bits.indices {
      var codebook = Array(part.entries(of: number))
      var sums = [Double](repeating: 0, count: part.dimension)
      for (place, value) in codebook.enumerated() { sums[place % part.dimension] += Double(value) }
      let size = Double(1 << part.bits[number])
      let mean = sums.map { Float($0 / size) }
      for place in codebook.indices { codebook[place] -= mean[place % part.dimension] }
      for column in origin.indices { origin[column] += Double(mean[column]) }
      centred.append(codebook)
    }
    self.origin = origin.map { Float($0) }
    scores = EntryScores(centred, dimension: dimension)
    products = try EntryProducts(centred, dimension: dimension, onlyEarlier: false)
  }

  var byteCount: Int { scores.byteCount + products.byteCount }

  func entries(
    of vectors: borrowing VectorBatch, kernels: KernelSet
  ) throws(IndexError) -> [Int32] {
    try entries(of: vectors, from: [], starts: options.encodingStarts, kernels: kernels)
  }

  /// Improves entries that are known already.
  ///
  /// - Parameters:
  ///   - known: `codebooks` per vector, or none.
  ///   - starts: Perturbed starts.
  ///   - round: Changes what is drawn at random.
  func entries(
    of vectors: borrowing VectorBatch, from known: [Int32], starts: Int, round: Int = 0,
    kernels: KernelSet
  ) throws(IndexError) -> [Int32] {
    let step = max(1, Self.heldScores / scores.width)
    var result: [Int32] = []
    result.reserveCapacity(vectors.count * codebooks)
    let size = 1 << bits
    var search = LocalSearch(
      codebooks: codebooks, size: size, passes: options.passes,
      perturbations: options.perturbations == 0 ? codebooks : options.perturbations)
    for begin in stride(from: 0, to: vectors.count, by: step) {
      let rows = begin..<min(vectors.count, begin + step)
      var centred: [Float] = []
      centred.reserveCapacity(rows.count * dimension)
      for row in rows {
        let vector = vectors.row(row)
        for column in 0..<dimension { centred.append(vector[column] - origin[column]) }
      }
      let values = try scores.values(
        of: VectorBatch(centred.span, dimension: dimension), kernels: kernels)
      for (place, row) in rows.enumerated() {
        var seed = UInt64(UInt32(bitPattern: options.seed)) << 32 ^ UInt64(round)
        for column in 0..<dimension {
          seed = SplitMix64.mix(seed ^ UInt64(centred[place * dimension + column].bitPattern))
        }
        let base = values.span.extracting(place * scores.width..<(place + 1) * scores.width)
        let start = known.isEmpty ? [] : known[row * codebooks..<(row + 1) * codebooks]
        search.run(base, scores.starts, products.tables, start, starts, seed, kernels)
        result += search.best
      }
    }
    return result
  }
}

/// The search for the entries of one vector; memory is kept for the next.
private struct LocalSearch {
  private let codebooks: Int
  private let size: Int
  private let passes: Int
  private let perturbations: Int
  /// The best entries so far.
  private(set) var best: [Int32]
  private var current: [Int32]
  /// The entries of all codebooks but one.
  private var others: [Int32]
  /// When each entry was last chosen, and changed.
  private var chosenAt: [Int]
  private var changedAt: [Int]

  init(codebooks: Int, size: Int, passes: Int, perturbations: Int) {
    (self.codebooks, self.size) = (codebooks, size)
    (self.passes, self.perturbations) = (passes, min(perturbations, codebooks))
    best = [Int32](repeating: 0, count: codebooks)
    current = best
    others = best
    chosenAt = [Int](repeating: 0, count: codebooks)
    changedAt = chosenAt
  }

  mutating func run(
    _ base: Span<Float>, _ places: [Int], _ products: [[Float]], _ start: ArraySlice<Int32>,
    _ starts: Int, _ seed: UInt64, _ kernels: KernelSet
  ) {
    if start.isEmpty {
      // One entry after the other, each for what those before leave over.
      for number in 0..<codebooks {
        current[number] = Self.least(
          base, places, products, number, current, number, size, kernels)
      }
    } else {
      for (number, entry) in start.enumerated() { current[number] = entry }
    }
    for number in current.indices { best[number] = current[number] }
    var lowest = cost(current, base, places, products)
    var generator = SplitMix64(seed: seed)
    for _ in 0..<starts {
      for number in current.indices { current[number] = best[number] }
      for _ in 0..<perturbations {
        let number = Int.random(in: 0..<codebooks, using: &generator)
        current[number] = Int32(number * size + Int.random(in: 0..<size, using: &generator))
      }
      settle(base, places, products, kernels)
      let found = cost(current, base, places, products)
      if found < lowest {
        lowest = found
        for number in current.indices { best[number] = current[number] }
      }
    }
  }

  /// Replaces one entry after the other by the best beside the others.
  private mutating func settle(
    _ base: Span<Float>, _ places: [Int], _ products: [[Float]], _ kernels: KernelSet
  ) {
    var time = 1
    for number in 0..<codebooks { (chosenAt[number], changedAt[number]) = (0, 1) }
    for _ in 0..<passes {
      var isChanged = false
      for number in 0..<codebooks {
        // As long as no other changes, the choice stays the same.
        var isDue = false
        var place = 0
        for other in 0..<codebooks where other != number {
          others[place] = current[other]
          place += 1
          if changedAt[other] > chosenAt[number] { isDue = true }
        }
        guard isDue || chosenAt[number] == 0 else { continue }
        let entry = Self.least(
          base, places, products, number, others, codebooks - 1, size, kernels)
        chosenAt[number] = time
        time += 1
        if entry != current[number] {
          current[number] = entry
          changedAt[number] = time
          isChanged = true
        }
      }
      if !isChanged { break }
    }
  }

  /// ½‖x − Σc‖² − ½‖x‖².
  private func cost(
    _ entries: [Int32], _ base: Span<Float>, _ places: [Int], _ products: [[Float]]
  ) -> Float {
    var sum: Float = 0
    for number in 0..<codebooks {
      let entry = Int(entries[number]) - number * size
      let width = places[number + 1] - places[number]
      sum += base[places[number] + entry]
      for other in 0..<number { sum += products[number][Int(entries[other]) * width + entry] }
    }
    return sum
  }

  private static func least(
    _ base: Span<Float>, _ places: [Int], _ products: [[Float]], _ number: Int, _ rows: [Int32],
    _ terms: Int, _ size: Int, _ kernels: KernelSet
  ) -> Int32 {
    let range = places[number]..<places[number + 1]
    let table = products[number]
    let least = EntryChoices.least(
      of: base.extracting(range), cross: table.span,
      rows: rows.span.extracting(0..<terms), kernels: kernels)
    return Int32(number * size + least)
  }
}
