import Synchronization
import Vicinal

/// Bytes that C programs read where they are, with a zero byte behind them.
@safe final class BytesBox: Sendable {
  let count: Int
  nonisolated(unsafe) let start: UnsafeMutableRawPointer

  /// Copies bytes.
  init(_ bytes: RawSpan) {
    count = bytes.byteCount
    unsafe start = .allocate(byteCount: bytes.byteCount + 1, alignment: 16)
    unsafe bytes.withUnsafeBytes { source in
      if let base = source.baseAddress {
        unsafe start.copyMemory(from: base, byteCount: source.count)
      }
    }
    unsafe start.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
  }

  deinit { unsafe start.deallocate() }

  /// Copies text.
  convenience init(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span.rawBytes)
  }
}

/// The results of a range search, which C programs read where they are.
final class RangeBox: Sendable {
  let limits: BytesBox
  let distances: BytesBox
  let ids: BytesBox
  let queryCount: Int

  init(_ found: RangeNeighbors) {
    let wide = found.limits.map { Int64($0) }
    limits = BytesBox(wide.span.rawBytes)
    distances = BytesBox(found.distances.span.rawBytes)
    ids = BytesBox(found.ids.span.rawBytes)
    queryCount = found.queryCount
  }
}

/// A switch that ends work.
final class Cancellation: Sendable {
  private let flag = Atomic(false)
  var isCancelled: Bool { flag.load(ordering: .relaxed) }
  func cancel() { flag.store(true, ordering: .relaxed) }
}
