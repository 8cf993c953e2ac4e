extension Span where Element == Float {
  /// The same memory as raw bytes.
  public var rawBytes: RawSpan {
    @_lifetime(copy self)
    get { unsafe bytes }
  }
}

extension ByteStorage {
  /// 64-bit integer number `index`, wherever it lies.
  public func int64(at index: Int) -> Int64 {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 8, as: Int64.self)
  }

  /// Adds a 64-bit integer at the end.
  public mutating func append(_ value: Int64) {
    unsafe withUnsafeBytes(of: value) { append(unsafe $0.bytes) }
  }
}

extension RawSpan {
  /// A number at any byte offset; outside the bytes it traps.
  public func loadUnaligned<T: BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type)
  }
}
