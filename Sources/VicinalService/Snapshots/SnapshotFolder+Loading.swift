import Foundation
import Logging
package import VicinalCore
import VicinalIndexes
import VicinalStorage

extension SnapshotFolder {
  /// The state after the last change of the store, from the newest snapshot that is whole, and what
  /// the store holds beyond it.
  ///
  /// - Returns: `nil` if there is none.
  package func load(_ store: VectorStore) throws(IndexError) -> VersionState? {
    let head: StoreHead
    do { head = try store.head() } catch {
      throw IndexError(.corruptFile, "the store cannot be read: \(error)")
    }
    for manifest in manifests() {
      do throws(IndexError) {
        let state = try load(manifest, store, head)
        if let version = state.version {
          let url = URL(filePath: path + "/" + manifest.name)
          let written = try? url.resourceValues(forKeys: [.contentModificationDateKey])
            .contentModificationDate
          remember(version, manifest, at: written ?? Date())
        }
        clean()
        return state
      } catch {
        logger.warning("the snapshot \(manifest.name) is not used: \(error.message)")
        remove(manifest.name)
      }
    }
    clean()
    return nil
  }

  private func load(
    _ manifest: SnapshotManifest, _ store: VectorStore, _ head: StoreHead
  ) throws(IndexError) -> VersionState {
    guard manifest.store == head.identity, manifest.metric == metric.rawValue,
      manifest.dimension == head.dimension, manifest.sequence <= head.sequence,
      let epoch = manifest.epoch, epoch == head.epochs.token(of: manifest.sequence)
    else {
      throw IndexError(
        .corruptFile,
        "it is of another store, metric or dimension, of a time that the store does not know, or"
          + " of changes that its copy got")
    }
    do {
      let main = try main(of: manifest, store)
      var places: [Int64: Int] = [:]
      var delta = try delta(of: manifest, after: main?.sequence ?? -1, store, &places)
      try store.readChanged(
        after: manifest.sequence, dimension: head.dimension, batch: 4096
      ) { ids, values in
        try delta.add(
          ids, metric.prepared(values, dimension: head.dimension), places: &places)
      }
      let version = IndexVersion(
        dimension: head.dimension, metric: metric, sequence: head.sequence, main: main,
        delta: delta)
      guard version.count == head.count else {
        throw IndexError(
          .corruptFile, "with it there are \(version.count) vectors, the store has \(head.count)")
      }
      return VersionState(version: version, places: places, sequence: head.sequence)
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.corruptFile, "the store cannot be read: \(error)")
    }
  }

  /// Reads the id map of a file that is as it was written.
  private func read(
    _ file: SnapshotFile, _ manifest: SnapshotManifest, isAccelerated: Bool
  ) throws(IndexError) -> IDMapIndex {
    let (bytes, checksum) = try Self.checksum(of: path + "/" + file.name)
    guard bytes == file.bytes, checksum == file.checksum else {
      throw IndexError(
        .corruptFile,
        "\(file.name) is damaged: expected \(file.bytes) bytes with the check \(file.checksum),"
          + " got \(bytes) with \(checksum)")
    }
    var options = IndexFile.ReadOptions()
    options.isAccelerated = isAccelerated
    guard let map = try IndexFile.read(path + "/" + file.name, options: options) as? IDMapIndex,
      map.dimension == manifest.dimension, map.metric == metric.indexMetric
    else { throw IndexError(.corruptFile, "\(file.name) holds another index than it says") }
    return map
  }

  private func main(
    of manifest: SnapshotManifest, _ store: VectorStore
  ) throws -> MainIndex? {
    guard let file = manifest.main, let facts = manifest.facts else { return nil }
    let map = try read(file, manifest, isAccelerated: facts.isAccelerated)
    var index = map.inner
    try KnobSettings(parsing: facts.parameters).apply(to: &index)
    var main = try MainIndex(index, ids: map.ids, sequence: file.sequence, facts: facts)
    // Rows that were not changed since are live. If there are as many, these are all.
    let count = try store.count(after: -1, through: file.sequence)
    guard count <= map.ids.count else { throw Self.strange(file) }
    if count < map.ids.count {
      try main.keepLive { try store.forEachID(after: -1, through: file.sequence, $0) }
    }
    return main
  }

  private func delta(
    of manifest: SnapshotManifest, after sequence: Int64, _ store: VectorStore,
    _ places: inout [Int64: Int]
  ) throws -> DeltaIndex {
    guard let file = manifest.delta else {
      return DeltaIndex(dimension: manifest.dimension, metric: metric)
    }
    let map = try read(file, manifest, isAccelerated: true)
    guard let flat = map.inner as? FlatIndex else { throw Self.strange(file) }
    var delta = DeltaIndex(flat: flat, ids: map.ids)
    for (place, id) in map.ids.enumerated() { places[id] = place }
    guard places.count == map.ids.count else { throw Self.strange(file) }
    var kept = Set<Int64>()
    try store.forEachID(after: sequence, through: file.sequence) { id in
      guard places[id] != nil else { throw Self.strange(file) }
      kept.insert(id)
    }
    try delta.remove(map.ids.filter { !kept.contains($0) }, places: &places)
    return delta
  }

  private static func strange(_ file: SnapshotFile) -> IndexError {
    IndexError(.corruptFile, "\(file.name) and the store differ about the vectors there were")
  }
}
