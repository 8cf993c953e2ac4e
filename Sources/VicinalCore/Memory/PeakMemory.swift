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
