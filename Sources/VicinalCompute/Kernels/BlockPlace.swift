import CVicinalKernels
package import VicinalCore

/// Where a ``RowBlock`` lies, without a share in it: what scanning it takes, without following
/// references from one object to the next, which is what visiting short lists otherwise costs.
package struct BlockPlace: Sendable {
  let rows: BytesPlace

  /// The companion; empty where there is none, or none that can be used.
  let panels: BytesPlace

  /// Rows.
  package let count: Int

  /// The place of a block, as long as the block is not changed.
  package init(_ block: borrowing RowBlock) {
    self.init(
      rows: BytesPlace(block.rows), panels: block.panels?.place ?? BytesPlace(), count: block.count)
  }

  /// The same of places that are kept.
  package init(rows: BytesPlace, panels: BytesPlace, count: Int) {
    self.rows = rows
    self.panels = panels
    self.count = count
  }

  /// Asks for the beginning of what a scan reads first.
  package func prefetch() {
    if panels.byteCount > 0 { panels.prefetch() } else { rows.prefetch() }
  }
}

extension BytesPlace {
  /// Bytes after which the processor's own prefetching has caught up.
  private static let prefetched = 1024

  /// Asks for the beginning.
  package func prefetch() {
    guard let start = unsafe baseAddress else { return }
    unsafe vcl_prefetch(start, min(Self.prefetched, byteCount))
  }
}
