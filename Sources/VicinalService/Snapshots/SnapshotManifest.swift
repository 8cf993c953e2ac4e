import Foundation
import VicinalCore
import VicinalMessages

/// A file of a snapshot.
struct SnapshotFile: Sendable, Equatable, Codable {
  /// Its name in the folder of snapshots.
  var name: String
  var bytes: Int
  /// CRC-32 of all bytes.
  var checksum: UInt32
  /// The last change that the file contains.
  var sequence: Int64
}

/// What a snapshot consists of: a small file that is written last, so that a snapshot is there as a
/// whole or not at all.
struct SnapshotManifest: Sendable, Equatable, Codable {
  var format = 1
  /// The store whose vectors these are.
  var store: Int64
  var metric: String
  var dimension: Int
  /// The last change that the snapshot contains.
  var sequence: Int64
  /// The token of that change, see ``StoreEpochs``; `nil` in snapshots of earlier versions.
  var epoch: Int64?
  /// The main index and how it came to be; both or none.
  var main: SnapshotFile?
  var facts: MainFacts?
  /// The vectors beside it; `nil` if there are none.
  var delta: SnapshotFile?

  static let suffix = ".snapshot"

  var name: String { "\(sequence)" + Self.suffix }

  /// The bytes of the file: the check of what follows, a line break, JSON.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let text = [UInt8](try encoder.encode(self))
    return Array("\(Checksum.crc32(text.span.rawBytes))\n".utf8) + text
  }

  /// - Throws: ``IndexError/Code/corruptFile`` for anything but a whole file of this kind.
  init(_ bytes: [UInt8], named name: String) throws(IndexError) {
    let parts = bytes.split(separator: 0x0a, maxSplits: 1)
    let text = parts.count == 2 ? Array(parts[1]) : []
    guard parts.count == 2, "\(Checksum.crc32(text.span.rawBytes))".utf8.elementsEqual(parts[0]),
      let found = try? JSONDecoder().decode(SnapshotManifest.self, from: Data(text))
    else { throw IndexError(.corruptFile, "\(name) is damaged or no snapshot") }
    guard found.format == 1 else {
      throw IndexError(.unsupported, "\(name) has format \(found.format), only 1 is known")
    }
    self = found
  }

  init(
    store: Int64, epoch: Int64?, metric: ServiceMetric, version: IndexVersion, main: SnapshotFile?,
    delta: SnapshotFile?
  ) {
    self.store = store
    self.epoch = epoch
    self.metric = metric.rawValue
    dimension = version.dimension
    sequence = version.sequence
    self.main = main
    facts = version.main?.facts
    self.delta = delta
  }
}
