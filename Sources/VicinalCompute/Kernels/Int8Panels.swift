import CVicinalKernels
public import VicinalCore

/// The int8 companion of a block of float rows: what the first pass of a search reads instead of
/// the floats, a quarter of their size, with everything needed to bound its error.
///
/// Rows are quantised relative to a centre with a scale of their own and laid out as panels of
/// 32 rows, ready for the kernel. All that belongs to a panel lies together, so that short lists
/// are read in one go. See `docs/decisions/0004-int8-first-pass-certified.md`.
public struct Int8Panels: Sendable {
  /// Floats per row.
  public let dimension: Int

  /// Rows covered.
  public private(set) var count = 0

  /// Whether half squared norms are kept (L2) or zeros (inner product).
  let isL2: Bool

  /// What rows are relative to; `dimension` floats, shared by all blocks of an index.
  let centre: [Float]

  /// Whether every row is within what the error bound covers.
  public private(set) var isUsable = true

  /// Panel after panel: codes, 32 half norms, 32 scales, two bounds.
  private var panels = ByteStorage()

  /// The largest row norm that the int8 arithmetic can bound; beyond it, squares overflow.
  static let largestNorm: Float = 1e17

  /// The widest row whose byte products fit a 32-bit sum.
  package static let largestDimension = 65_536

  /// Bytes per row for a dimension, for memory estimates.
  public static func bytesPerRow(dimension: Int) -> Int { stride(dimension: dimension) / 32 }

  /// Bytes from one panel to the next, whole cache lines.
  static func stride(dimension: Int) -> Int {
    ((dimension + 3) / 4 * 128 + factBytes + 63) / 64 * 64
  }

  /// Bytes of half norms, scales and bounds.
  private static let factBytes = 128 + 128 + 8

  /// Bytes of memory held.
  public var byteCount: Int { panels.capacity }

  /// No rows yet.
  ///
  /// - Parameters:
  ///   - centre: What rows are relative to, usually the mean of the data.
  ///   - isL2: Whether the metric is L2; otherwise it is inner product.
  public init(centre: [Float], isL2: Bool) {
    dimension = centre.count
    self.centre = centre
    self.isL2 = isL2
  }

  private var codeBytes: Int { (dimension + 3) / 4 * 128 }
  private var stride: Int { Self.stride(dimension: dimension) }
  private var panelCount: Int { (count + 31) / 32 }

  /// Where the panels lie, as long as this value is alive and unchanged; empty where they cannot be
  /// used.
  package var place: BytesPlace { isUsable ? BytesPlace(panels) : BytesPlace() }

  /// Follows a change of the rows: everything from `first` on is quantised anew.
  ///
  /// - Parameters:
  ///   - rows: All rows of the block, row-major floats.
  ///   - first: The first row that differs from before; at most the old count.
  ///   - count: Rows there are now.
  public mutating func update(
    rows: ByteStorage, from first: Int, count newCount: Int, kernels: KernelSet
  ) {
    precondition(rows.count >= newCount * dimension * 4 && first <= count)
    let firstPanel = first / 32
    count = newCount
    let (stride, codeBytes, panelCount) = (stride, codeBytes, panelCount)
    panels.resize(to: panelCount * stride)
    // What was checked before needs no second look.
    let unchecked = isUsable ? firstPanel : 0
    defer { isUsable = areBoundsFinite(from: unchecked) }
    guard firstPanel < panelCount else { return }
    let base = unsafe panels.mutableBase()
    unsafe centre.withUnsafeBufferPointer { centre in
      for panel in firstPanel..<panelCount {
        let codes = unsafe base + panel * stride
        let facts = unsafe (codes + codeBytes).assumingMemoryBound(to: Float.self)
        unsafe kernels.functions.quantize_panel(
          rows.baseAddress + panel * 32 * dimension * 4, centre.baseAddress, dimension,
          min(32, newCount - panel * 32), isL2 ? 1 : 0, codes, facts, facts + 32, facts + 64)
      }
    }
  }

  /// Gives back memory that growing left unused.
  mutating func trim() { panels.trim() }

  private func areBoundsFinite(from first: Int) -> Bool {
    guard dimension <= Self.largestDimension else { return false }
    for panel in first..<max(first, panelCount) {
      let largest = panels.float(at: (panel * stride + codeBytes) / 4 + 65)
      if !(largest <= Self.largestNorm) { return false }
    }
    return true
  }
}

extension Int8Panels {
  /// So many panels from `first` on, for the kernels.
  @unsafe static func run(
    from base: UnsafeRawPointer, _ first: Int, count: Int, dimension: Int
  ) -> vcl_panels {
    let stride = stride(dimension: dimension)
    let codes = unsafe base + first * stride
    let facts = unsafe (codes + (dimension + 3) / 4 * 128).assumingMemoryBound(to: Float.self)
    var run = unsafe vcl_panels()
    unsafe run.codes = codes
    unsafe run.half_norms = facts
    unsafe run.scales = facts + 32
    unsafe run.bounds = facts + 64
    unsafe run.stride = stride
    unsafe run.panel_count = count
    unsafe run.dim = dimension
    return unsafe run
  }
}
