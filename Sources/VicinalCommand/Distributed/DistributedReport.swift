import ArgumentParser
import Vicinal

/// Writes what was chosen and measured beside every index, and prints it.
struct DistributedReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the infos of the finished indexes.")

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Seconds that steps took, in their order.", valueName: "step=seconds"))
  var seconds: [StepSeconds] = []

  @Option(help: "The most memory that a step took, in bytes.")
  var peakMemory = 0

  @OptionGroup var arguments: StepArguments

  func run() throws {
    let build = arguments.build
    let files = try build.fileBuild()
    let folder = try arguments.folder()
    let plan = try folder.plan()
    let tuned = try folder.infos()
    let parts = plan.division.parts
    var all: [IndexInfos] = []
    for (part, suffix) in zip(parts, IndexParts.suffixes(parts.count)) {
      var infos = tuned
      let path = build.indexPath + suffix
      let count = part.reduce(0) { $0 + $1.count }
      infos.vectorCount = count
      infos.dimension = plan.dimension
      infos.indexKey = plan.choice.spec.factoryString
      infos.indexPath = try FileLocation(path).name
      infos.metric = build.bounds.metricType.rawValue
      infos.sizeInBytes = try fileSize(path)
      infos.memoryInBytes = tuned.memoryInBytes / max(1, tuned.vectorCount) * count
      infos.compressionRatio =
        Double(count) * Double(plan.dimension) * 4 / Double(max(1, infos.sizeInBytes))
      infos.reason = plan.choice.reason
      infos.selection = plan.selected
      infos.seed = build.selection.seed
      if parts.count == 1 {
        infos.predictedSizeInBytes = plan.choice.predictedFileBytes
        infos.predictedMemoryInBytes = plan.choice.predictedBytes
      } else {
        infos.warnings.append(
          "parameters, recall and speed are those of all \(parts.count) indexes searched together")
      }
      infos.warnings = plan.warnings + infos.warnings
      infos.steps = seconds.map { StepTime(step: $0.step, seconds: $0.seconds) }
      infos.buildSeconds = seconds.reduce(0) { $0 + $1.seconds }
      let remark = infos.notePeak(
        max(peakMemory, tuned.peakMemoryInBytes), within: build.bounds.currentMemoryAvailable.size)
      if let remark { build.work.warn(remark) }
      try files.noteOrigin(of: &infos)
      if build.bounds.shouldBeMemoryMappable { try IndexFileBuild.requireMappable(path, infos) }
      try files.writeReports(infos, suffix: suffix)
      all.append(infos)
    }
    try files.removeEarlier(count: parts.count)
    try Output.json(all)
  }
}

/// A step and how long it took, as it is typed.
struct StepSeconds: ExpressibleByArgument {
  let step: String
  let seconds: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=")
    guard parts.count == 2, let seconds = Double(parts[1]), seconds >= 0 else { return nil }
    (step, self.seconds) = (String(parts[0]), seconds)
  }
}
