import VicinalCore

/// Takes the bytes of a file in order: to count them, to keep them, or to write them to disk.
///
/// Large runs of vectors go straight from the index to the system, so that writing needs no
/// memory of the size of the index.
struct ByteSink: ~Copyable {
  private enum Target {
    case nowhere
    case memory([UInt8])
    case file(any ReplacingOutput)
  }

  private var target: Target
  private let execution: Execution
  private let total: Int
  /// Small writes on their way to the file.
  private var buffer: [UInt8] = []

  /// Bytes taken so far.
  private(set) var count = 0

  /// Lists that are written in place of the empty ones of an inverted file.
  var mergedLists: MergedLists?

  /// What is gathered before the system is called, and how often cancellation is asked for.
  private static let bufferSize = 1 << 20

  /// Only counts.
  init(counting: Void) {
    target = .nowhere
    execution = Execution()
    total = 0
  }

  /// Keeps `total` bytes.
  init(keeping total: Int, execution: Execution) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(total)
    target = .memory(bytes)
    self.total = total
    self.execution = execution
  }

  /// Writes `total` bytes to a file, which ``finish()`` puts in its place.
  init(to file: any ReplacingOutput, total: Int, execution: Execution) {
    target = .file(file)
    self.total = total
    self.execution = execution
    buffer.reserveCapacity(Self.bufferSize)
  }

  /// Adds bytes.
  mutating func write(_ bytes: RawSpan) throws(IndexError) {
    guard !isCounting else {
      count += bytes.byteCount
      return
    }
    var first = 0
    while first < bytes.byteCount {
      let taken = min(bytes.byteCount - first, Self.bufferSize)
      try writePart(bytes.extracting(first..<first + taken))
      first += taken
    }
  }

  /// Whether bytes are only counted, so that they need not be made.
  var isCounting: Bool { if case .nowhere = target { true } else { false } }

  /// Counts bytes that were not made; only while ``isCounting``.
  mutating func pass(_ bytes: Int) throws(IndexError) {
    let (sum, overflow) = count.addingReportingOverflow(bytes)
    guard isCounting, !overflow else {
      throw IndexError(.unsupported, "more bytes than a file can hold")
    }
    count = sum
  }

  private mutating func writePart(_ part: RawSpan) throws(IndexError) {
    let step = 16 << 20
    if count / Self.bufferSize != (count + part.byteCount) / Self.bufferSize {
      try execution.checkCancellation()
    }
    switch target {
    case .nowhere: break
    case .memory(var bytes):
      target = .nowhere
      bytes.append(copying: part)
      target = .memory(bytes)
    case .file(let file):
      if buffer.count + part.byteCount > Self.bufferSize { try flush(to: file) }
      if part.byteCount > Self.bufferSize / 4 {
        try flush(to: file)
        try file.write(part)
      } else {
        buffer.append(copying: part)
      }
    }
    let isDue = (count + part.byteCount) / step > count / step
    count += part.byteCount
    if isDue { execution.progress?(WorkProgress(step: "write", done: count, total: total)) }
  }

  private mutating func flush(to file: any ReplacingOutput) throws(IndexError) {
    guard !buffer.isEmpty else { return }
    try file.write(buffer.span.rawBytes)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Puts a written file in its place.
  mutating func finish() throws(IndexError) {
    guard case .file(let file) = target else { return }
    try flush(to: file)
    try execution.checkCancellation()
    try file.commit()
    execution.progress?(WorkProgress(step: "write", done: count, total: max(count, total)))
  }

  /// The bytes kept.
  consuming func takeBytes() -> [UInt8] {
    guard case .memory(let bytes) = target else { return [] }
    return bytes
  }
}

extension ByteSink {
  /// An integer, little-endian.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) throws(IndexError) {
    let single = [value.littleEndian]
    try write(single.span.rawBytes)
  }

  /// A 32-bit float.
  mutating func float(_ value: Float) throws(IndexError) { try integer(value.bitPattern) }

  /// A byte 0 or 1.
  mutating func bool(_ value: Bool) throws(IndexError) { try integer(UInt8(value ? 1 : 0)) }

  /// Four characters.
  mutating func code(_ code: RecordCode) throws(IndexError) { try integer(code.rawValue) }

  /// A count as faiss's `size_t`.
  mutating func count(_ value: Int) throws(IndexError) { try integer(UInt64(value)) }

  /// Integers with their number in front.
  mutating func array<T: FixedWidthInteger & BitwiseCopyable>(
    _ values: [T]
  ) throws(IndexError) {
    try count(values.count)
    try write(values.span.rawBytes)
  }

  /// Floats with their number in front.
  mutating func array(_ values: [Float]) throws(IndexError) {
    try count(values.count)
    try write(values.span.rawBytes)
  }

  /// Doubles with their number in front.
  mutating func array(_ values: [Double]) throws(IndexError) {
    try count(values.count)
    try write(values.span.rawBytes)
  }
}
