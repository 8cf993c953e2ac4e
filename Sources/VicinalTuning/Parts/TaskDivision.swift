import VicinalCore

/// How the vectors of a distributed build are divided: into indexes that are kept, and each of those
/// into tasks that fill a copy of the trained index with consecutive vectors.
///
/// Indexes hold the same vectors as those of a build on one machine (``IndexParts/ranges(_:parts:)``).
/// The number of tasks is AutoFaiss's: one fewer than executors, but at least one for every ten million
/// vectors and one for each index.
public struct TaskDivision: Sendable, Equatable, Codable {
  /// The vectors of each task, for each index that is kept; consecutive, none empty.
  public let parts: [[Range<Int>]]

  /// Vectors of a task at most, in AutoFaiss.
  public static let mostRows = 10_000_000

  /// Files that are merged at once at most, so that the tables of their lists stay small.
  public static let mergedFiles = 100

  /// Divides vectors.
  ///
  /// - Parameters:
  ///   - count: Vectors, at least 1.
  ///   - parts: Indexes to keep; fewer where there are fewer vectors.
  ///   - executors: Processes of the cluster, the driver among them.
  ///   - mostRows: Vectors of a task, about: what fits the memory.
  ///   - isMergeable: Whether indexes can be put together; otherwise each is filled by one task.
  public init(
    _ count: Int, parts: Int, executors: Int, mostRows: Int = Self.mostRows,
    isMergeable: Bool = true
  ) {
    let ranges = IndexParts.ranges(count, parts: parts)
    let most = max(1, mostRows)
    let wanted = max(executors - 1, (count + most - 1) / most, ranges.count)
    let tasks = IndexParts.ranges(max(1, min(count, wanted)), parts: ranges.count)
    self.parts = zip(ranges, tasks).map { range, tasks in
      guard isMergeable else { return [range] }
      let least = (range.count + most - 1) / most
      return IndexParts.ranges(range.count, parts: max(tasks.count, least)).map {
        range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound
      }
    }
  }

  /// All tasks, in the order of their vectors.
  public var tasks: [Range<Int>] { Array(parts.joined()) }

  /// Files of each index at every level of merging: first those of the tasks, at the end one.
  public var levels: [[Int]] {
    var levels = [parts.map(\.count)]
    while let files = levels.last, files.contains(where: { $0 > 1 }) {
      levels.append(files.map { ($0 + Self.mergedFiles - 1) / Self.mergedFiles })
    }
    return levels
  }

  /// What is merged at a level.
  ///
  /// - Parameter level: 1 ..< `levels.count`.
  /// - Returns: For each file of the level the numbers of files of the level below, consecutive.
  public func merges(at level: Int) -> [Range<Int>] {
    let levels = levels
    guard level > 0, level < levels.count else { return [] }
    var first = 0
    var merges: [Range<Int>] = []
    for (inputs, outputs) in zip(levels[level - 1], levels[level]) {
      merges += IndexParts.ranges(inputs, parts: outputs).map {
        first + $0.lowerBound..<first + $0.upperBound
      }
      first += inputs
    }
    return merges
  }
}
