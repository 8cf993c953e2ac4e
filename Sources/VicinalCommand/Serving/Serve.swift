import ArgumentParser
import Foundation
import Vicinal
import VicinalService

/// `vicinal serve`: the search service.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Serves vectors to many clients over ØMQ: search, add, update, delete; nothing is lost.",
    discussion: """
      Takes the messages of Maestro's FAISS module as they are: JSON, json_tricks, pickle and zlib \
      pickle; and raw frames, the fast path.

      A setting comes from its flag, else from the environment (VICINAL_ and the name in capitals, \
      VICINAL_DATA_DIR; NB_MATCHING and LOG_LEVEL as well), else from the file of --config, a JSON \
      record (data_dir, …), else it has its default. --print-config shows all of them.
      """)

  @Option(help: "The folder of the store. It is made if it is missing.")
  var dataDir: String?

  @Option(help: "ØMQ addresses, with commas between (default: tcp://127.0.0.1:14000).")
  var bind: String?

  @Option(
    help: """
      The file of the service's secret key, of vicinal keys: messages are encrypted (CURVE), and only \
      clients that know the public key are answered.
      """)
  var curveSecretKeyFile: String?

  @Option(help: "A file of public keys, one a line: only these clients may connect.")
  var curveClients: String?

  @Option(help: "l2, ip or cosine (default: l2).")
  var metric: String?

  @Option(
    help: """
      auto: exact while there are few vectors, then what measuring finds best; flat: always exact; or \
      a factory string such as HNSW32 (default: auto).
      """)
  var index: String?

  @Option(help: "From so many vectors on auto looks for another index than flat (default: 50000).")
  var autoFrom: String?

  @Option(help: "So many vectors must be new or gone before they are merged (default: 10000).")
  var mergeVectors: String?

  @Option(help: "Threads that build indexes in the background (default: half of the processors).")
  var mergeThreads: String?

  @Option(help: "Memory of an index that auto chooses (default: 16G).")
  var indexMemory: String?

  @Option(help: "Share of the true neighbours that searches should find (default: 0.95).")
  var targetRecall: String?

  @Option(
    help: "Seconds between snapshots; 0 for after merges and at the end only (default: 3600).")
  var snapshotInterval: String?

  @Option(
    name: [.customShort("k"), .customLong("k")],
    help: "Neighbours per query where a request says nothing (default: 10).")
  var neighbours: String?

  @Option(help: "Threads that decode and answer; 0 for the processors and three more (default: 0).")
  var workers: String?

  @Option(
    help: """
      When an answered change is on stable storage: sync, before the answer; interval, within about \
      a second; none, when the system likes (default: sync).
      """)
  var durability: String?

  @Option(help: "trace, debug, info, notice, warning, error or critical (default: info).")
  var logLevel: String?

  @Option(help: "A folder for the log beside standard error.")
  var logDir: String?

  @Option(help: "Bytes of a message (default: 67108864).")
  var maxMessageBytes: String?

  @Option(help: "Vectors in a request (default: 1000000).")
  var maxVectors: String?

  @Option(help: "Numbers in a vector (default: 65536).")
  var maxDimension: String?

  @Option(help: "Neighbours that a request may ask for (default: 10000).")
  var maxK: String?

  @Option(help: "Requests waiting for their answers; more are told to try again (default: 10000).")
  var maxRequests: String?

  @Option(help: "Bytes of the requests waiting for their answers (default: 1073741824).")
  var maxRequestBytes: String?

  @Option(help: "A file of settings, a JSON record.")
  var config: String?

  @Flag(help: "Print the settings and where each comes from, as JSON, and end.")
  var printConfig = false

  private var flags: [String: String] {
    let given = [
      "data-dir": dataDir, "bind": bind, "curve-secret-key-file": curveSecretKeyFile,
      "curve-clients": curveClients, "metric": metric, "index": index, "auto-from": autoFrom,
      "merge-vectors": mergeVectors, "merge-threads": mergeThreads, "index-memory": indexMemory,
      "target-recall": targetRecall, "snapshot-interval": snapshotInterval, "k": neighbours,
      "workers": workers,
      "durability": durability, "log-level": logLevel, "log-dir": logDir,
      "max-message-bytes": maxMessageBytes, "max-vectors": maxVectors,
      "max-dimension": maxDimension, "max-k": maxK, "max-requests": maxRequests,
      "max-request-bytes": maxRequestBytes,
    ]
    return given.compactMapValues { $0 }
  }

  func run() throws {
    var file: Data?
    if let config {
      do { file = try Data(contentsOf: URL(filePath: config)) } catch {
        throw IndexError(.fileSystem, "cannot read \(config): \(error.localizedDescription)")
      }
    }
    let sources = try SettingSources(
      flags: flags, environment: ProcessInfo.processInfo.environment, file: file)
    if printConfig {
      try Output.json(
        sources.values.mapValues { Setting(value: $0.text, source: $0.source) })
      // What is wrong with them is told as when it begins, but for a folder that is still to be named.
      if sources.values["data-dir"]?.text.isEmpty == false { _ = try sources.settings() }
      return
    }
    try SearchService(sources.settings()).runUntilSignal()
  }

  private struct Setting: Encodable {
    var value: String
    var source: String
  }
}
