public import VicinalCore

extension IndexInfos {
  /// Notes the largest resident memory, and warns if it exceeded the bound after all: a bound is
  /// divided in advance, by predictions.
  ///
  /// - Parameters:
  ///   - peak: Bytes; those of this process unless given.
  ///   - bound: What was allowed.
  /// - Returns: The warning that was added, in place of an earlier one, for whoever is watching.
  @discardableResult
  public mutating func notePeak(
    _ peak: Int = peakResidentMemory(), within bound: MemorySize
  ) -> String? {
    let start = "the largest resident memory was "
    peakMemoryInBytes = peak
    guard peak > bound.bytes else { return nil }
    warnings.removeAll { $0.hasPrefix(start) }
    let warning =
      start + "\(MemorySize(bytes: peak)) (\(peak)B), more than"
      + " current-memory-available, \(bound) (\(bound.bytes)B)"
    warnings.append(warning)
    return warning
  }
}
