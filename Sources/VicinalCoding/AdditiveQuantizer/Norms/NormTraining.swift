import VicinalCore

/// Learns how squared norms are kept in codes. faiss: `AdditiveQuantizer::train_norm`.
enum NormTraining {
  static func train(
    _ type: AdditiveSearchType, _ norms: [Float], _ execution: Execution
  ) throws(IndexError) -> NormQuantizer {
    var result = NormQuantizer(type)
    result.least = norms.min() ?? .nan
    result.largest = norms.max() ?? .nan
    switch type {
    case .decoding, .withoutNorm, .computedNorm, .float, .uniform4, .uniform8: break
    case .clustered4, .clustered8:
      result.levels = clusters(of: norms, count: type.levelCount)
    case .localSearch2x4, .residual2x4:
      let method: AdditiveMethod =
        type == .residual2x4 ? .residual(ResidualOptions()) : .localSearch(LocalSearchOptions())
      var pair = try AdditiveQuantizer(dimension: 1, bits: [4, 4], method: method)
      let quiet = Execution(
        workers: execution.workers, kernels: execution.kernels,
        isCancelled: execution.isCancelled)
      try pair.train(on: VectorBatch(norms.span, dimension: 1), execution: quiet)
      let table = pair.parts[0].codebooks
      result.partLevels = table
      result.levels = (0..<256).map { table[$0 % 16] + table[16 + $0 / 16] }
    }
    return result
  }

  /// Groups of neighbouring values that clusters are made of.
  private static let mostGroups = 2048

  /// Centres of clusters of numbers, ascending: the best that are made of groups of neighbouring
  /// numbers. faiss: `Clustering1D`.
  static func clusters(of values: [Float], count: Int) -> [Float] {
    let sorted = values.map(Double.init).sorted()
    guard let last = sorted.last else { return [Float](repeating: 0, count: count) }
    let groups = min(sorted.count, mostGroups)
    // Sums over the first i groups, around the middle for the sake of precision.
    let middle = sorted[sorted.count / 2]
    var (sizes, sums, squares) = ([0.0], [0.0], [0.0])
    for group in 0..<groups {
      let range = group * sorted.count / groups..<(group + 1) * sorted.count / groups
      let part = sorted[range].map { $0 - middle }
      sizes.append(sizes[group] + Double(part.count))
      sums.append(sums[group] + part.reduce(0, +))
      squares.append(squares[group] + part.reduce(0) { $0 + $1 * $1 })
    }
    func cost(_ from: Int, _ to: Int) -> Double {
      let (size, sum) = (sizes[to] - sizes[from], sums[to] - sums[from])
      return size > 0 ? max(0, squares[to] - squares[from] - sum * sum / size) : 0
    }
    let cuts = bestCuts(groups, min(count, groups), cost)
    var centres = zip(cuts, cuts.dropFirst()).map { from, to in
      Float((sums[to] - sums[from]) / max(1, sizes[to] - sizes[from]) + middle)
    }
    while centres.count < count { centres.append(Float(last)) }
    return centres
  }

  /// Where to cut `groups` into `count` runs so that the costs of the runs add up to the least:
  /// ascending, from 0 to `groups`.
  ///
  /// The best last cut moves right as the end does, so that each row is found by halving:
  /// O(count · groups · log groups).
  private static func bestCuts(
    _ groups: Int, _ count: Int, _ cost: (Int, Int) -> Double
  ) -> [Int] {
    var costs = (0...groups).map { cost(0, $0) }
    var choices: [[Int32]] = []
    for _ in 1..<max(1, count) {
      var next = [Double](repeating: 0, count: groups + 1)
      var chosen = [Int32](repeating: 0, count: groups + 1)
      var open = [(0, groups, 0, groups)]
      while let (low, high, first, last) = open.popLast() {
        guard low <= high else { continue }
        let end = (low + high) / 2
        var (best, place) = (Double.infinity, first)
        for cut in first...max(first, min(last, end)) {
          let total = costs[cut] + (cut <= end ? cost(cut, end) : .infinity)
          if total < best { (best, place) = (total, cut) }
        }
        next[end] = best
        chosen[end] = Int32(place)
        open.append((low, end - 1, first, place))
        open.append((end + 1, high, place, last))
      }
      costs = next
      choices.append(chosen)
    }
    var cuts = [groups]
    var end = groups
    for chosen in choices.reversed() {
      end = Int(chosen[end])
      cuts.append(end)
    }
    cuts.append(0)
    return cuts.reversed()
  }
}
