import ArgumentParser
import Vicinal

/// Says for each partition where its results go, and how many vectors it has.
struct DistributedPartitions: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "partitions", abstract: "Plan the indexes of several folders.")

  @OptionGroup var build: BuildPartitionedIndexes

  /// One of the partitions, as the program that spreads the work reads it.
  private struct Entry: Encodable {
    let name: String
    let isBig: Bool
    let options: [String]
  }

  func run() throws {
    let plans = try PartitionPlan.plans(for: build.partitions, output: build.outputRootDir)
    let partitioned = try build.partitionedBuild()
    let entries = try plans.map { plan in
      let isBig = try partitioned.isBig(partitioned.open(plan.source).count)
      var options = [
        "--embeddings", plan.source, "--index-path=" + plan.indexPath,
        "--index-infos-path=" + plan.infosPath,
      ]
      if isBig { options.append("--nb-indices-to-keep=\(build.nbSplitsPerBigIndex)") }
      if let trained = build.indexPath { options.append("--trained-index=" + trained) }
      if !build.idColumns.isEmpty {
        options += ["--ids-path=" + plan.idsPath, "--id-columns"] + build.idColumns
      }
      return Entry(name: plan.name, isBig: isBig, options: options)
    }
    try Output.json(entries)
  }
}
