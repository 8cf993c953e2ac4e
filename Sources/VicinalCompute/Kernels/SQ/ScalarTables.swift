import CVicinalKernels
import VicinalCore

/// The tables of a scalar quantizer as its kernels read them, in one piece of memory.
package struct ScalarTables: Sendable {
  /// How a coordinate is kept.
  package enum Kind: Sendable, Equatable {
    /// A number of 4, 6 or 8 bits that counts steps of a range.
    case range(bits: Int)
    /// A byte that is the number itself.
    case direct
    /// A byte that is the number plus 128.
    case directSigned
    /// IEEE half precision.
    case float16
    /// The upper half of a float.
    case bfloat16
    /// The number of one of 2^bits levels; bits is 1…8.
    case levels(bits: Int)
  }

  /// How a coordinate is kept.
  package let kind: Kind

  /// Floats per vector.
  package let dimension: Int

  /// Bytes per code.
  package let codeSize: Int

  /// Floats of a query in scan order.
  package let paddedDimension: Int

  /// The largest squared norm of what a code of a range stands for; 0 for other kinds.
  let largestSquare: Double

  private let floats: ByteStorage
  /// Where each table begins in ``floats``; nil for those that the kind does not have.
  private var places = Places()

  private struct Places {
    var low: Int?
    var range: Int?
    var scale: Int?
    var offset: Int?
    var levels: Int?
    var bounds: Int?
  }

  /// Tables of a kind that needs none: direct and half precision kinds.
  package init(_ kind: Kind, dimension: Int) {
    self.init(kind, dimension: dimension, low: [], range: [], levels: [], bounds: [])
  }

  /// Tables of ranges.
  ///
  /// - Parameters:
  ///   - bits: 4, 6 or 8.
  ///   - low: Smallest value of each coordinate.
  ///   - range: Width of the range of each coordinate.
  package init(bits: Int, low: [Float], range: [Float]) {
    precondition(low.count == range.count && [4, 6, 8].contains(bits))
    self.init(
      .range(bits: bits), dimension: low.count, low: low, range: range, levels: [], bounds: [])
  }

  /// Tables of levels.
  ///
  /// - Parameters:
  ///   - levels: 2^bits values.
  ///   - bounds: The boundaries between them, one fewer.
  package init(dimension: Int, levels: [Float], bounds: [Float]) {
    let bits = levels.count.trailingZeroBitCount
    precondition(levels.count == 1 << bits && bounds.count == levels.count - 1)
    precondition((1...8).contains(bits))
    self.init(
      .levels(bits: bits), dimension: dimension, low: [], range: [],
      levels: levels + Array(repeating: 0, count: max(0, Self.levelsRoom - levels.count)),
      bounds: bounds)
  }

  private static let levelsRoom = Int(VCL_SQ_LEVELS_ROOM)

  private init(
    _ kind: Kind, dimension: Int, low: [Float], range: [Float], levels: [Float], bounds: [Float]
  ) {
    let block = Int(VCL_SQ_BLOCK)
    self.kind = kind
    self.dimension = dimension
    codeSize = Self.codeSize(kind, dimension: dimension)
    paddedDimension = (dimension + block - 1) / block * block
    largestSquare = zip(low, range).reduce(0) { sum, column in
      let (first, last) = (Double(column.0), Double(column.0) + Double(column.1))
      return sum + max(first * first, last * last)
    }
    var all: [Float] = []
    func place(_ table: [Float]) -> Int? {
      guard !table.isEmpty else { return nil }
      defer { all += table }
      return all.count * 4
    }
    places.low = place(low)
    places.range = place(range)
    if case .range(let bits) = kind {
      let top = Float((1 << bits) - 1)
      var scale = [Float](repeating: 0, count: paddedDimension)
      var offset = scale
      for position in 0..<paddedDimension {
        let column = Self.coordinate(at: position, bits: bits)
        guard column < dimension else { continue }
        let step = Double(range[column]) / Double(top)
        scale[position] = Float(step)
        offset[position] = Float(Double(low[column]) + 0.5 * step)
      }
      places.scale = place(scale)
      places.offset = place(offset)
    }
    places.levels = place(levels)
    places.bounds = place(bounds)
    floats = ByteStorage(copying: all.span.rawBytes)
  }

  /// Which coordinate stands at a place of the scan order: with 4 bits the even ones of each 32
  /// come first.
  private static func coordinate(at place: Int, bits: Int) -> Int {
    guard bits == 4 else { return place }
    let inside = place % 32
    return place - inside + (inside < 16 ? 2 * inside : 2 * inside - 31)
  }

  /// Bytes of a code.
  package static func codeSize(_ kind: Kind, dimension: Int) -> Int {
    switch kind {
    case .range(let bits), .levels(let bits): (dimension * bits + 7) / 8
    case .direct, .directSigned: dimension
    case .float16, .bfloat16: 2 * dimension
    }
  }

  /// Memory held.
  package var byteCount: Int { floats.capacity }

  /// Calls `body` with the tables as C takes them.
  func withTables<R>(_ body: (UnsafePointer<vcl_sq>) -> R) -> R {
    var tables = unsafe vcl_sq()
    let base = unsafe floats.baseAddress
    func pointer(_ place: Int?) -> UnsafePointer<Float>? {
      guard let place else { return nil }
      return unsafe (base + place).assumingMemoryBound(to: Float.self)
    }
    unsafe tables.kind = kind.number
    if case .levels(let bits) = kind { unsafe tables.bits = Int32(bits) }
    unsafe tables.dim = dimension
    unsafe tables.code_size = codeSize
    unsafe tables.low = pointer(places.low)
    unsafe tables.range = pointer(places.range)
    unsafe tables.scale = pointer(places.scale)
    unsafe tables.offset = pointer(places.offset)
    unsafe tables.levels = pointer(places.levels)
    unsafe tables.bounds = pointer(places.bounds)
    return withExtendedLifetime(floats) { unsafe body(&tables) }
  }
}

extension ScalarTables.Kind {
  /// The number in C.
  fileprivate var number: Int32 {
    switch self {
    case .range(4): Int32(VCL_SQ_4BIT)
    case .range(6): Int32(VCL_SQ_6BIT)
    case .range: Int32(VCL_SQ_8BIT)
    case .direct: Int32(VCL_SQ_DIRECT)
    case .directSigned: Int32(VCL_SQ_DIRECT_SIGNED)
    case .float16: Int32(VCL_SQ_F16)
    case .bfloat16: Int32(VCL_SQ_BF16)
    case .levels: Int32(VCL_SQ_LEVELS)
    }
  }
}
