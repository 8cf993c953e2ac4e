import Foundation
package import Logging
import Synchronization
import VicinalCore
import VicinalIndexes
import VicinalMessages
import VicinalStorage

/// The snapshots of a service: its main index and the vectors beside it in faiss's format, with the
/// number of the last change that they contain.
///
/// A snapshot only saves time. The store is the truth: a snapshot that is missing, damaged or of
/// another store is not used, and the index is made from the store. The last two are kept.
package final class SnapshotFolder: Sendable {
  let path: String
  let metric: ServiceMetric
  /// The store whose vectors are saved.
  let store: Int64
  private let epochs: StoreEpochs
  let logger: Logger
  private let state = Mutex(State())

  private struct State {
    /// The file of the main index that was saved or loaded last.
    var main: (identity: UInt64, file: SnapshotFile)?
    var last: (sequence: Int64, main: UInt64?, at: Date)?
  }

  /// Snapshots that are kept.
  static let kept = 2

  /// - Parameter store: What the store says of itself since it was opened.
  package init(_ path: String, metric: ServiceMetric, store: StoreHead, logger: Logger) {
    self.path = path
    self.metric = metric
    self.store = store.identity
    epochs = store.epochs
    self.logger = logger
  }

  /// The sequence of the last snapshot, and how many seconds ago it was written.
  package var last: (sequence: Int64, age: Double)? {
    state.withLock { $0.last.map { ($0.sequence, -$0.at.timeIntervalSinceNow) } }
  }

  func remember(_ version: IndexVersion, _ manifest: SnapshotManifest, at: Date) {
    state.withLock { state in
      if let main = version.main, let file = manifest.main {
        state.main = (main.identity, file)
      }
      state.last = (manifest.sequence, version.main?.identity, at)
    }
  }

  /// Whether the last snapshot is of this version.
  func holds(_ version: IndexVersion) -> Bool {
    state.withLock {
      $0.last?.sequence == version.sequence && $0.last?.main == version.main?.identity
    }
  }

  /// Whether the main index of a version is saved.
  func holdsMain(of version: IndexVersion) -> Bool {
    guard let main = version.main else { return true }
    return state.withLock { $0.main?.identity == main.identity }
  }

  // MARK: Writing

  /// Saves a version, unless that is done. One thread at a time.
  ///
  /// - Parameter isCancelled: Asked now and then.
  /// - Throws: ``IndexError/Code/fileSystem``, ``IndexError/Code/cancelled``; older snapshots are
  ///   as before.
  func write(
    _ version: IndexVersion, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(IndexError) {
    guard !holds(version) else { return }
    try makeFolder()
    let execution = Execution(isCancelled: {
      do { try Failpoint.reach(.snapshotWriting) } catch { return true }
      return isCancelled()
    })
    var main: SnapshotFile?
    if let index = version.main {
      main = state.withLock { $0.main?.identity == index.identity ? $0.main?.file : nil }
      if main == nil {
        main = try write(
          IDMapIndex(stored: index.index, ids: index.ids.ids, isReversible: false), "main",
          index.sequence, execution)
      }
    }
    var delta: SnapshotFile?
    if version.deltaCount > 0 {
      delta = try write(
        IDMapIndex(
          stored: version.delta.flat, ids: version.delta.ids.all, isReversible: false), "delta",
        version.sequence, execution)
    }
    try Failpoint.reach(.snapshotFiles)
    let manifest = SnapshotManifest(
      store: store, epoch: epochs.token(of: version.sequence), metric: metric, version: version,
      main: main, delta: delta)
    do {
      let bytes = try manifest.encoded()
      let file = try ReplacementFile(replacing: path + "/" + manifest.name)
      try file.write(bytes.span.rawBytes)
      try Failpoint.reach(.snapshotRename)
      try execution.checkCancellation()
      try file.commit()
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.fileSystem, "cannot write \(path)/\(manifest.name): \(error)")
    }
    remember(version, manifest, at: Date())
    try Failpoint.reach(.snapshotWritten)
    clean()
  }

  private func write(
    _ index: IDMapIndex, _ part: String, _ sequence: Int64, _ execution: Execution
  ) throws(IndexError) -> SnapshotFile {
    // A name of its own: nothing that a snapshot consists of is ever written over.
    let number = String(UInt64.random(in: 0 ... .max), radix: 36)
    let name = "\(sequence)-\(part)-\(number).index"
    try IndexFile.write(index, to: path + "/" + name, execution: execution)
    let (bytes, checksum) = try Self.checksum(of: path + "/" + name)
    return SnapshotFile(name: name, bytes: bytes, checksum: checksum, sequence: sequence)
  }

  /// The length and the check of a file.
  static func checksum(of path: String) throws(IndexError) -> (Int, UInt32) {
    let file = try MappedFile(path: path)
    file.expectSequentialReading()
    var sum: UInt32 = 0
    let piece = 16 << 20
    for first in stride(from: 0, to: file.count, by: piece) {
      let range = first..<min(file.count, first + piece)
      sum = Checksum.crc32(file.bytes.extracting(range), after: sum)
      file.discard(range)
    }
    return (file.count, sum)
  }

  private func makeFolder() throws(IndexError) {
    let manager = FileManager.default
    let attributes = try? manager.attributesOfItem(atPath: path)
    if let type = attributes?[.type] as? FileAttributeType, type != .typeDirectory {
      logger.warning("removing what is in the place of the folder of snapshots")
      try? manager.removeItem(atPath: path)
    }
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw IndexError(.fileSystem, "cannot make the folder \(path): \(error)")
    }
  }

  // MARK: What is there

  /// Manifests by their sequence, newest first; those that cannot be used are removed.
  func manifests() -> [SnapshotManifest] {
    var found: [SnapshotManifest] = []
    for name in names() where name.hasSuffix(SnapshotManifest.suffix) {
      do throws(IndexError) {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path + "/" + name)) } catch {
          throw IndexError(.fileSystem, "\(name) cannot be read")
        }
        let manifest = try SnapshotManifest([UInt8](data), named: name)
        guard manifest.name == name else {
          throw IndexError(.corruptFile, "\(name) says that it is \(manifest.name)")
        }
        found.append(manifest)
      } catch {
        logger.warning("a snapshot is not used: \(error.message)")
        remove(name)
      }
    }
    return found.sorted { $0.sequence > $1.sequence }
  }

  private func names() -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
  }

  func remove(_ name: String) {
    do { try FileManager.default.removeItem(atPath: path + "/" + name) } catch {
      logger.warning("\(path)/\(name) cannot be removed: \(error)")
    }
  }

  /// Removes everything, so that what is more important has room.
  ///
  /// - Returns: Whether there was something.
  func removeAll() -> Bool {
    let names = names()
    for name in names { remove(name) }
    state.withLock { $0 = State() }
    return !names.isEmpty
  }

  /// Removes all but the last snapshots and their files.
  func clean() {
    let kept = manifests().prefix(Self.kept)
    var wanted = Set(kept.map(\.name))
    for manifest in kept {
      if let main = manifest.main { wanted.insert(main.name) }
      if let delta = manifest.delta { wanted.insert(delta.name) }
    }
    for name in names() where !wanted.contains(name) { remove(name) }
  }
}

extension IndexVersion {
  /// About how many bytes a snapshot would write.
  func unsavedBytes(beside snapshots: SnapshotFolder) -> Int {
    if snapshots.holds(self) { return 0 }
    let main = snapshots.holdsMain(of: self) ? 0 : self.main?.index.byteCount ?? 0
    return main + deltaCount * (dimension * 4 + 8)
  }
}
