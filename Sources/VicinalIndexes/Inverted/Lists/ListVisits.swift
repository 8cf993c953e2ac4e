/// Which queries of a batch come to which list, list by list.
struct ListVisits {
  /// One list and as many of its vectors as are looked at, by the queries at `first` ..< `end` of
  /// ``queries``.
  struct Run {
    let list: Int
    let count: Int
    let first: Int
    var end: Int
  }

  private(set) var runs: [Run] = []
  private(set) var queries: [Int32] = []

  /// The visits of a plan.
  ///
  /// - Parameters:
  ///   - members: Queries of the plan, which are called 0, 1, … here.
  ///   - ranks: Which of their lists, counted from the nearest.
  ///   - sizes: How many vectors each list has.
  init(
    _ plan: IVFIndex.ProbePlan, of members: Range<Int>, ranks: Range<Int>, listCount: Int,
    sizes: (Int) -> Int
  ) {
    var visits: [UInt64] = []
    visits.reserveCapacity(members.count * ranks.count)
    for (query, member) in members.enumerated() {
      for rank in ranks {
        let list = plan.lists[member * plan.probes + rank]
        guard list >= 0, list < listCount else { continue }
        visits.append(UInt64(list) << 32 | UInt64(query))
      }
    }
    // A single query comes to its lists nearest first.
    if members.count > 1 { Self.sort(&visits, listCount: listCount) }
    queries.reserveCapacity(visits.count)
    runs.reserveCapacity(min(visits.count, listCount))
    let hasLimits = !plan.limits.isEmpty
    for visit in visits {
      let (list, query) = (Int(visit >> 32), Int32(truncatingIfNeeded: visit))
      var count = sizes(list)
      if hasLimits {
        // A query comes to a list once.
        let places = (members.lowerBound + Int(query)) * plan.probes
        let place = places + (ranks.first { plan.lists[places + $0] == Int64(list) } ?? 0)
        count = plan.count(at: place, of: count)
      }
      guard count > 0 else { continue }
      if let last = runs.last, last.list == list, last.count == count {
        runs[runs.count - 1].end += 1
      } else {
        runs.append(Run(list: list, count: count, first: queries.count, end: queries.count + 1))
      }
      queries.append(query)
    }
  }

  /// Sorts by list, then by query: they come in the order of queries.
  private static func sort(_ visits: inout [UInt64], listCount: Int) {
    // For few visits of many lists, counting would look at more lists than there are visits.
    guard listCount <= 4 * visits.count else { return visits.sort() }
    var starts = [Int32](repeating: 0, count: listCount + 1)
    for visit in visits { starts[Int(visit >> 32) + 1] += 1 }
    for list in 0..<listCount { starts[list + 1] += starts[list] }
    let unsorted = visits
    for visit in unsorted {
      let list = Int(visit >> 32)
      visits[Int(starts[list])] = visit
      starts[list] += 1
    }
  }
}
