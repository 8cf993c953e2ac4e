import ArgumentParser
import Vicinal

/// Options that several subcommands have.
struct WorkOptions: ParsableArguments {
  @Option(help: "Processors to use; all of them unless given.")
  var nbCores: Int?

  @Option(
    help:
      "How much to say on standard error, as a Python log level: 20 all, 30 warnings, 40 nothing."
  )
  var verbose = 20

  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  func validate() throws {
    if let nbCores, nbCores < 1 {
      throw ValidationError("--nb-cores must be at least 1, got \(nbCores)")
    }
  }

  /// Threads, progress and Ctrl-C.
  func execution() -> Execution {
    Interruption.install()
    var execution = Execution(workers: nbCores, isCancelled: { Interruption.isRequested })
    if verbose <= 20 {
      let display = ProgressDisplay()
      execution.progress = { display.update($0) }
    }
    return execution
  }

  /// A remark, unless only warnings are wanted.
  func note(_ text: String) { if verbose <= 20 { Output.note(text) } }

  /// Something that deserves attention.
  func warn(_ text: String) { if verbose <= 30 { Output.note("warning: \(text)") } }
}

/// Options of subcommands that read vectors of any format.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: "Which files to take from folders: npy, parquet, fvecs, bvecs or ivecs; all unless given."
  )
  var fileFormat: String?

  @Option(help: "The column of parquet files that holds the vectors.")
  var embeddingColumnName = "embedding"

  func validate() throws {
    if let fileFormat { try Self.check(fileFormat) }
  }

  /// The vectors of files and folders.
  func open(_ paths: [String]) throws(IndexError) -> EmbeddingFiles {
    try EmbeddingFiles(paths, fileExtension: fileFormat, column: embeddingColumnName)
  }

  /// Refuses formats that cannot be read.
  static func check(_ format: String) throws {
    let known = ["npy", "parquet", "fvecs", "bvecs", "ivecs"]
    guard known.contains(format) else {
      throw ValidationError(
        "--file-format must be \(known.dropLast().joined(separator: ", ")) or ivecs, got"
          + " '\(format)'")
    }
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

/// `nprobe=16,efSearch=64` as a value.
struct IndexParameters: CustomStringConvertible {
  var probes: Int?
  var efSearch: Int?
  var coarseEfSearch: Int?

  /// Reads the text and says which part of it is wrong.
  init(parsing text: String) throws {
    var names: Set<String> = []
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard ["nprobe", "efSearch", "quantizer_efSearch"].contains(sides[0]) else {
        throw ValidationError(
          "'\(part)' is not a search parameter here; known are nprobe, efSearch and"
            + " quantizer_efSearch")
      }
      guard sides.count == 2, let value = Int32(sides[1]).map(Int.init), value >= 1 else {
        throw ValidationError("'\(part)' needs a whole number of at least 1: \(sides[0])=16")
      }
      guard names.insert(sides[0]).inserted else {
        throw ValidationError("'\(text)' sets \(sides[0]) twice")
      }
      switch sides[0] {
      case "nprobe": probes = value
      case "efSearch": efSearch = value
      default: coarseEfSearch = value
      }
    }
  }

  var description: String {
    [("nprobe", probes), ("efSearch", efSearch), ("quantizer_efSearch", coarseEfSearch)]
      .compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: ",")
  }
}

/// Settings for any knobs of an index that exists, `nprobe=16,ht=40`, as they are typed.
struct SearchParameters {
  let settings: KnobSettings

  /// Reads the text and says which part of it is wrong.
  init(parsing text: String) throws {
    do throws(IndexError) {
      settings = try KnobSettings(parsing: text)
    } catch {
      throw ValidationError(error.message)
    }
    guard !settings.entries.isEmpty else { throw ValidationError("write nprobe=16") }
    // Such values are wrong usage whatever the index is.
    for entry in settings.entries {
      let least = Knob.leastValue(of: entry.name)
      guard entry.value >= least else {
        throw ValidationError("'\(entry.name)' needs a value of at least \(Int(least))")
      }
    }
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
