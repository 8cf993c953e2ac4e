import ArgumentParser
import Vicinal

/// Fills a copy of the trained index with the vectors of one task, under their global ids.
struct DistributedAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Fill an index with the vectors of one task.")

  @Option(help: "The number of the task, from 0.")
  var number: Int

  @OptionGroup var arguments: StepArguments

  func run() throws {
    giveFreedMemoryBack()
    let build = arguments.build
    let execution = build.work.execution()
    let folder = try arguments.folder()
    let plan = try folder.plan()
    let tasks = plan.division.tasks
    guard tasks.indices.contains(number) else {
      throw IndexError(.invalidArgument, "there are tasks 0 ..< \(tasks.count), not \(number)")
    }
    let rows = tasks[number]
    let source = try plan.open(build, rows: rows)
    let builder = try plan.builder(build, rows: rows.count)
    var index = try plan.emptyIndex(builder, folder)
    try builder.fill(&index, from: EmbeddingSlice(source, rows), execution: execution)
    // The first of several indexes that are kept has ids of its own too.
    if plan.isMergeable || plan.division.parts.count > 1 {
      try IndexParts.shiftIDs(of: &index, by: rows.lowerBound)
    } else if case .idMap(_, let isReversible) = plan.choice.spec {
      index = try IDMapIndex(
        index, ids: Array(0..<Int64(index.count)), isReversible: isReversible)
    }
    try folder.stage(0).makeFolder()
    try IndexFile.write(
      index, to: folder.index(number, level: 0, of: plan).address, execution: execution)
    try Output.json(StepResult())
  }
}

/// Writes the id mapping: which vector is which row of the embeddings.
struct DistributedIDs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ids", abstract: "Write the id mapping.")

  @OptionGroup var arguments: StepArguments

  func run() throws {
    let build = arguments.build
    let execution = build.work.execution()
    let source = try arguments.folder().plan().open(build)
    if let path = build.idsPath {
      try build.fileBuild().idMapping(source)?.write(to: path, execution: execution)
    }
    try Output.json(StepResult())
  }
}
