import ArgumentParser
import Vicinal

/// `vicinal build-partitioned-indexes`: one index for each of several folders.
struct BuildPartitionedIndexes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Builds an index for each of several folders of embeddings.",
    discussion: """
      Results go to <output-root-dir>/<last part of the partition's path>: knn.index, \
      index_infos.json and, with --id-columns, ids. Partitions of at least \
      --big-index-threshold vectors are divided into --nb-splits-per-big-index indexes.
      """)

  @Option(parsing: .upToNextOption, help: "Folders of embeddings.")
  var partitions: [String]

  @Option(help: "Where the folders of results go.")
  var outputRootDir: String

  @Option(help: "Factory string for all; chosen for each unless given.")
  var indexKey: String?

  @Option(help: "A trained index without vectors that all are filled from; needs --index-key.")
  var indexPath: String?

  @Option(
    help: "Search parameters for all; tuned for each unless given.",
    transform: SearchParameters.init(parsing:))
  var indexParam: SearchParameters?

  @Option(parsing: .upToNextOption, help: "Columns of parquet files for the id mapping.")
  var idColumns: [String] = []

  @Option(help: "Indexes for each big partition.")
  var nbSplitsPerBigIndex = 1

  @Option(help: "Vectors from which on a partition is big.")
  var bigIndexThreshold = 5_000_000

  @Option(
    help: """
      With --distributed, big partitions that are built at the same time; otherwise no effect: \
      partitions are built one after the other, each by all processors.
      """)
  var maximumNbThreads = 256

  @Option(help: "The same as --temporary-indices-folder.")
  var tempRootDir: String?

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var bounds: BudgetOptions

  @OptionGroup var retrieval: RetrievalOptions

  @OptionGroup var selection: SelectionArguments

  @OptionGroup var distribution: DistributionOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    let counts = [
      ("--nb-splits-per-big-index", nbSplitsPerBigIndex),
      ("--big-index-threshold", bigIndexThreshold), ("--maximum-nb-threads", maximumNbThreads),
    ]
    for (name, value) in counts where value < 1 {
      throw ValidationError("\(name) must be at least 1, got \(value)")
    }
    if indexPath != nil, indexKey == nil {
      throw ValidationError("--index-path needs --index-key: the factory string of that index")
    }
  }

  func run() throws {
    guard !distribution.isWanted else { return try SparkLauncher.run(distribution) }
    let plans = try PartitionPlan.plans(for: partitions, output: outputRootDir)
    giveFreedMemoryBack()
    let all = try partitionedBuild().make(plans, execution: work.execution())
    if work.json { return try Output.json(all.map(PartitionInfos.init)) }
    for infos in all.joined() {
      try Output.print(
        "\(infos.indexPath): \(infos.indexKey) \(infos.indexParam), \(infos.vectorCount) vectors,"
          + " recall \(percent(infos.recallAt10)), \(MemorySize(bytes: infos.sizeInBytes))")
    }
  }

  /// What the options say, as the library takes it.
  func partitionedBuild() throws -> PartitionedFileBuild {
    // Plans name the files; these stand for them.
    var single = try BuildIndex.parse(["--embeddings"] + partitions)
    (single.indexKey, single.indexParam) = (indexKey, indexParam)
    (single.reading, single.bounds) = (reading, bounds)
    (single.retrieval, single.selection, single.work) = (retrieval, selection, work)
    single.steps.trainedIndex = indexPath
    single.idColumns = idColumns
    // What was set must keep the rules that arguments keep.
    try single.validate()
    let reading = reading
    var build = PartitionedFileBuild(try single.fileBuild()) { path throws(IndexError) in
      try reading.open([path])
    }
    (build.partsOfBig, build.leastBig) = (nbSplitsPerBigIndex, bigIndexThreshold)
    return build
  }
}

/// The infos of a partition as AutoFaiss returns them: those of its index, or for each of several
/// indexes the path and its infos.
private struct PartitionInfos: Encodable {
  let indexes: [IndexInfos]

  init(_ indexes: [IndexInfos]) { self.indexes = indexes }

  func encode(to encoder: any Encoder) throws {
    guard indexes.count > 1 else { return try indexes.first?.encode(to: encoder) ?? () }
    let pairs = indexes.map { ($0.indexPath, $0) }
    try Dictionary(pairs) { first, _ in first }.encode(to: encoder)
  }
}
