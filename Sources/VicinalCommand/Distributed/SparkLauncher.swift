import Foundation
import Vicinal

/// Starts the program that spreads a build over a Spark cluster, which is Python (`vicinal.spark`) and
/// calls this command again for all work on vectors.
enum SparkLauncher {
  /// Says what is missing before anything is imported.
  private static let program = """
    import importlib.util, sys
    def missing(name):
        try:
            return importlib.util.find_spec(name) is None
        except ModuleNotFoundError:
            return True
    for module, remedy in (
        ("pyspark", "pip install pyspark"),
        ("vicinal.spark", "pip install ./python in Vicinal's repository, or PYTHONPATH")):
        if missing(module):
            sys.exit("error: --distributed pyspark needs the Python package " + module + ", which "
                + sys.executable + " does not find; install it (" + remedy
                + "), or name another Python with --spark-python or VICINAL_PYTHON")
    from vicinal.spark.__main__ import main
    sys.exit(main(sys.argv[1:]))
    """

  /// Runs the same command line in that program, and ends as it ends.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if there is no such Python.
  static func run(_ options: DistributionOptions) throws {
    let arguments = try AutoFaissSpelling.translated(Array(CommandLine.arguments.dropFirst()))
    let process = Process()
    var environment = ProcessInfo.processInfo.environment
    let python = options.sparkPython ?? environment["VICINAL_PYTHON"] ?? "python3"
    if environment["VICINAL_BINARY"] == nil, let own = Bundle.main.executablePath {
      environment["VICINAL_BINARY"] = own
    }
    environment["VICINAL_END_WITH_INPUT"] = "1"
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-c", program] + arguments
    process.environment = environment
    // The other end closes when this process ends, and the program with it.
    let alive = Pipe()
    process.standardInput = alive
    Interruption.install()
    do {
      try process.run()
    } catch {
      throw IndexError(.unsupported, "cannot start \(python): \(error.localizedDescription)")
    }
    var isTold = false
    while process.isRunning {
      if Interruption.isRequested, !isTold {
        process.interrupt()
        isTold = true
      }
      usleep(50_000)
    }
    guard process.terminationReason == .exit else { Foundation.exit(70) }
    switch process.terminationStatus {
    case 127:
      throw IndexError(
        .unsupported,
        "--distributed pyspark needs Python, but there is no program '\(python)'; name one with"
          + " --spark-python or VICINAL_PYTHON")
    // A package is missing, and the program has said which.
    case 1: Foundation.exit(69)
    case let code: Foundation.exit(code)
    }
  }
}
