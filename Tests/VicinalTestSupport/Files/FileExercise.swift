import Vicinal

/// Does with untrusted bytes what programs do with index files: opens, searches, describes and
/// writes them. The fuzzer (`fuzz`) and the tests that replay its corpus share it.
///
/// Errors are welcome. A trap, a hang or memory out of proportion ends the process or the test;
/// what is wrong without a crash is returned as a problem.
package enum FileExercise {
  /// Bytes of memory that an index may hold whatever its file has: tables of fixed size.
  private static let fixedMemory = 4 << 20

  /// How much memory an index may hold for a byte of its file: codes of a few bits give look-up
  /// tables, floats int8 companions.
  private static let memoryFactor = 32

  /// Memory of an empty inverted list. A file may have 2^20 of them in a few bytes, no more.
  private static let listMemory = 192
  private static let largestListCount = 1 << 20

  /// Floats in a query; empty indexes of larger dimension are not searched.
  private static let largestDimension = 1 << 16

  /// Tries bytes as every kind of file.
  ///
  /// - Returns: What is wrong, or `nil`.
  package static func problem(with bytes: [UInt8]) -> String? {
    floatProblem(bytes, isAccelerated: false) ?? floatProblem(bytes, isAccelerated: true)
      ?? binaryProblem(bytes) ?? transformProblem(bytes)
  }

  private static func options(isAccelerated: Bool) -> IndexFile.ReadOptions {
    var options = IndexFile.ReadOptions()
    options.isAccelerated = isAccelerated
    options.execution.workers = 1
    return options
  }

  private static func floatProblem(_ bytes: [UInt8], isAccelerated: Bool) -> String? {
    let description = try? IndexFile.describe(bytes)
    let options = options(isAccelerated: isAccelerated)
    do throws(IndexError) {
      var index = try IndexFile.decode(bytes, options: options)
      if let problem = sizeProblem(index.byteCount, bytes, description) { return problem }
      try use(&index, options.execution)
    } catch {
      return codeProblem(error)
    }
    return stabilityProblem(of: bytes) { bytes throws(IndexError) in
      try IndexFile.encode(try IndexFile.decode(bytes, options: options))
    }
  }

  private static func use(
    _ index: inout any VectorIndex, _ execution: Execution
  ) throws(IndexError) {
    let dimension = index.dimension
    guard dimension <= largestDimension else { return }
    let query = (0..<dimension).map { Float($0 % 7) * 0.25 }
    let search = SearchOptions(execution: execution)
    let batch = try VectorBatch(query.span, dimension: dimension)
    _ = try? index.search(batch, k: 3, options: search)
    if let searchable = index as? any RangeSearchable {
      _ = try? searchable.rangeSearch(batch, radius: 2, options: search)
    }
    if let source = index as? any Reconstructible {
      for id in [0, 5, -1, 1 << 40] as [Int64] { _ = try? source.reconstruct(id) }
    }
    if var removable = index as? any RemovableIndex { _ = try? removable.remove(.range(0..<9)) }
    _ = try? index.add(batch, execution: execution)
    _ = try? index.search(batch, k: 3, options: search)
  }

  private static func binaryProblem(_ bytes: [UInt8]) -> String? {
    let description = try? BinaryIndexFile.describe(bytes)
    let options = options(isAccelerated: false)
    do throws(IndexError) {
      var index = try BinaryIndexFile.decode(bytes, options: options)
      if let problem = sizeProblem(index.byteCount, bytes, description) { return problem }
      try use(&index, options.execution)
    } catch {
      return codeProblem(error)
    }
    return stabilityProblem(of: bytes) { bytes throws(IndexError) in
      try BinaryIndexFile.encode(try BinaryIndexFile.decode(bytes, options: options))
    }
  }

  private static func use(
    _ index: inout any BinaryIndex, _ execution: Execution
  ) throws(IndexError) {
    guard index.dimension <= largestDimension else { return }
    let query = [Float](repeating: Float(bitPattern: 0x5a5a_5a5a), count: index.codeSize / 4 + 1)
    let batch = try BinaryBatch(
      query.span.rawBytes.extracting(0..<index.codeSize), dimension: index.dimension)
    let search = SearchOptions(execution: execution)
    _ = try? index.search(batch, k: 3, options: search)
    _ = try? (index as? any BinaryRangeSearchable)?.rangeSearch(
      batch, radius: 20, options: search)
    for id in [0, 5, -1, 1 << 40] as [Int64] {
      _ = try? (index as? any BinaryReconstructible)?.reconstruct(id)
    }
    if var removable = index as? any BinaryRemovable { _ = try? removable.remove(.range(0..<9)) }
    _ = try? index.add(batch, execution: execution)
    _ = try? index.search(batch, k: 3, options: search)
  }

  private static func transformProblem(_ bytes: [UInt8]) -> String? {
    do throws(IndexError) {
      let transform = try TransformFile.decode(bytes)
      if let problem = sizeProblem(transform.byteCount, bytes) { return problem }
      try use(transform)
    } catch {
      return codeProblem(error)
    }
    return stabilityProblem(of: bytes) { bytes throws(IndexError) in
      try TransformFile.encode(try TransformFile.decode(bytes))
    }
  }

  private static func use(_ transform: any VectorTransform) throws(IndexError) {
    let execution = Execution(workers: 1)
    let (input, output) = (transform.inputDimension, transform.outputDimension)
    guard max(input, output) <= largestDimension else { return }
    let vector = [Float](repeating: 0.5, count: max(input, output))
    let forward = try VectorBatch(vector.span.extracting(first: input), dimension: input)
    _ = try? transform.apply(forward, execution: execution)
    let backward = try VectorBatch(vector.span.extracting(first: output), dimension: output)
    _ = try? transform.reverse(backward, execution: execution)
  }

  /// A file may only fail as a corrupt or unsupported one.
  private static func codeProblem(_ error: IndexError) -> String? {
    switch error.code {
    case .corruptFile, .unsupported: nil
    default: "reading failed with \(error.code.rawValue): \(error)"
    }
  }

  private static func sizeProblem(
    _ held: Int, _ bytes: [UInt8], _ description: RecordDescription? = nil
  ) -> String? {
    let lists = description.map(listCount) ?? 0
    let allowed =
      fixedMemory + memoryFactor * bytes.count + listMemory * min(lists, largestListCount)
    guard held > allowed else { return nil }
    return "an index of \(held) bytes came out of a file of \(bytes.count) bytes"
  }

  /// Inverted lists of all records.
  private static func listCount(_ description: RecordDescription) -> Int {
    let inner = description.children.filter { $0.role != "inverted lists" }.map(listCount)
    return (description.listCount ?? 0) + inner.reduce(0, +)
  }

  /// What was read may be unwritable, but what was written must be read, and written the same.
  private static func stabilityProblem(
    of bytes: [UInt8], _ rewritten: ([UInt8]) throws(IndexError) -> [UInt8]
  ) -> String? {
    guard let first = try? rewritten(bytes) else { return nil }
    do throws(IndexError) {
      let second = try rewritten(first)
      guard first != second else { return nil }
      let place = zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      return "a written file of \(first.count) bytes, read and written again, has"
        + " \(second.count) bytes, other ones from byte \(place ?? -1)"
    } catch {
      return "a written file cannot be read: \(error)"
    }
  }
}
