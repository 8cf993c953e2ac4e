import Vicinal

/// What the first step of a distributed build decides for all others.
struct DistributedPlan: Codable {
  var version: String
  var choice: Choice
  /// How it was chosen, if that was measured.
  var selected: SelectionReport?
  /// Vectors and their dimension: other steps must see the same.
  var count: Int
  var dimension: Int
  var files: [KnownFile]
  var division: TaskDivision
  /// Whether the finished index does not fit the memory, so that search parameters are tuned in its
  /// file.
  var isOnDisk: Bool
  var warnings: [String]
  /// What the program that spreads the steps is told beside that.
  var isWritingIDs: Bool

  /// What is built, and in how many parts files can be put together.
  var isMergeable: Bool { choice.spec.hasMergeableLists }

  /// How an index over some of the vectors is made; id maps go around it at the end.
  func builder(_ build: BuildIndex, rows: Int) throws(IndexError) -> IndexBuilder {
    let plan = try MemoryPlan(
      bound: build.bounds.currentMemoryAvailable.size, spec: choice.spec, count: rows,
      dimension: dimension, isAccelerated: false, mayUseDisk: false)
    var builder = IndexBuilder(
      spec: choice.spec, metric: build.bounds.metricType.metric, isAccelerated: false,
      workMemory: plan.work)
    if case .idMap(let inner, _) = choice.spec { builder.spec = inner }
    builder.seed = build.selection.seed
    return builder
  }

  /// The trained index.
  func emptyIndex(
    _ builder: IndexBuilder, _ folder: StepFolder
  ) throws(IndexError) -> any VectorIndex {
    guard builder.spec.needsTraining else {
      return try builder.spec.makeIndex(
        dimension: dimension, metric: builder.metric, isAccelerated: false)
    }
    var options = IndexFile.ReadOptions()
    options.isAccelerated = false
    return try IndexFile.read(folder.trained.address, options: options)
  }

  /// The embeddings, of which some vectors will be read.
  func open(_ build: BuildIndex, rows: Range<Int>) throws(IndexError) -> EmbeddingFiles {
    let source = try build.reading.open(build.embeddings, files, rows)
    guard source.dimension == dimension else {
      throw IndexError(
        .dimensionMismatch,
        "\(source.files[0].path) holds vectors of dimension \(source.dimension), but the build was"
          + " begun with \(dimension)")
    }
    return source
  }

  /// The embeddings, which must be those that the plan was made for.
  func open(_ build: BuildIndex) throws(IndexError) -> EmbeddingFiles {
    let source = try build.reading.open(build.embeddings)
    guard source.count == count, source.dimension == dimension else {
      throw IndexError(
        .invalidArgument,
        "this machine finds \(source.count) vectors of dimension \(source.dimension) where the build"
          + " was begun with \(count) of \(dimension); all machines must see the same files")
    }
    return source
  }
}

/// What the program that spreads the steps needs to know.
struct DistributedPlanView: Encodable {
  let key: String
  let vectors: Int
  let tasks: [Int]
  /// Files of each level of merging.
  let levels: [Int]
  let indexPaths: [String]
  let infosPaths: [String]
  let isWritingIDs: Bool
  let warnings: [String]
  let peakMemory: Int

  init(_ plan: DistributedPlan, _ build: BuildIndex) {
    key = plan.choice.spec.factoryString
    vectors = plan.count
    tasks = plan.division.tasks.map(\.count)
    levels = plan.division.levels.map { $0.reduce(0, +) }
    let suffixes = IndexParts.suffixes(plan.division.parts.count)
    indexPaths = suffixes.map { build.indexPath + $0 }
    infosPaths = suffixes.map { build.indexInfosPath + $0 }
    isWritingIDs = plan.isWritingIDs
    warnings = plan.warnings
    peakMemory = peakResidentMemory()
  }
}
