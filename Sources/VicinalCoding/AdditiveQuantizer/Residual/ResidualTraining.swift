import VicinalCompute
import VicinalCore

/// Learns the codebooks of a residual quantizer: each by clustering what the choices followed so
/// far leave over.
///
/// faiss: `ResidualQuantizer::train`.
struct ResidualTraining {
  let dimension: Int
  let bits: [Int]
  let options: ResidualOptions
  let kernels: KernelSet
  let execution: Execution

  /// Vectors whose choices one task follows.
  private static let taskVectors = 512

  /// Points per cluster, and the seed that they are drawn by.
  private static let clustering = KMeansOptions()

  /// What was learnt.
  struct Result {
    var codebooks: [Float]
    /// The entries of the vectors.
    var entries: [Int32]
    var warnings: [String]
  }

  /// Consecutive vectors and what is chosen for them.
  private struct Task: Sendable {
    let rows: Range<Int>
    var choices = ResidualChoices()
  }

  func run(_ points: [Float], _ report: ProgressCount) throws(IndexError) -> Result {
    let count = points.count / dimension
    let origin = mean(of: try VectorBatch(points.span, dimension: dimension), atMost: count)
    var centred = points
    for place in centred.indices { centred[place] -= origin[place % dimension] }
    var stages = ResidualStages(dimension: dimension, beamSize: options.beamSize)
    var tasks = evenRanges(count, parts: (count + Self.taskVectors - 1) / Self.taskVectors)
      .map { Task(rows: $0) }
    var warnings: [String] = []
    for width in bits {
      let sample = try leftover(of: centred, tasks, stages, clusters: 1 << width)
      let found = try cluster(sample, 1 << width)
      warnings += found.warnings
      stages.append(found.centroids)
      let current = stages
      let vectors = centred
      try parallelUpdate(&tasks, workers: execution.workerCount) { _, task throws(IndexError) in
        try execution.checkCancellation()
        let batch = try VectorBatch(vectors.span, dimension: dimension)
        try current.extend(&task.choices, of: batch.rows(task.rows), kernels: kernels)
      }
      report.finish()
    }
    var codebooks = stages.codebooks
    for place in 0..<dimension << bits[0] { codebooks[place] += origin[place % dimension] }
    var entries = tasks.flatMap(\.choices.best)
    if options.isRefined { try refine(&codebooks, &entries, points) }
    return Result(codebooks: codebooks, entries: entries, warnings: warnings)
  }

  /// Weight of squared entries when all codebooks are fitted together.
  private static let refinementWeight = 1e-2

  /// Fits all codebooks together to what was chosen, and chooses again. faiss:
  /// `retrain_AQ_codebook`.
  private func refine(
    _ codebooks: inout [Float], _ entries: inout [Int32], _ points: [Float]
  ) throws(IndexError) {
    let count = points.count / dimension
    let parts = evenRanges(count, parts: (count + Self.taskVectors - 1) / Self.taskVectors)
    for _ in 0..<max(0, options.refinements) {
      codebooks = try CodebookFit.codebooks(
        VectorBatch(points.span, dimension: dimension), entries: entries,
        sizes: bits.map { 1 << $0 }, weight: Self.refinementWeight, execution: execution)
      var part = try AdditivePart(
        dimension: dimension, bits: bits, method: .residual(options),
        norms: NormQuantizer(.decoding))
      part.codebooks = codebooks
      let encoder = try ResidualEncoder(part, options)
      let found = try parallelMap(parts.count, workers: execution.workerCount) {
        number throws(IndexError) in
        try execution.checkCancellation()
        let batch = try VectorBatch(points.span, dimension: dimension)
        return try encoder.entries(of: batch.rows(parts[number]), kernels: kernels)
      }
      entries = found.flatMap(\.self)
    }
  }

  /// What choices leave over: the points that the next codebook is clustered on.
  private func leftover(
    of vectors: [Float], _ tasks: [Task], _ stages: ResidualStages, clusters: Int
  ) throws(IndexError) -> [Float] {
    let first = tasks[0]
    let width = options.trainingFlags & ResidualOptions.Flag.topBeam != 0 ? 1 : first.choices.count
    let count = vectors.count / dimension
    var generator = SplitMix64(seed: Self.clustering.seed)
    let chosen = sampleWithoutReplacement(
      min(count * width, clusters * Self.clustering.maxPointsPerCentroid), of: count * width,
      using: &generator)
    var start = 0
    let members = tasks.map { task in
      let limit = task.rows.upperBound * width
      let begin = start
      while start < chosen.count, chosen[start] < limit { start += 1 }
      return chosen[begin..<start].map { number in
        let (row, member) = number.quotientAndRemainder(dividingBy: width)
        return (row - task.rows.lowerBound) * task.choices.count + member
      }
    }
    let parts = try parallelMap(tasks.count, workers: execution.workerCount) {
      number throws(IndexError) in
      try execution.checkCancellation()
      let batch = try VectorBatch(vectors.span, dimension: dimension)
      return stages.residuals(
        of: batch.rows(tasks[number].rows), tasks[number].choices, members: members[number],
        kernels)
    }
    return parts.flatMap(\.self)
  }

  private func cluster(
    _ points: [Float], _ clusters: Int
  ) throws(IndexError) -> (centroids: [Float], warnings: [String]) {
    // Progress is reported by codebooks.
    var quiet = execution
    quiet.progress = nil
    if options.isProgressive {
      return try ProgressiveClustering.cluster(
        points, dimension: dimension, k: clusters, execution: quiet)
    }
    let found = try KMeans.cluster(
      VectorBatch(points.span, dimension: dimension), k: clusters, execution: quiet)
    return (found.centroids, found.warnings)
  }
}
