import Foundation

/// The largest resident memory that this process has had so far, in bytes.
public func peakResidentMemory() -> Int {
  #if canImport(Glibc)
    if let bytes = ownPeak() { return bytes }
  #endif
  var usage = rusage()
  // Linux counts in kilobytes, Darwin in bytes.
  #if canImport(Glibc)
    let (who, unit) = (__rusage_who_t(RUSAGE_SELF.rawValue), 1024)
  #else
    let (who, unit) = (RUSAGE_SELF, 1)
  #endif
  guard unsafe getrusage(who, &usage) == 0 else { return 0 }
  return Int(usage.ru_maxrss) * unit
}

#if canImport(Glibc)
  /// What Linux counted for this program alone: the figure of `getrusage` outlives `exec`, so that a
  /// program started by a large one would report the size of that.
  private func ownPeak() -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let number = line.split(whereSeparator: \.isWhitespace).dropFirst().first,
      let kilobytes = Int(number)
    else { return nil }
    return kilobytes * 1024
  }
#endif

/// Bytes that this process can hold at most: the memory of the machine, or what it may address if that
/// was limited (`ulimit -v`).
package func largestMemory() -> Int {
  let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
  var limit = rlimit()
  #if canImport(Glibc)
    let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
  #else
    let resource = RLIMIT_AS
  #endif
  guard unsafe getrlimit(resource, &limit) == 0 else { return physical }
  return min(physical, Int(clamping: limit.rlim_cur))
}
