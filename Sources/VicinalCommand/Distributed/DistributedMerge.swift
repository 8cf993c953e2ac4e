import ArgumentParser
import Vicinal

/// Puts files of one level together into one of the next.
struct DistributedMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Put files of one level together.")

  @Option(help: "The level to make, from 1.")
  var level: Int

  @Option(help: "The number of the file to make, from 0.")
  var number: Int

  @OptionGroup var arguments: StepArguments

  func run() throws {
    giveFreedMemoryBack()
    let execution = arguments.build.work.execution()
    let folder = try arguments.folder()
    let plan = try folder.plan()
    let merges = plan.division.merges(at: level)
    guard merges.indices.contains(number) else {
      throw IndexError(.invalidArgument, "there is no file \(number) at level \(level)")
    }
    let inputs = merges[number].map { folder.index($0, level: level - 1, of: plan).address }
    try folder.stage(level).makeFolder()
    try IndexFile.merge(
      inputs, to: folder.index(number, level: level, of: plan).address, execution: execution)
    try Output.json(StepResult())
  }
}

/// Writes one of the indexes that are kept, with the parameters that were tuned.
struct DistributedWrite: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write", abstract: "Write one of the finished indexes.")

  @Option(help: "Which of the indexes that are kept, from 0.")
  var number: Int

  @OptionGroup var arguments: StepArguments

  func run() throws {
    giveFreedMemoryBack()
    let build = arguments.build
    let execution = build.work.execution()
    let folder = try arguments.folder()
    let plan = try folder.plan()
    let files = folder.finished(plan)
    guard files.indices.contains(number) else {
      throw IndexError(.invalidArgument, "there are indexes 0 ..< \(files.count), not \(number)")
    }
    let path = build.indexPath + IndexParts.suffixes(files.count)[number]
    let settings = try KnobSettings(parsing: folder.infos().indexParam)
    if plan.isMergeable, files.count == 1 || !build.bounds.makeDirectMap {
      try IndexFile.merge(
        [files[number].address], to: path, settings: settings,
        hasDirectMap: build.bounds.makeDirectMap, execution: execution)
    } else {
      var options = IndexFile.ReadOptions()
      options.isAccelerated = false
      var index = try IndexFile.read(files[number].address, options: options)
      try settings.apply(to: &index)
      if build.bounds.makeDirectMap {
        if files.count == 1 {
          try build.fileBuild().addDirectMap(&index)
        } else {
          try IndexMaintenance.addHashMap(to: &index)
        }
      }
      try IndexFile.write(index, to: path, execution: execution)
    }
    try Output.json(StepResult())
  }
}
