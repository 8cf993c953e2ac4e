import Dispatch
import Foundation
import Synchronization
import VicinalCore
import VicinalFiles

/// Opens files that were found. Opening a file on a server takes some round trips, so that several
/// are opened at the same time.
struct EmbeddingFileOpening: Sendable {
  /// The column of vectors in parquet files.
  var column: String

  /// Files that are opened at the same time, if they are not mapped.
  private static let width = 16

  /// All files, in the order in which they were found. The first that cannot be opened is the
  /// error, whichever thread was faster.
  func open(_ found: [FileSearch.Found]) throws(IndexError) -> [any EmbeddingFile] {
    guard found.count > 1, found.contains(where: { !isMapped($0) }) else {
      var files: [any EmbeddingFile] = []
      for file in found { files.append(try open(file)) }
      return files
    }
    let work = SharedWork()
    let running = DispatchGroup()
    // Threads that mostly wait: Dispatch's own would be as few as there are processors.
    for _ in 0..<min(Self.width, found.count) {
      running.enter()
      Thread.detachNewThread {
        while let number = work.next(below: found.count) {
          work.finish(number, Result { () throws(IndexError) in try open(found[number]) })
        }
        running.leave()
      }
    }
    running.wait()
    let opened = work.results
    var files: [any EmbeddingFile] = []
    for number in found.indices {
      // Numbers are handed out in order: what was not opened lies behind a failure.
      if let file = try opened[number]?.get() { files.append(file) }
    }
    return files
  }

  private func isMapped(_ file: FileSearch.Found) -> Bool {
    file.location.localPath != nil
      && VectorFile.fileExtension(of: file.name) != ParquetFile.fileExtension
  }

  private func open(_ file: FileSearch.Found) throws(IndexError) -> any EmbeddingFile {
    let suffix = VectorFile.fileExtension(of: file.name)
    if suffix == ParquetFile.fileExtension {
      return try ParquetFile(file.location, size: file.size, column: column)
    }
    guard VectorFile.extensions.contains(suffix) else {
      throw IndexError(
        .unsupported,
        "\(file.name) is not a file of vectors; known are .parquet, .npy, .fvecs, .bvecs and .ivecs"
      )
    }
    if let path = file.location.localPath { return try VectorFile(path: path) }
    return try RemoteVectorFile(file.location, size: file.size)
  }
}

/// Which files are still to be opened, and those that are.
private final class SharedWork: Sendable {
  private struct State {
    var next = 0
    var hasFailed = false
    var results: [Int: Result<any EmbeddingFile, IndexError>] = [:]
  }

  private let state = Mutex(State())

  var results: [Int: Result<any EmbeddingFile, IndexError>] { state.withLock { $0.results } }

  /// The next number, unless all are given out or one failed.
  func next(below count: Int) -> Int? {
    state.withLock { state in
      guard !state.hasFailed, state.next < count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func finish(_ number: Int, _ result: Result<any EmbeddingFile, IndexError>) {
    state.withLock { state in
      if case .failure = result { state.hasFailed = true }
      state.results[number] = result
    }
  }
}
