import VicinalCoding
import VicinalCompute
import VicinalCore

/// Where the parts of a list lie: what visiting it takes, within a cache line and without
/// reference counts.
struct ListPlace: Sendable {
  let ids: BytesPlace

  /// Floats, or codes.
  private let content: BytesPlace

  /// What goes with them: the companion of floats, or the terms of codes.
  private let companion: BytesPlace

  /// Vectors.
  let count: Int

  private let holdsCodes: Bool

  /// The place of a list, as long as the list is not changed.
  init(_ list: borrowing InvertedList) {
    ids = BytesPlace(list.ids)
    count = list.count
    holdsCodes = list.codes != nil
    if let codes = list.codes {
      content = BytesPlace(codes.bytes)
      companion = BytesPlace(list.terms)
    } else {
      content = BytesPlace(list.block.rows)
      companion = list.block.panels?.place ?? BytesPlace()
    }
  }

  /// The codes, in a list of codes.
  var codes: BytesPlace { content }

  /// The terms of its codes.
  var terms: BytesPlace { companion }

  /// The floats, in a list of floats.
  var block: BlockPlace { BlockPlace(rows: content, panels: companion, count: count) }

  /// Asks for the beginning of what a scan reads first.
  func prefetch() {
    guard holdsCodes else { return block.prefetch() }
    content.prefetch()
    companion.prefetch()
    ids.prefetch()
  }
}
