import CVicinalKernels
import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// The C functions of one level with arrays in and arrays out. Buffers are exactly as long as the
/// kernels document, so that sanitizers see any access beyond them.
struct CTable {
  let kernels: KernelSet
  let level: KernelLevel

  init(_ level: KernelLevel) throws {
    kernels = try KernelSet(level)
    self.level = level
  }

  static let levels = printingSkips(KernelSet.available)
  static var portable: CTable { get throws { try CTable(.portable) } }

  /// Query and rows both begin `offset` bytes behind an aligned address.
  func rows(
    _ metric: Metric, _ query: ArraySlice<Float>, _ rows: Vectors, offset: Int = 0
  ) -> [Float] {
    var output = [Float](repeating: .nan, count: rows.count)
    let query = UnalignedFloats(query, offset: offset)
    let bytes = UnalignedFloats(rows.values[...], offset: offset)
    unsafe query.withPointer { query in
      unsafe bytes.withPointer {
        unsafe kernels.functions.rows(
          metric.faissCode, metric.argument, query, $0, rows.dimension, rows.count, &output)
      }
    }
    return output
  }

  func norms(_ rows: Vectors, offset: Int = 0) -> [Float] {
    var output = [Float](repeating: .nan, count: rows.count)
    let bytes = UnalignedFloats(rows.values[...], offset: offset)
    unsafe bytes.withPointer {
      unsafe kernels.functions.norms($0, rows.dimension, rows.count, &output)
    }
    return output
  }

  /// The rows named by `order`, each by its own address.
  func pointers(
    _ metric: Metric, _ query: ArraySlice<Float>, _ rows: Vectors, _ order: [Int]
  ) -> [Float] {
    var output = [Float](repeating: .nan, count: order.count)
    let query = Array(query)
    unsafe rows.values.withUnsafeBytes { bytes in
      let pointers = unsafe order.map { row in
        unsafe bytes.baseAddress.map { unsafe $0 + row * rows.dimension * 4 }
      }
      unsafe kernels.functions.pointers(
        metric.faissCode, query, pointers, rows.dimension, order.count, &output)
    }
    return output
  }

  /// The rows named by `order`, in chunks of `1 << shift` rows that are not adjacent.
  func ids(
    _ metric: Metric, _ query: ArraySlice<Float>, _ rows: Vectors, _ order: [Int], shift: UInt32
  ) -> [Float] {
    var output = [Float](repeating: .nan, count: order.count)
    let query = Array(query)
    let chunks = Chunks(rows.values.map(\.bitPattern), rowLength: rows.dimension, shift: shift)
    unsafe chunks.withPointers {
      unsafe kernels.functions.ids(
        metric.faissCode, query, $0, shift, order.map(Int32.init), rows.dimension, order.count,
        &output)
    }
    return output
  }

  /// Dot products of signed query bytes with the unsigned rows named by `order`.
  func dots(
    _ query: [Int8], _ rows: [UInt8], stride: Int, _ order: [Int], shift: UInt32
  ) -> [Int32] {
    var output = [Int32](repeating: .min, count: order.count)
    let chunks = Chunks(rows, rowLength: stride, shift: shift)
    unsafe chunks.withPointers {
      unsafe kernels.functions.dots(
        query, $0, shift, stride, order.map(Int32.init), query.count, order.count, &output)
    }
    return output
  }
}

/// Rows in several pieces of memory, as growing indexes hold them.
struct Chunks<Element> {
  private let chunks: [[Element]]

  init(_ elements: [Element], rowLength: Int, shift: UInt32) {
    let size = rowLength << Int(shift)
    chunks = stride(from: 0, to: elements.count, by: size).map {
      Array(elements[$0..<min($0 + size, elements.count)])
    }
  }

  func withPointers(_ body: ([UnsafeRawPointer?]) -> Void) {
    var bases: [UnsafeRawPointer?] = unsafe []
    unsafe collect(0, &bases, body)
  }

  /// Nested calls keep all chunks pinned while `body` runs.
  private func collect(
    _ index: Int, _ bases: inout [UnsafeRawPointer?], _ body: ([UnsafeRawPointer?]) -> Void
  ) {
    guard index < chunks.count else { return unsafe body(bases) }
    unsafe chunks[index].withUnsafeBytes {
      unsafe bases.append($0.baseAddress)
      unsafe collect(index + 1, &bases, body)
    }
  }
}

/// Floats that begin a chosen number of bytes behind an aligned address and end where their
/// memory ends.
struct UnalignedFloats {
  private let bytes: [UInt8]
  private let offset: Int
  let count: Int

  init(_ values: ArraySlice<Float>, offset: Int) {
    var bytes = [UInt8](repeating: 0xff, count: offset)
    for value in values {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
      }
    }
    self.bytes = bytes
    self.offset = offset
    count = values.count
  }

  func withPointer<R>(_ body: (UnsafeRawPointer?) -> R) -> R {
    unsafe bytes.withUnsafeBytes { unsafe body($0.baseAddress.map { unsafe $0 + offset }) }
  }
}
