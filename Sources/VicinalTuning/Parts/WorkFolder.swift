import Foundation
public import VicinalCore

/// The folder beside an index in which an interrupted build leaves what it has done: the trained
/// index, and parts of the filled one.
///
/// Files in it appear when they are complete, and belong to one job, whose fingerprint is in the
/// file `job`.
public struct WorkFolder: Sendable {
  /// The folder.
  public let path: String

  /// Held as long as this value, so that two builds cannot work in one folder.
  private let lock: FileLock

  private static let jobName = "job"
  private static let lockName = "lock"
  private static let header = "vicinal build 1 "

  /// Opens the folder for a job, or makes it.
  ///
  /// - Parameters:
  ///   - path: A local folder.
  ///   - job: The fingerprint of inputs and options.
  ///   - isResuming: Whether what is there may be used; otherwise it is removed.
  /// - Throws: ``IndexError/Code/invalidArgument`` if it holds another job and `isResuming`,
  ///   ``IndexError/Code/fileSystem`` if another build works in it.
  public init(
    _ path: String, job fingerprint: BuildFingerprint, isResuming: Bool
  ) throws(IndexError) {
    self.path = path
    let job = "\(fingerprint)"
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
    } catch {
      throw IndexError(
        .fileSystem, "cannot make the work folder \(path): \(error.localizedDescription)")
    }
    guard let lock = try FileLock(path + "/" + Self.lockName) else {
      throw IndexError(
        .fileSystem,
        "another build is working in \(path); wait until it ends, or write to another index-path")
    }
    self.lock = lock
    let mine = Self.header + job
    let found = try? String(contentsOfFile: file(Self.jobName), encoding: .utf8)
    if isResuming, let found, found != mine {
      removeLock()
      throw IndexError(
        .invalidArgument,
        "\(path) was left by a build of other embeddings or with other options, so it cannot be"
          + " resumed; repeat that command, or remove the folder")
    }
    if found != mine || !isResuming {
      removeFiles()
      try write(mine, to: file(Self.jobName))
    }
  }

  /// A text that was kept under a name: what was chosen or measured, where that depends on more
  /// than the inputs.
  public func note(_ name: Note) -> String? {
    try? String(contentsOfFile: file(name.rawValue), encoding: .utf8)
  }

  /// Keeps a text.
  public func keep(_ text: String, as name: Note) throws(IndexError) {
    try write(text, to: file(name.rawValue))
  }

  /// What is kept beside indexes.
  public enum Note: String, Sendable, CaseIterable {
    /// The index that was chosen, as JSON.
    case choice
    /// Search parameters that were measured.
    case parameters
  }

  private func write(_ text: String, to path: String) throws(IndexError) {
    let output = try ReplacementFile(replacing: path)
    try output.write(Array(text.utf8).span.rawBytes)
    try output.commit()
  }

  /// The trained index without vectors.
  var trained: String { file("trained.index") }

  /// All parts in one file.
  var whole: String { file("whole.index") }

  /// One part.
  func part(_ number: Int) -> String {
    let digits = String(number)
    return file(
      "part-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".index")
  }

  /// A mark that something outside the folder is done.
  func mark(_ number: Int) -> String { file("done-\(number)") }

  /// Sets a mark.
  func set(_ mark: String) throws(IndexError) { try write("", to: mark) }

  /// Whether a file is complete.
  func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Removes our files, and the folder if nothing else is in it.
  public func remove() {
    removeFiles()
    removeLock()
    let rest = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? ["?"]
    if rest.isEmpty { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Removes one file.
  func remove(_ file: String) { try? FileManager.default.removeItem(atPath: file) }

  private func removeFiles() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in names where Self.isOurs(name) { remove(file(name)) }
  }

  /// Removes the lock last: until then nobody else may come in.
  private func removeLock() { remove(file(Self.lockName)) }

  private static func isOurs(_ name: String) -> Bool {
    [jobName, "trained.index", "whole.index"].contains(name) || Note(rawValue: name) != nil
      || name.wholeMatch(of: #/part-\d{6,}\.index|done-\d+|\.vicinal-\w+-\w+\.partial/#) != nil
  }

  private func file(_ name: String) -> String { path + "/" + name }
}
