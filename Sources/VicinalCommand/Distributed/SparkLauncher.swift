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
    for module, package in (("pyspark", "pyspark"), ("vicinal.spark", "vicinal")):
        if missing(module):
            sys.exit("error: --distributed pyspark needs the Python package " + package + ", which "
                + sys.executable + " does not have; install it there (pip install " + package
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
    // What env and the interpreter answer with when there is no such program, or no such package.
    let code = process.terminationStatus
    let isMissing = process.terminationReason == .exit && (code == 127 || code == 1)
    Foundation.exit(process.terminationReason != .exit ? 70 : isMissing ? 69 : code)
  }
}
