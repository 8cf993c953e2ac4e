import CVicinalKernels
import Foundation

/// Processors that this process may run on; on Linux the affinity mask counts (taskset, containers).
func usableProcessors() -> Int {
  let allowed = Int(vcl_usable_processors())
  return allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount
}
