import Testing
import VicinalTuning

/// How vectors are divided among indexes and tasks.
struct TaskDivisionTests {
  @Test("any number of tasks covers the vectors, in order, and none is empty (as AutoFaiss)")
  func everyNumberOfTasks() {
    for count in 2..<500 {
      for tasks in 1..<count {
        let division = TaskDivision(count, parts: 1, executors: tasks + 1)
        #expect(division.tasks.count == tasks, "\(count) vectors, \(tasks) tasks")
        var next = 0
        for task in division.tasks {
          guard task.lowerBound == next, !task.isEmpty else {
            Issue.record("\(task) of \(count) vectors in \(tasks) tasks")
            return
          }
          next = task.upperBound
        }
        #expect(next == count)
        let sizes = division.tasks.map(\.count)
        #expect(sizes == sizes.sorted(by: >) && sizes[0] - sizes[sizes.count - 1] <= 1)
      }
    }
  }

  @Test(
    "indexes hold what they hold on one machine",
    arguments: [(10, 3, 1), (11, 3, 9), (7, 7, 2), (3, 9, 1), (1000, 4, 7), (1, 1, 5)])
  func sameParts(count: Int, parts: Int, executors: Int) {
    let division = TaskDivision(count, parts: parts, executors: executors)
    let held = division.parts.map { $0[0].lowerBound..<$0[$0.count - 1].upperBound }
    #expect(held == IndexParts.ranges(count, parts: parts))
    #expect(division.tasks.count == max(min(count, executors - 1), min(count, parts)))
  }

  @Test("no task has more vectors than fit")
  func tasksFit() {
    for (count, parts, most) in [(100, 1, 7), (101, 3, 7), (25, 4, 1), (30_000_001, 1, 10_000_000)]
    {
      let division = TaskDivision(count, parts: parts, executors: 1, mostRows: most)
      #expect(division.tasks.allSatisfy { $0.count <= most && !$0.isEmpty })
      #expect(division.tasks.reduce(0) { $0 + $1.count } == count)
    }
  }

  @Test("what cannot be put together has one task for each index")
  func oneTaskEach() {
    let division = TaskDivision(50, parts: 3, executors: 20, mostRows: 4, isMergeable: false)
    #expect(division.tasks == IndexParts.ranges(50, parts: 3))
    #expect(division.levels == [[1, 1, 1]])
  }

  @Test(
    "merging ends in one file for each index, of its own files in their order, few at a time",
    arguments: [(1, 1), (2, 1), (100, 1), (101, 1), (10_001, 1), (350, 3), (1000, 120), (12, 12)])
  func levels(tasks: Int, parts: Int) {
    let division = TaskDivision(tasks, parts: parts, executors: 1, mostRows: 1)
    var files = (0..<tasks).map { [$0] }
    for level in division.levels.indices.dropFirst() {
      let merges = division.merges(at: level)
      #expect(merges.allSatisfy { 1...TaskDivision.mergedFiles ~= $0.count })
      #expect(merges.map(\.lowerBound).first == 0 && merges.last?.upperBound == files.count)
      files = merges.map { files[$0].flatMap { $0 } }
    }
    #expect(files == IndexParts.ranges(tasks, parts: parts).map(Array.init))
    #expect(division.merges(at: 0).isEmpty && division.merges(at: division.levels.count).isEmpty)
  }
}
