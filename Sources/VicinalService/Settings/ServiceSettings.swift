import Logging
public import VicinalCore
import VicinalMessages
import VicinalTuning

/// What the service is told: where its vectors are, where it listens, how much it takes.
public struct ServiceSettings: Sendable, Equatable {
  /// The folder of the store; one process at a time owns it.
  public var dataFolder: String
  /// ØMQ addresses. Without CURVE, an address that other machines reach is for networks that are
  /// trusted.
  public var addresses: [String]
  /// The file of the service's secret key, which switches CURVE on: only clients that know the
  /// public key are answered, and all messages are encrypted. Empty for none.
  public var curveSecretKeyFile: String
  /// The file of the public keys that may connect; empty if all may that know the service's key.
  public var curveClients: String
  /// `l2`, `ip` or `cosine`.
  public var metric: String
  /// `auto`, `flat` or a factory string: the index that the large part of the vectors is in.
  public var index: String
  /// From so many vectors on `auto` measures whether another index than the flat one is better.
  public var autoFrom: Int
  /// So many vectors must be new, or gone, before they are merged into the index.
  public var smallestMerge: Int
  /// Threads that build indexes in the background; 0 for half of the processors.
  public var mergeThreads: Int
  /// Bytes of an index that `auto` chooses, as a text such as `16G`.
  public var indexMemory: String
  /// Share of the true neighbours that searches should find, above 0, at most 1.
  public var targetRecall: Double
  /// Seconds between snapshots; 0 for only after merges and at the end.
  public var snapshotInterval: Int
  /// Neighbours of each query where a request says nothing; the original's NB_MATCHING.
  public var neighbours: Int
  /// Threads that answer; as many searches as there are processors run on them, the others decode requests.
  public var workers: Int
  /// `sync`, `interval` or `none`: when an answered change is on stable storage.
  public var durability: String
  /// `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
  public var logLevel: String
  /// A folder for the log beside standard error; empty for none.
  public var logFolder: String
  /// Bytes of a message.
  public var largestMessage: Int
  /// Vectors in a request.
  public var largestBatch: Int
  /// Numbers in a vector.
  public var largestDimension: Int
  /// Neighbours that a request may ask for.
  public var largestK: Int
  /// Requests that are taken and not answered; what comes beyond is answered `busy`.
  public var requestsInFlight: Int
  /// Bytes of those requests.
  public var bytesInFlight: Int

  /// Makes settings of texts by name, as ``SettingValue/all`` lists them.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for a value that cannot be.
  public init(_ values: [String: String]) throws(IndexError) {
    func text(_ name: String) -> String {
      values[name] ?? SettingValue.all.first { $0.name == name }?.standard ?? ""
    }
    func oneOf(_ name: String, _ known: [String]) throws(IndexError) -> String {
      let value = text(name).lowercased()
      guard known.contains(value) else {
        throw IndexError(
          .invalidArgument, "\(name) is \(known.joined(separator: ", ")), not \(value)")
      }
      return value
    }
    func number(_ name: String, _ range: ClosedRange<Int>) throws(IndexError) -> Int {
      guard let value = Int(text(name)), range.contains(value) else {
        throw IndexError(
          .invalidArgument,
          "\(name) is a number from \(range.lowerBound) to \(range.upperBound), not \(text(name))")
      }
      return value
    }
    dataFolder = text("data-dir")
    guard !dataFolder.isEmpty else {
      throw IndexError(.invalidArgument, "data-dir is missing: the folder of the store")
    }
    addresses = text("bind").split(separator: ",").map(String.init)
    guard !addresses.isEmpty, addresses.allSatisfy({ $0.contains("://") }) else {
      throw IndexError(
        .invalidArgument,
        "bind is an ØMQ address such as tcp://127.0.0.1:14000, not \(text("bind"))")
    }
    curveSecretKeyFile = text("curve-secret-key-file")
    curveClients = text("curve-clients")
    guard curveClients.isEmpty || !curveSecretKeyFile.isEmpty else {
      throw IndexError(
        .invalidArgument,
        "curve-clients needs curve-secret-key-file, the service's own key; vicinal keys makes one")
    }
    metric = try oneOf("metric", ServiceMetric.allCases.map(\.rawValue))
    index = text("index")
    _ = try IndexWish(parsing: index)
    autoFrom = try number("auto-from", 1...1 << 40)
    smallestMerge = try number("merge-vectors", 1...1 << 40)
    mergeThreads = try number("merge-threads", 0...Execution.largestWorkerCount)
    indexMemory = text("index-memory")
    _ = try MemorySize(parsing: indexMemory)
    snapshotInterval = try number("snapshot-interval", 0...1 << 30)
    guard let recall = Double(text("target-recall")), recall > 0, recall <= 1 else {
      throw IndexError(
        .invalidArgument,
        "target-recall is a number above 0 and at most 1, not \(text("target-recall"))")
    }
    targetRecall = recall
    durability = try oneOf("durability", Durability.allCases.map(\.rawValue))
    let level = text("log-level").lowercased()
    if let known = LogLevelName.ofPython[level] {
      logLevel = known
    } else {
      logLevel = try oneOf("log-level", LogLevelName.known)
    }
    logFolder = text("log-dir")
    neighbours = try number("k", 1...10_000)
    let threads = try number("workers", 0...256)
    workers = threads == 0 ? min(256, ProcessorCount.active + 3) : threads
    largestMessage = try number("max-message-bytes", 1_024...1 << 31)
    largestBatch = try number("max-vectors", 1...100_000_000)
    largestDimension = try number("max-dimension", 1...1 << 20)
    largestK = try number("max-k", 1...1_000_000)
    requestsInFlight = try number("max-requests", 1...1_000_000)
    bytesInFlight = try number("max-request-bytes", 1_024...1 << 40)
    guard bytesInFlight >= largestMessage else {
      throw IndexError(
        .invalidArgument,
        "max-request-bytes, \(bytesInFlight), is less than max-message-bytes, \(largestMessage): such a"
          + " message would never be taken")
    }
  }
}

