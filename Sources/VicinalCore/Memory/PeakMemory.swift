import Foundation

/// The largest resident memory that this process has had so far, in bytes.
public func peakResidentMemory() -> Int {
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
