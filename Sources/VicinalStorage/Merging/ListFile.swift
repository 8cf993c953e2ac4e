import VicinalCore
import VicinalFiles
import VicinalIndexes

/// A file of an inverted file, alone or behind transforms, as one of several whose lists are put
/// together.
struct ListFile {
  let file: MappedFile
  let lists: InvertedListsRecord

  /// Where the records begin, from the outermost to the inverted file.
  private let starts: [Int]

  /// Maps and parses a file; no list is read.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for other indexes.
  init(_ path: String, execution: Execution) throws(IndexError) {
    let file = try mappedFile(path, execution: execution)
    var cursor = ByteCursor(file.bytes, name: file.path)
    var record = try parseIndex(&cursor, depth: 1, role: nil)
    var starts: [Int] = []
    while let transformed = record as? TransformedRecord {
      starts.append(transformed.range.lowerBound)
      record = transformed.inner
    }
    guard let found = record.plainLists, found.lists.disk == nil, found.lists.code != "il00" else {
      throw IndexError(
        .unsupported,
        "\(file.path) holds no inverted file whose lists can be put together on disk: such are"
          + " IVF…,Flat and IVF… of codes, also behind transforms")
    }
    self.file = file
    lists = found.lists
    self.starts = starts + [found.start]
  }

  /// Requires that another file differs in counts and lists only: the same transforms, cells and
  /// codec.
  func requireSameTraining(as other: ListFile) throws(IndexError) {
    let end = lists.range.lowerBound
    var isSame = starts == other.starts && end == other.lists.range.lowerBound
    if isSame {
      let (mine, theirs) = (file.bytes, other.file.bytes)
      var first = 0
      for skipped in varying + [end..<end] {
        isSame = isSame && Self.equal(mine, theirs, first..<skipped.lowerBound)
        first = skipped.upperBound
      }
    }
    guard isSame else {
      throw IndexError(
        .invalidArgument,
        "\(other.file.path) was not trained together with \(file.path), or has other settings; only"
          + " parts of one training can be put together")
    }
  }

  /// The numbers of vectors in all headers, and `nprobe`.
  private var varying: [Range<Int>] {
    starts.map { $0 + 8..<$0 + 16 } + starts.suffix(1).map { $0 + 45..<$0 + 53 }
  }

  private static func equal(_ a: RawSpan, _ b: RawSpan, _ range: Range<Int>) -> Bool {
    range.allSatisfy { a.byte($0) == b.byte($0) }
  }
}

extension IndexRecord {
  /// The lists of an inverted file with nothing behind them and one place for each vector, and
  /// where its record begins.
  fileprivate var plainLists: (lists: InvertedListsRecord, start: Int)? {
    switch self {
    case let record as IVFRecord where record.panorama == nil && record.duplicates == nil:
      record.isMergeable(record.fields) ? (record.lists, record.range.lowerBound) : nil
    case let record as CodedIVFRecord where record.refinement == nil:
      record.isMergeable(record.fields) ? (record.lists, record.range.lowerBound) : nil
    case let record as RaBitQFastScanIVFRecord where record.factors == nil:
      record.isMergeable(record.fields) ? (record.lists, record.range.lowerBound) : nil
    default: nil
    }
  }

  private func isMergeable(_ fields: IVFFields) -> Bool {
    fields.directMap.kind == .none && !fields.isLegacy
  }
}
