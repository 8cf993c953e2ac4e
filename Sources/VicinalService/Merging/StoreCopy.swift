import Foundation
import VicinalCore
import VicinalDatasets

/// The vectors of the store after one change, in a temporary file without a name: training, adding
/// and measuring read them several times, and a long transaction would keep the log of the store
/// from being emptied.
struct StoreCopy: EmbeddingSource {
  let dimension: Int
  /// Ascending, unless others were asked for with ``only(_:)``.
  private(set) var ids: [Int64]
  let sequence: Int64
  private let file: MappedFile
  /// The row of the file that holds each vector; `nil` if vectors are numbered as rows are.
  private var rows: [Int]?

  var count: Int { ids.count }

  /// Copies what the store holds, as indexes hold it.
  ///
  /// - Parameters:
  ///   - folder: Where the file is made.
  ///   - execution: Progress and cancellation.
  init(
    of store: VectorStore, metric: ServiceMetric, folder: String, execution: Execution
  ) throws(IndexError) {
    let path = Self.path(in: folder)
    Self.removeLeftover(in: folder)
    defer { Self.removeLeftover(in: folder) }
    do {
      guard FileManager.default.createFile(atPath: path, contents: nil) else {
        throw IndexError(.fileSystem, "cannot make the file \(path)")
      }
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      defer { try? handle.close() }
      var ids: [Int64] = []
      let head = try store.readAll(batch: 1024) { _ in
      } body: { part, values, dimension in
        try execution.checkCancellation()
        let values = metric.prepared(values, dimension: dimension)
        var bytes: [UInt8] = []
        bytes.append(copying: values.span.rawBytes)
        try handle.write(contentsOf: Data(bytes))
        ids += part
        execution.progress?(WorkProgress(step: "read", done: ids.count, total: 0))
      }
      dimension = head.dimension
      sequence = head.sequence
      self.ids = ids
      file = try MappedFile(path: path)
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.fileSystem, "the vectors cannot be copied to \(path): \(error)")
    }
    guard file.count == ids.count * dimension * 4 else {
      throw IndexError(.fileSystem, "\(path) does not hold what was written to it")
    }
  }

  private static func path(in folder: String) -> String { folder + "/merge.tmp" }

  /// Removes what an end in the middle of a merge left behind.
  static func removeLeftover(in folder: String) {
    try? FileManager.default.removeItem(atPath: path(in: folder))
  }

  /// Some of the vectors, in another order.
  ///
  /// - Parameter numbers: Of this copy.
  func only(_ numbers: [Int]) -> StoreCopy {
    var part = self
    part.ids = numbers.map { ids[$0] }
    part.rows = numbers.map { rows?[$0] ?? $0 }
    return part
  }

  func forEachBatch(
    rows size: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    for first in stride(from: 0, to: count, by: max(1, size)) {
      let part = first..<min(count, first + max(1, size))
      if rows != nil {
        let values = try vectors(Array(part))
        try body(VectorBatch(values.span, dimension: dimension), first)
        continue
      }
      let bytes = part.lowerBound * dimension * 4..<part.upperBound * dimension * 4
      let values = file.bytes.floats(in: bytes)
      try body(VectorBatch(values.span, dimension: dimension), first)
      file.discard(bytes)
    }
  }

  func vectors(_ numbers: [Int]) throws(IndexError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(numbers.count * dimension)
    for number in numbers {
      guard number >= 0, number < count else {
        throw IndexError(.invalidArgument, "there are \(count) vectors, none is number \(number)")
      }
      let row = rows?[number] ?? number
      values += file.bytes.floats(in: row * dimension * 4..<(row + 1) * dimension * 4)
    }
    return values
  }

  func place(of number: Int) -> String {
    ids.indices.contains(number) ? "the vector \(ids[number])" : "vector number \(number)"
  }
}
