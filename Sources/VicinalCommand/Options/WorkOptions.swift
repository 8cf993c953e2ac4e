import ArgumentParser
import Vicinal

/// How much of the machine is used, and how much is said.
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
