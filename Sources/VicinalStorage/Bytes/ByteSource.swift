import VicinalCompute
import VicinalCore

/// Hands out the bytes that a parsed file refers to: views of the mapped file, or copies.
struct ByteSource: ~Escapable {
  /// All bytes of the file.
  let bytes: RawSpan

  /// The file, for messages.
  let name: String

  /// What was asked for.
  let options: IndexFile.ReadOptions

  /// For companions.
  let kernels: KernelSet

  /// The mapping behind the bytes, if there is one.
  private let file: MappedFile?

  /// Where the file is; `nil` for bytes in memory.
  var path: String? { file?.path }

  /// What gives pages of the mapping back, if that is asked for.
  var pages: MappedPages? {
    guard options.isMapped, options.givesPagesBack, let file else { return nil }
    return MappedPages(file)
  }

  /// Bytes handed out so far.
  private var done = 0

  /// `file` is what `bytes` belong to, or `nil` for bytes that are only borrowed.
  @_lifetime(copy bytes)
  init(
    _ bytes: RawSpan, name: String, file: MappedFile?, options: IndexFile.ReadOptions
  ) throws(IndexError) {
    self.bytes = bytes
    self.name = name
    self.file = file
    self.options = options
    kernels = try KernelSet(options.execution.kernels)
  }

  /// Vectors or ids, as a view or as a copy whose pages of the file are given back.
  mutating func storage(_ range: Range<Int>) throws(IndexError) -> ByteStorage {
    try report(range.count)
    if options.isMapped, let file { return file.storage(range) }
    guard range.count > Self.pieceBytes else {
      defer { giveBack(range) }
      return ByteStorage(copying: bytes.extracting(range))
    }
    var copy = ByteStorage()
    copy.reserve(range.count)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceBytes) {
      let piece = first..<min(first + Self.pieceBytes, range.upperBound)
      copy.append(bytes.extracting(piece))
      file?.discard(piece)
    }
    return copy
  }

  /// What was copied last, in one stretch, and is still in memory.
  private var copied = 0..<0

  /// Bytes between two parts that are taken to be one stretch: headers of lists.
  private static let largestGap = 1 << 16

  /// Gives back the pages of the file behind small parts once they are many.
  private mutating func giveBack(_ range: Range<Int>) {
    let gap = range.lowerBound - copied.upperBound
    let isNext = gap >= 0 && gap <= Self.largestGap
    copied = isNext ? copied.lowerBound..<range.upperBound : range
    guard copied.count >= Self.pieceBytes else { return }
    file?.discard(copied)
    copied = copied.upperBound..<copied.upperBound
  }

  /// Bytes that are copied before their pages of the file are given back: a file is never in memory
  /// beside all of its copy. A multiple of the size of every number.
  private static let pieceBytes = 8 << 20

  /// A copy of integers.
  mutating func integers<T: FixedWidthInteger & BitwiseCopyable>(
    _ place: ArrayPlace, as type: T.Type
  ) throws(IndexError) -> [T] {
    try report(place.range.count)
    guard place.range.count > Self.pieceBytes else {
      defer { giveBack(place.range) }
      return bytes.numbers(in: place.range, as: type)
    }
    return bytes.numbers(in: place.range, as: type, pieceBytes: Self.pieceBytes) {
      file?.discard($0)
    }
  }

  /// A copy of floats.
  mutating func floats(_ place: ArrayPlace) throws(IndexError) -> [Float] {
    try report(place.range.count)
    defer { giveBack(place.range) }
    return bytes.floats(in: place.range)
  }

  /// A copy of doubles.
  mutating func doubles(_ place: ArrayPlace) throws(IndexError) -> [Double] {
    try report(place.range.count)
    return bytes.doubles(in: place.range)
  }

  private mutating func report(_ count: Int) throws(IndexError) {
    let step = 16 << 20
    let isDue = (done + count) / step > done / step
    done += count
    try options.execution.checkCancellation()
    if isDue {
      options.execution.progress?(WorkProgress(step: "read", done: done, total: bytes.byteCount))
    }
  }

  /// Adds the file to the message of an error about its content.
  func named(_ error: IndexError) -> IndexError {
    switch error.code {
    case .cancelled: return error
    case .unsupported, .fileSystem, .memoryBound: break
    default:
      // What a codec or index would call a wrong argument is here a fault of the file.
      return IndexError(.corruptFile, "\(name): \(error.message)")
    }
    return IndexError(error.code, "\(name): \(error.message)")
  }
}
