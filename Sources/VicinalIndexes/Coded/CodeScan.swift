import VicinalCoding
import VicinalCompute
import VicinalCore

/// Shows blocks of codes to a scanner, piece by piece, and offers what passes to a collector. One
/// is made per worker: it owns the scratch memory.
struct CodeScan {
  let scanner: any SelectingScanner
  /// The scanner, if it can make use of terms.
  let termScanner: (any TermScanner)?
  private var rows: [Int32]
  private var values: [Float]
  private let filter: IDFilter?
  private let layout: CodeLayout
  private let codeSize: Int

  /// Codes compared at once: few enough for their values to stay in the first cache.
  private static let piece = 1024
  private static let firstPiece = 128
  private static let fewest = 31

  /// - Parameter longest: No block has more codes; scratch memory for more need not be made.
  init(
    _ codec: any VectorCodec, metric: Metric, options: ScanOptions, filter: IDFilter?,
    kernels: KernelSet, longest: Int = .max
  ) throws(IndexError) {
    scanner = selecting(
      try codec.makeScanner(metric: metric, options: options, kernels: kernels), metric: metric,
      kernels: kernels)
    termScanner = scanner as? any TermScanner
    self.filter = filter
    (layout, codeSize) = (codec.layout, codec.codeSize)
    // Blocks of a layout are never cut.
    let block = layout.blockCount
    let most = max(1, Self.piece / block)
    let step = min(most, max(1, longest / block + (longest % block > 0 ? 1 : 0))) * block
    rows = [Int32](filling: step, with: 0)
    values = [Float](filling: step, with: 0)
  }

  /// Offers every code of a block that the filter allows.
  ///
  /// - Parameters:
  ///   - codes: The block, in the codec's layout. The scanner is prepared for a query and, where
  ///     codes are of residuals, for the block's cell.
  ///   - count: Codes.
  ///   - terms: The term of each code, if the scanner was prepared for them; empty otherwise.
  ///   - hits: The collector.
  ///   - isAscending: Whether these ids, in order, are larger than all that the query has met.
  ///   - names: How the codes are called.
  mutating func scan(
    _ codes: RawSpan, count: Int, terms: Span<Float> = Span(), _ hits: inout HitCollector,
    isAscending: Bool = false, _ names: borrowing RowNames
  ) {
    // What comes before there is a threshold is compared exactly, and all of it is offered: few.
    var start = 0
    if !hits.hasThreshold {
      let few = (max(Self.fewest, hits.wanted * 3 / 2) / layout.blockCount + 1) * layout.blockCount
      if few <= rows.count, count >= few + few / 2 {
        scan(codes, 0..<few, terms: terms, &hits, isAscending: isAscending, names)
        hits.findThreshold()
        start = few
      }
    }
    // Without a list of the pieces: blocks are often short.
    for first in stride(from: start, to: count, by: rows.count) {
      scan(
        codes, first..<min(count, first + rows.count), terms: terms, &hits,
        isAscending: isAscending, names)
    }
  }

  /// The parts of a block of so many codes that are shown one after the other. The first is short:
  /// what comes before there is a threshold is compared exactly, and all of it is offered.
  func pieces(_ count: Int) -> [Range<Int>] {
    let block = layout.blockCount
    let first = min(count, max(1, Self.firstPiece / block) * block)
    return [0..<first]
      + stride(from: first, to: count, by: rows.count).map { $0..<min(count, $0 + rows.count) }
  }

  /// Offers the codes of one of the ``pieces(_:)`` of a block.
  mutating func scan(
    _ codes: RawSpan, _ part: Range<Int>, terms: Span<Float> = Span(),
    _ hits: inout HitCollector, isAscending: Bool = false, _ names: borrowing RowNames
  ) {
    let first = part.lowerBound
    Self.scan(
      codes, part, from: first == 0 ? 0 : layout.byteCount(codes: first, codeSize: codeSize),
      terms, with: scanner, termScanner, &rows, &values, filter, &hits, isAscending, names)
  }

  private static func scan(
    _ codes: RawSpan, _ part: Range<Int>, from start: Int, _ terms: Span<Float>,
    with scanner: any SelectingScanner, _ termScanner: (any TermScanner)?,
    _ rows: inout [Int32], _ values: inout [Float], _ filter: IDFilter?,
    _ hits: inout HitCollector, _ isAscending: Bool, _ names: borrowing RowNames
  ) {
    let threshold = isAscending ? hits.thresholdForLaterIDs : hits.threshold
    let rest = codes.extracting(start..<codes.byteCount)
    let left =
      if let termScanner, !terms.isEmpty {
        select(
          rest, terms.extracting(part), part.count, with: termScanner, threshold, &rows, &values)
      } else {
        select(rest, part.count, with: scanner, threshold, &rows, &values)
      }
    guard left > 0 else { return }
    hits.offer(
      values.span, rows: rows.span, count: left, filter, names.dropping(part.lowerBound))
  }

  private static func select(
    _ codes: RawSpan, _ count: Int, with scanner: any SelectingScanner, _ threshold: Float,
    _ rows: inout [Int32], _ values: inout [Float]
  ) -> Int {
    var passed = rows.mutableSpan
    var found = values.mutableSpan
    return scanner.select(
      codes, count: count, within: threshold, rows: &passed, values: &found)
  }

  private static func select(
    _ codes: RawSpan, _ terms: Span<Float>, _ count: Int, with scanner: any TermScanner,
    _ threshold: Float, _ rows: inout [Int32], _ values: inout [Float]
  ) -> Int {
    var passed = rows.mutableSpan
    var found = values.mutableSpan
    return scanner.select(
      codes, terms: terms, count: count, within: threshold, rows: &passed, values: &found)
  }
}
