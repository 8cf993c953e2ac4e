/// What decides which index is built, where none is named.
public enum SelectionMethod: String, Sendable, CaseIterable, Codable {
  /// Candidates are built on a sample and measured.
  case measured
  /// AutoFaiss's table decides (``TableSelection``): faster, the same each time, and blind.
  case table
}
