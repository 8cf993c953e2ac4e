import ArgumentParser
import Vicinal

/// What a finished index must reach, and how it may be tuned for that.
struct TargetOptions: ParsableArguments {
  @Option(help: "Time that one query may take, in milliseconds.")
  var maxIndexQueryTimeMs = 10.0

  @Option(help: "Share of the true ten nearest at which tuning stops looking further, 0…1.")
  var targetRecall = 0.95

  @Flag(help: "Refused: there is no GPU support.")
  var useGpu = false

  func validate() throws {
    guard maxIndexQueryTimeMs > 0 else {
      throw ValidationError("--max-index-query-time-ms must be above 0")
    }
    guard (0...1).contains(targetRecall) else {
      throw ValidationError("--target-recall must be 0…1, got \(targetRecall)")
    }
    if useGpu { throw ValidationError("--use-gpu: there is no GPU support; leave it out") }
  }
}

/// What tuning requires of a setting beside recall.
struct RetrievalOptions: ParsableArguments {
  @Option(help: "Of so many neighbours asked for, 99 % must come back.")
  var minNearestNeighborsToRetrieve = 20

  func validate() throws {
    guard minNearestNeighborsToRetrieve >= 1 else {
      throw ValidationError("--min-nearest-neighbors-to-retrieve must be at least 1")
    }
  }
}

/// What an index may take, and what it must be able to do: options of all commands that choose one.
struct BudgetOptions: ParsableArguments {
  @Option(help: "Memory that the index may take, for example 500M or 16G. Strict.")
  var maxIndexMemoryUsage = MemoryArgument(MemorySize(bytes: 16 << 30))

  @Option(help: "Memory that the process may take at most while it works, the index included.")
  var currentMemoryAvailable = MemoryArgument(MemorySize(bytes: 32 << 30))

  @OptionGroup var target: TargetOptions

  @Option(help: "ip, l2 or cosine (inner product of vectors scaled to length 1).")
  var metricType = MetricName.ip

  @Flag(help: "Keep where each id is, for reconstructing from inverted lists.")
  var makeDirectMap = false

  @Flag(help: "Only choose indexes that can be searched from a mapped file.")
  var shouldBeMemoryMappable = false

  @Flag(help: "Do without the int8 companion: less memory, slower searches.")
  var floatOnly = false

  /// As the library takes it.
  var budget: Budget {
    var budget = Budget()
    budget.indexMemory = maxIndexMemoryUsage.size
    budget.workMemory = currentMemoryAvailable.size
    budget.queryMilliseconds = target.maxIndexQueryTimeMs
    budget.isMemoryMappable = shouldBeMemoryMappable
    budget.hasDirectMap = makeDirectMap
    budget.targetRecall = target.targetRecall
    return budget
  }

  /// While candidates are tried there is no index yet: what the process itself does not take is for
  /// samples and trials.
  var choosingBudget: Budget {
    var budget = budget
    budget.workMemory = MemorySize(
      bytes: min(4 << 30, max(0, budget.workMemory.bytes - MemoryPlan.processBytes)))
    return budget
  }
}

/// A metric as it is typed.
enum MetricName: String, ExpressibleByArgument, CaseIterable {
  case ip, l2, cosine

  init?(argument: String) { self.init(rawValue: argument.lowercased()) }

  var metric: Metric { self == .l2 ? .l2 : .innerProduct }

  /// Puts normalisation in front for cosine.
  func spec(_ spec: IndexSpec) throws(IndexError) -> IndexSpec {
    self == .cosine ? try spec.normalizing() : spec
  }
}

/// An amount of memory as it is typed.
struct MemoryArgument: ExpressibleByArgument {
  let size: MemorySize

  init(_ size: MemorySize) { self.size = size }

  init?(argument: String) {
    guard let size = try? MemorySize(parsing: argument) else { return nil }
    self.size = size
  }

  var defaultValueDescription: String { size.description }
}
