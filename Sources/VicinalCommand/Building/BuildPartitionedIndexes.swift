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

  @Option(help: "The column of parquet files that holds the vectors.")
  var embeddingColumnName = "embedding"

  @Option(help: "Which files to take: parquet, npy, fvecs, bvecs or ivecs.")
  var fileFormat = "parquet"

  @Option(help: "Factory string for all; chosen for each unless given.")
  var indexKey: String?

  @Option(help: "A trained index without vectors that all are filled from; needs --index-key.")
  var indexPath: String?

  @Option(help: "Search parameters for all; tuned for each unless given.")
  var indexParam: String?

  @Option(parsing: .upToNextOption, help: "Columns of parquet files for the id mapping.")
  var idColumns: [String] = []

  @Option(help: "Time that one query may take, in milliseconds.")
  var maxIndexQueryTimeMs = 10.0

  @Option(help: "Memory that each index may take.")
  var maxIndexMemoryUsage = "16G"

  @Option(help: "Of so many neighbours asked for, 99 % must come back.")
  var minNearestNeighborsToRetrieve = 20

  @Option(help: "Memory that the process may take at most.")
  var currentMemoryAvailable = "32G"

  @Option(help: "ip, l2 or cosine.")
  var metricType = MetricName.ip

  @Flag(help: "Keep where each id is, for reconstructing from inverted lists.")
  var makeDirectMap = false

  @Flag(help: "Only choose indexes that can be searched from a mapped file.")
  var shouldBeMemoryMappable = false

  @Flag(help: "Refused: there is no GPU support.")
  var useGpu = false

  @Option(help: "Indexes for each big partition.")
  var nbSplitsPerBigIndex = 1

  @Option(help: "Vectors from which on a partition is big.")
  var bigIndexThreshold = 5_000_000

  @Option(help: "Taken for AutoFaiss's sake: there are no driver threads here.")
  var maximumNbThreads = 256

  @Option(help: "Taken for AutoFaiss's sake: nothing is written elsewhere.")
  var tempRootDir: String?

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
    let plans = try PartitionPlan.plans(for: partitions, output: outputRootDir)
    // Everything is checked before the first index is built.
    let builds = try plans.map { try build($0) }
    var all: [IndexInfos] = []
    for (plan, build) in zip(plans, builds) {
      work.note("partition \(plan.name)")
      all += try build.made()
    }
    if work.json { return try Output.json(all) }
    for infos in all {
      Output.print(
        "\(infos.indexPath): \(infos.indexKey) \(infos.indexParam), \(infos.vectorCount) vectors,"
          + " recall \(percent(infos.recallAt10)), \(MemorySize(bytes: infos.sizeInBytes))")
    }
  }

  /// The command that builds one of the indexes.
  private func build(_ plan: PartitionPlan) throws -> BuildIndex {
    let source = try EmbeddingFiles(
      [plan.source], fileExtension: fileFormat, column: embeddingColumnName)
    let isBig = source.count >= bigIndexThreshold
    var arguments = [
      "--embeddings", plan.source, "--file-format", fileFormat,
      "--index-path=\(plan.indexPath)", "--index-infos-path=\(plan.infosPath)",
      "--embedding-column-name=\(embeddingColumnName)",
      "--max-index-query-time-ms=\(maxIndexQueryTimeMs)",
      "--max-index-memory-usage=\(maxIndexMemoryUsage)",
      "--min-nearest-neighbors-to-retrieve=\(minNearestNeighborsToRetrieve)",
      "--current-memory-available=\(currentMemoryAvailable)",
      "--metric-type=\(metricType.rawValue)", "--verbose=\(work.verbose)",
      "--nb-indices-to-keep=\(isBig ? nbSplitsPerBigIndex : 1)",
    ]
    if let indexKey { arguments.append("--index-key=\(indexKey)") }
    if let indexParam { arguments.append("--index-param=\(indexParam)") }
    if let indexPath { arguments.append("--trained-index=\(indexPath)") }
    if let nbCores = work.nbCores { arguments.append("--nb-cores=\(nbCores)") }
    if makeDirectMap { arguments.append("--make-direct-map") }
    if shouldBeMemoryMappable { arguments.append("--should-be-memory-mappable") }
    if useGpu { arguments.append("--use-gpu") }
    if !idColumns.isEmpty {
      arguments += ["--ids-path=\(plan.idsPath)", "--id-columns"] + idColumns
    }
    return try BuildIndex.parse(arguments)
  }
}
