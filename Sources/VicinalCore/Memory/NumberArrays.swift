extension RawSpan {
  /// The byte at an offset.
  package func byte(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromUncheckedByteOffset: checkedOffset(offset), as: UInt8.self)
  }

  private func checkedOffset(_ offset: Int) -> Int {
    precondition(offset >= 0 && offset < byteCount)
    return offset
  }

  /// A copy of the numbers in a part of the bytes, wherever it lies; what is left over at the end
  /// of the part is ignored.
  package func numbers<T: FixedWidthInteger & BitwiseCopyable>(
    in range: Range<Int>, as type: T.Type
  ) -> [T] {
    copied(range, zero: 0)
  }

  /// A copy of many numbers, as ``numbers(in:as:)``, made piece by piece.
  ///
  /// - Parameters:
  ///   - pieceBytes: A multiple of the size of a number.
  ///   - isCopied: Told of each piece when it has been copied.
  package func numbers<T: FixedWidthInteger & BitwiseCopyable>(
    in range: Range<Int>, as type: T.Type, pieceBytes: Int, isCopied: (Range<Int>) -> Void
  ) -> [T] {
    copied(range, zero: 0, pieceBytes: pieceBytes, isCopied: isCopied)
  }

  /// A copy of the floats in a part of the bytes.
  package func floats(in range: Range<Int>) -> [Float] { copied(range, zero: 0) }

  /// A copy of the doubles in a part of the bytes.
  package func doubles(in range: Range<Int>) -> [Double] { copied(range, zero: 0) }

  /// Copies the floats in a part of the bytes, wherever it lies, to the front of `target`.
  package func copyFloats(in range: Range<Int>, into target: inout MutableSpan<Float>) {
    precondition(range.count / 4 <= target.count)
    let part = extracting(range)
    unsafe target.withUnsafeMutableBytes { target in
      unsafe part.withUnsafeBytes { source in
        guard source.count > 0, let from = source.baseAddress, let to = target.baseAddress else {
          return
        }
        unsafe to.copyMemory(from: from, byteCount: source.count)
      }
    }
  }

  private func copied<T: BitwiseCopyable>(
    _ range: Range<Int>, zero: T, pieceBytes: Int = .max, isCopied: (Range<Int>) -> Void = { _ in }
  ) -> [T] {
    let part = extracting(range)
    let count = range.count / MemoryLayout<T>.stride
    return unsafe [T](unsafeUninitializedCapacity: count) { target, filled in
      unsafe part.withUnsafeBytes { source in
        guard count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
        let total = count * MemoryLayout<T>.stride
        unsafe HugePages.prefer(UnsafeMutableRawPointer(to), total)
        for first in stride(from: 0, to: total, by: pieceBytes) {
          let size = Swift.min(pieceBytes, total - first)
          unsafe (UnsafeMutableRawPointer(to) + first).copyMemory(
            from: from + first, byteCount: size)
          isCopied(range.lowerBound + first..<range.lowerBound + first + size)
        }
      }
      filled = count
    }
  }
}

extension Span where Element: FixedWidthInteger & BitwiseCopyable {
  /// The same memory as raw bytes.
  package var rawBytes: RawSpan {
    @_lifetime(copy self)
    get { unsafe bytes }
  }
}

extension Span where Element == Double {
  /// The same memory as raw bytes.
  package var rawBytes: RawSpan {
    @_lifetime(copy self)
    get { unsafe bytes }
  }
}

extension [UInt8] {
  /// Adds bytes at the end.
  package mutating func append(copying bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}
