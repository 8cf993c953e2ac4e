import Foundation

/// How often: the variable `VICINAL_<name>`, else what each run of the tests has. docs/service-tests.md has a
/// table of these variables and what was reached with them.
func figure(_ name: String, _ usual: Int) -> Int {
  Int(ProcessInfo.processInfo.environment["VICINAL_" + name] ?? "") ?? usual
}
