import VicinalCore

/// Walks through untrusted bytes from front to back. Whatever they hold, a read either lies
/// within them or throws ``IndexError/Code/corruptFile`` with the place and what was expected.
///
/// Nothing is allocated for what a count claims: arrays are passed over and named by the range of
/// their bytes, after the range was checked against the bytes there are.
struct ByteCursor: ~Escapable {
  /// All bytes of the file.
  let bytes: RawSpan

  /// The file, for messages.
  let name: String

  /// Where the next read begins.
  private(set) var offset = 0

  /// The record being read, for messages.
  var record = ""

  /// Where integers lie, if that is wanted.
  var fields: [FieldPlace]?

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// Bytes not read yet.
  var remaining: Int { bytes.byteCount - offset }

  /// Passes over `count` bytes.
  mutating func skip(_ count: Int, _ what: @autoclosure () -> String) throws(IndexError)
    -> Range<Int>
  {
    guard count >= 0, count <= remaining else {
      throw corrupt("\(what()) should take \(count) bytes, but \(remaining) are left")
    }
    defer { offset += count }
    return offset..<offset + count
  }

  /// Passes over `count` elements of `size` bytes, at least 1.
  mutating func skip(
    _ count: Int, of size: Int, _ what: @autoclosure () -> String
  ) throws(IndexError) -> Range<Int> {
    guard count >= 0, count <= remaining / size else {
      throw corrupt(
        "\(what()) should hold \(count) elements of \(size) bytes, but \(remaining) bytes are left")
    }
    return try skip(count * size, what())
  }

  /// An integer, little-endian.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ what: @autoclosure () -> String
  ) throws(IndexError) -> T {
    let range = try skip(MemoryLayout<T>.size, what())
    fields?.append(FieldPlace(range: range))
    return T(littleEndian: bytes.loadUnaligned(range.lowerBound, as: type))
  }

  /// An unsigned 64-bit count that must fit an `Int`.
  mutating func count(_ what: @autoclosure () -> String) throws(IndexError) -> Int {
    let value = try integer(UInt64.self, what())
    guard let count = Int(exactly: value) else {
      throw corrupt("\(what()) is \(value), more than any file can hold", at: offset - 8)
    }
    return count
  }

  /// A 32-bit float.
  mutating func float(_ what: @autoclosure () -> String) throws(IndexError) -> Float {
    Float(bitPattern: try integer(UInt32.self, what()))
  }

  /// A byte that must be 0 or 1.
  mutating func bool(_ what: @autoclosure () -> String) throws(IndexError) -> Bool {
    let value = try integer(UInt8.self, what())
    guard value <= 1 else {
      throw corrupt("\(what()) must be 0 or 1, found \(value)", at: offset - 1)
    }
    return value == 1
  }

  /// Four characters.
  mutating func code(_ what: @autoclosure () -> String) throws(IndexError) -> RecordCode {
    RecordCode(rawValue: try integer(UInt32.self, what()))
  }

  /// An array with its number of elements in front.
  mutating func array(
    of size: Int, _ what: @autoclosure () -> String
  ) throws(IndexError) -> ArrayPlace {
    let count = try count("the length of \(what())")
    return ArrayPlace(count: count, range: try skip(count, of: size, what()))
  }

  /// What is wrong, with file, place and record in front.
  func corrupt(_ problem: String, at place: Int? = nil) -> IndexError {
    failure(.corruptFile, problem, at: place)
  }

  /// What cannot be done, with file, place and record in front.
  func failure(_ code: IndexError.Code, _ problem: String, at place: Int? = nil) -> IndexError {
    let record = record.isEmpty ? "" : ", \(record)"
    return IndexError(code, "\(name), byte \(place ?? offset)\(record): \(problem)")
  }

  /// Runs `body` as part of a record, so that messages name it.
  mutating func within<Result>(
    _ record: String, _ body: (inout ByteCursor) throws(IndexError) -> Result
  ) throws(IndexError) -> Result {
    let outer = self.record
    self.record = record
    let result = try body(&self)
    self.record = outer
    return result
  }
}

/// Where an array lies.
struct ArrayPlace: Sendable {
  /// Elements.
  let count: Int
  /// Bytes in the file.
  let range: Range<Int>
}

/// Where an integer of a record lies; tests attack these places.
package struct FieldPlace: Sendable {
  package let range: Range<Int>
}