extension ServiceSettings {
  /// The keys; `nil` without CURVE.
  func curve(_ logger: Logger) throws(IndexError) -> ServiceCurve? {
    guard !curveSecretKeyFile.isEmpty else {
      if !addresses.allSatisfy(Self.staysOnThisMachine) {
        logger.warning(
          "other machines may reach it, and nothing is encrypted; see curve-secret-key-file")
      }
      return nil
    }
    return try ServiceCurve(
      keyFile: curveSecretKeyFile, clientsFile: curveClients.isEmpty ? nil : curveClients,
      logger: logger)
  }

  private static func staysOnThisMachine(_ address: String) -> Bool {
    ["ipc://", "inproc://", "tcp://127.", "tcp://localhost:", "tcp://[::1]:", "tcp://lo:"]
      .contains { address.hasPrefix($0) }
  }

  /// Which index there should be, and when changes are merged into it.
  func mergePolicy() throws(IndexError) -> MergePolicy {
    var policy = MergePolicy()
    policy.wish = try IndexWish(parsing: index)
    policy.autoFrom = autoFrom
    policy.smallest = smallestMerge
    policy.targetRecall = targetRecall
    policy.indexMemory = try MemorySize(parsing: indexMemory).bytes
    if mergeThreads > 0 { policy.threads = mergeThreads }
    return policy
  }
}

/// One setting: its names and what it is where nobody says.
public struct SettingValue: Sendable {
  /// The flag's name without the dashes; in files it has underscores, in the environment it is
  /// `VICINAL_` with capitals.
  public let name: String
  /// Other names in the environment, the original's.
  public let aliases: [String]
  /// The value where nobody says.
  public let standard: String

  /// All settings.
  public static let all: [SettingValue] = [
    SettingValue("data-dir", ""),
    SettingValue("bind", "tcp://127.0.0.1:14000"),
    SettingValue("curve-secret-key-file", ""),
    SettingValue("curve-clients", ""),
    SettingValue("metric", "l2"),
    SettingValue("index", "auto"),
    SettingValue("auto-from", "50000"),
    SettingValue("merge-vectors", "10000"),
    SettingValue("merge-threads", "0"),
    SettingValue("index-memory", "16G"),
    SettingValue("target-recall", "0.95"),
    SettingValue("snapshot-interval", "3600"),
    SettingValue("k", "10", aliases: ["NB_MATCHING"]),
    SettingValue("workers", "0"),
    SettingValue("durability", "sync"),
    SettingValue("log-level", "info", aliases: ["LOG_LEVEL"]),
    SettingValue("log-dir", ""),
    SettingValue("max-message-bytes", "\(64 << 20)"),
    SettingValue("max-vectors", "1000000"),
    SettingValue("max-dimension", "65536"),
    SettingValue("max-k", "10000"),
    SettingValue("max-requests", "10000"),
    SettingValue("max-request-bytes", "\(1 << 30)"),
  ]

  private init(_ name: String, _ standard: String, aliases: [String] = []) {
    self.name = name
    self.standard = standard
    self.aliases = aliases
  }

  /// Names in the environment, the first one counting most.
  public var environmentNames: [String] {
    ["VICINAL_" + name.uppercased().replacing("-", with: "_")] + aliases
  }

  /// The name in a settings file.
  public var fileName: String { name.replacing("-", with: "_") }
}
