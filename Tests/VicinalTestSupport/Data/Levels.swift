package import VicinalCore

/// Prints which instruction sets a test leaves out because the processor lacks them, once.
///
/// - Returns: `available`, for use as the arguments of a test.
package func printingSkips(_ available: [KernelLevel]) -> [KernelLevel] {
  for level in KernelLevel.allCases where !available.contains(level) {
    print("skipped kernel level \(level.rawValue): not on this processor")
  }
  return available
}
