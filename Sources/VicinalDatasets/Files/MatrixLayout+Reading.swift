import VicinalCore

extension MatrixLayout {
  /// Converts rows to floats.
  ///
  /// - Parameters:
  ///   - rows: Within 0 ..< rows of the layout, in any order.
  ///   - columns: Which numbers of the rows; the others are left as they are in `output`.
  ///   - bytes: The whole file.
  ///   - output: Receives the rows one after the other.
  ///   - position: Where in `output` the first row begins.
  func read(
    _ rows: some Collection<Int>, columns: Range<Int>, of bytes: RawSpan,
    into output: inout MutableSpan<Float>, at position: Int
  ) {
    // One loop per stored type, so that nothing is decided per number.
    switch element {
    case .float16:
      gather(rows, columns, bytes, &output, position, UInt16.self) { Float(halfBits: $0) }
    case .float32:
      gather(rows, columns, bytes, &output, position, UInt32.self) { Float(bitPattern: $0) }
    case .float64:
      gather(rows, columns, bytes, &output, position, UInt64.self) { Float(Double(bitPattern: $0)) }
    case .int(1): gather(rows, columns, bytes, &output, position, Int8.self) { Float($0) }
    case .int(2): gather(rows, columns, bytes, &output, position, Int16.self) { Float($0) }
    case .int(4): gather(rows, columns, bytes, &output, position, Int32.self) { Float($0) }
    case .int: gather(rows, columns, bytes, &output, position, Int64.self) { Float($0) }
    case .uint(1): gather(rows, columns, bytes, &output, position, UInt8.self) { Float($0) }
    case .uint(2): gather(rows, columns, bytes, &output, position, UInt16.self) { Float($0) }
    case .uint(4): gather(rows, columns, bytes, &output, position, UInt32.self) { Float($0) }
    case .uint: gather(rows, columns, bytes, &output, position, UInt64.self) { Float($0) }
    }
  }

  /// One number as an integer; `nil` if it does not fit or the file holds floating-point numbers.
  func integer(row: Int, column: Int, of bytes: RawSpan) -> Int64? {
    let offset = dataOffset + row * rowStride + column * columnStride
    switch element {
    case .float16, .float32, .float64: return nil
    case .int(1): return Int64(Int8(bitPattern: bytes.byte(offset)))
    case .int(2): return Int64(bytes.word(offset, as: Int16.self, isBigEndian: isBigEndian))
    case .int(4): return Int64(bytes.word(offset, as: Int32.self, isBigEndian: isBigEndian))
    case .int: return bytes.word(offset, as: Int64.self, isBigEndian: isBigEndian)
    case .uint(1): return Int64(bytes.byte(offset))
    case .uint(2): return Int64(bytes.word(offset, as: UInt16.self, isBigEndian: isBigEndian))
    case .uint(4): return Int64(bytes.word(offset, as: UInt32.self, isBigEndian: isBigEndian))
    case .uint:
      return Int64(exactly: bytes.word(offset, as: UInt64.self, isBigEndian: isBigEndian))
    }
  }

  @inline(__always)
  private func gather<Stored: FixedWidthInteger & BitwiseCopyable>(
    _ rows: some Collection<Int>, _ columns: Range<Int>, _ bytes: RawSpan,
    _ output: inout MutableSpan<Float>, _ position: Int, _: Stored.Type,
    _ convert: (Stored) -> Float
  ) {
    let (rowStride, columnStride) = (self.rowStride, self.columnStride)
    var start = position + columns.lowerBound
    for row in rows {
      var offset = dataOffset + row * rowStride + columns.lowerBound * columnStride
      for target in start..<start + columns.count {
        let word = bytes.word(offset, as: Stored.self, isBigEndian: isBigEndian)
        output[target] = convert(word)
        offset += columnStride
      }
      start += self.columns
    }
  }
}
