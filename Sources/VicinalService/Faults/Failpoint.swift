import Foundation
import Synchronization
import VicinalCore

/// Places where a test may make the service fail: `VICINAL_FAILPOINT=name`, `name:error`,
/// `name:sleep-250`, each with `@3` behind it for the third time that it is reached only.
///
/// Without an action the process ends at once, as by `kill -9`. Nothing happens unless the variable
/// is set when the process begins.
enum Failpoint: String, CaseIterable {
  /// A change was found to be right; nothing is stored yet.
  case beforeCommit = "before-commit"
  /// A change is stored; searches do not see it and nobody was answered.
  case afterCommit = "after-commit"
  /// Searches see a change; nobody was answered.
  case beforeAnswer = "before-answer"
  /// A merge has read the vectors.
  case mergeRead = "merge-read"
  /// A merge has made its index; what changed meanwhile is not in it yet.
  case mergeBuilt = "merge-built"
  /// A merged index is complete; searches still use the one before.
  case mergePublish = "merge-publish"
  /// Searches use a merged index; no snapshot holds it.
  case mergePublished = "merge-published"
  /// In the middle of a file of a snapshot.
  case snapshotWriting = "snapshot-writing"
  /// The files of a snapshot are there; what names them is not.
  case snapshotFiles = "snapshot-files"
  /// What names the files of a snapshot is written, under another name yet.
  case snapshotRename = "snapshot-rename"
  /// A snapshot is complete; older ones are not removed.
  case snapshotWritten = "snapshot-written"

  /// What happens where.
  private struct Setting: Sendable {
    var point: Failpoint
    var action: String
    var turn: Int
  }

  private static let setting: Setting? = {
    guard let text = ProcessInfo.processInfo.environment["VICINAL_FAILPOINT"] else { return nil }
    let parts = text.split(separator: "@", maxSplits: 1)
    let sides = (parts.first ?? "").split(separator: ":", maxSplits: 1).map(String.init)
    guard let name = sides.first, let point = Failpoint(rawValue: name) else { return nil }
    return Setting(
      point: point, action: sides.count > 1 ? sides[1] : "kill",
      turn: parts.count > 1 ? Int(parts[1]) ?? 1 : 0)
  }()

  private static let turns = TurnCounter()

  /// Fails here, if this is the place.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` for the action `error`.
  static func reach(_ point: Failpoint) throws(IndexError) {
    guard let setting, setting.point == point else { return }
    let turn = turns.next()
    guard setting.turn == 0 || setting.turn == turn else { return }
    switch setting.action {
    case "error": throw IndexError(.fileSystem, "the failpoint \(point.rawValue) was reached")
    case let action where action.hasPrefix("sleep-"):
      Thread.sleep(forTimeInterval: (Double(action.dropFirst(6)) ?? 0) / 1000)
    default: kill(getpid(), SIGKILL)
    }
  }
}

private final class TurnCounter: Sendable {
  private let count = Atomic<Int>(0)

  func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}
