import VicinalCoding
import VicinalCore

/// Shows the codes of a block to a scanner, piece by piece.
enum CodeScan {
  /// Codes compared at once: few enough for their values to stay in the first cache.
  static let piece = 1024

  /// Offers every code of a block that the filter allows to a collector.
  ///
  /// - Parameters:
  ///   - codes: The block.
  ///   - scanner: Prepared for a query and, where codes are of residuals, for the block's cell.
  ///   - values: Scratch of ``piece`` floats.
  ///   - hits: The collector.
  ///   - filter: Which ids count; `nil` for all.
  ///   - id: Id of the code at an offset.
  static func scan(
    _ codes: CodeBlock, with scanner: any CodeScanner, _ values: inout [Float],
    _ hits: inout HitCollector, _ filter: IDFilter?, id: (Int) -> Int64
  ) {
    let bytes = codes.bytes.bytes
    // Blocks of a layout are never cut.
    let step = max(1, piece / codes.layout.blockCount) * codes.layout.blockCount
    if values.count < step { values = Array(repeating: 0, count: step) }
    for first in stride(from: 0, to: codes.count, by: step) {
      let count = min(step, codes.count - first)
      let start = codes.layout.byteCount(codes: first, codeSize: codes.codeSize)
      var target = values.mutableSpan
      scanner.scan(
        bytes.extracting(start..<bytes.byteCount), count: count, into: &target)
      hits.offer(values.span, count: count) { index in
        let id = id(first + index)
        return filter.map { $0.contains(id) } ?? true ? id : nil
      }
    }
  }
}
