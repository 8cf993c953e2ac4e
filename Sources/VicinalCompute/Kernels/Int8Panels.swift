import CVicinalKernels
public import VicinalCore

/// The int8 companion of a block of float rows: what the first pass of a search reads instead of
/// the floats, a quarter of their size, with everything needed to bound its error.
///
/// Rows are quantised relative to a centre with a scale of their own and laid out as panels of
/// 32 rows, ready for the kernel. See `docs/decisions/0004-int8-first-pass-certified.md`.
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

  var codes = ByteStorage()
  var halfNorms = ByteStorage()
  var scales = ByteStorage()
  var bounds = ByteStorage()

  /// The largest row norm that the int8 arithmetic can bound; beyond it, squares overflow.
  static let largestNorm: Float = 1e17

  /// The widest row whose byte products fit a 32-bit sum.
  package static let largestDimension = 65_536

  /// Bytes per row for a dimension, for memory estimates.
  public static func bytesPerRow(dimension: Int) -> Int { (dimension + 3) / 4 * 4 + 8 }

  /// Bytes of memory held.
  public var byteCount: Int {
    codes.capacity + halfNorms.capacity + scales.capacity + bounds.capacity
  }

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

  var groupCount: Int { (dimension + 3) / 4 }
  var panelBytes: Int { groupCount * 128 }
  var panelCount: Int { (count + 31) / 32 }

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
    let panels = (newCount + 31) / 32
    codes.resize(to: panels * panelBytes)
    halfNorms.resize(to: panels * 128)
    scales.resize(to: panels * 128)
    bounds.resize(to: panels * 8)
    count = newCount
    defer { isUsable = areBoundsFinite() }
    guard firstPanel < panels else { return }
    let codeBase = unsafe codes.mutableBase()
    let halfBase = unsafe halfNorms.mutableBase().assumingMemoryBound(to: Float.self)
    let scaleBase = unsafe scales.mutableBase().assumingMemoryBound(to: Float.self)
    let boundBase = unsafe bounds.mutableBase().assumingMemoryBound(to: Float.self)
    unsafe centre.withUnsafeBufferPointer { centre in
      for panel in firstPanel..<panels {
        unsafe kernels.functions.quantize_panel(
          rows.baseAddress + panel * 32 * dimension * 4, centre.baseAddress, dimension,
          min(32, newCount - panel * 32), isL2 ? 1 : 0, codeBase + panel * panelBytes,
          halfBase + panel * 32, scaleBase + panel * 32, boundBase + panel * 2)
      }
    }
  }

  /// Gives back memory that growing left unused.
  mutating func trim() {
    codes.trim()
    halfNorms.trim()
    scales.trim()
    bounds.trim()
  }

  private func areBoundsFinite() -> Bool {
    guard dimension <= Self.largestDimension else { return false }
    let values = bounds.floats
    for panel in 0..<panelCount where !(values[panel * 2 + 1] <= Self.largestNorm) {
      return false
    }
    return true
  }
}
