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
  /// Where in the plan each of ``queries`` comes to the list.
  private(set) var places: [Int] = []

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
    // List, query and rank in one word: that sorts fast. They fit: lists are fewer than 2³¹, and a plan of
    // so many queries and ranks that the other bits overflowed would take terabytes itself.
    let shift = UInt64(max(1, listCount)).leadingZeroBitCount
    let rankBits = Int.bitWidth - ranks.count.leadingZeroBitCount
    var visits: [UInt64] = []
    visits.reserveCapacity(members.count * ranks.count)
    for query in 0..<members.count {
      for rank in 0..<ranks.count {
        let list = plan.lists[(members.lowerBound + query) * plan.probes + ranks.lowerBound + rank]
        guard list >= 0, list < listCount else { continue }
        visits.append(UInt64(list) << shift | UInt64(query << rankBits | rank))
      }
    }
    // A single query comes to its lists nearest first.
    if members.count > 1 { Self.sort(&visits, listCount: listCount, shift: shift) }
    queries.reserveCapacity(visits.count)
    places.reserveCapacity(visits.count)
    runs.reserveCapacity(min(visits.count, listCount))
    for visit in visits {
      let (list, number) = (Int(visit >> shift), Int(visit & (1 << shift - 1)))
      let (query, rank) = (number >> rankBits, number & (1 << rankBits - 1))
      let place = (members.lowerBound + query) * plan.probes + ranks.lowerBound + rank
      let count = plan.count(at: place, of: sizes(list))
      guard count > 0 else { continue }
      if let last = runs.last, last.list == list, last.count == count {
        runs[runs.count - 1].end += 1
      } else {
        runs.append(Run(list: list, count: count, first: queries.count, end: queries.count + 1))
      }
      queries.append(Int32(truncatingIfNeeded: query))
      places.append(place)
    }
  }

  /// Sorts by list, then by query: they come in the order of queries.
  private static func sort(_ visits: inout [UInt64], listCount: Int, shift: Int) {
    // For few visits of many lists, counting would look at more lists than there are visits.
    guard listCount <= 4 * visits.count else { return visits.sort() }
    var starts = [Int32](repeating: 0, count: listCount + 1)
    for visit in visits { starts[Int(visit >> shift) + 1] += 1 }
    for list in 0..<listCount { starts[list + 1] += starts[list] }
    let unsorted = visits
    for visit in unsorted {
      let list = Int(visit >> shift)
      visits[Int(starts[list])] = visit
      starts[list] += 1
    }
  }
}
