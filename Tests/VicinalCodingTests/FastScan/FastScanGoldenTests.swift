import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Fast-scan codes written by faiss")
struct FastScanGoldenTests {
  static let names = [
    "pq4fs", "pq4fs_ip", "pq4fs_odd_m", "pq4fs_bbs64", "pq4fs_n32", "pq4fs_n33", "ivf_pq4fs",
    "ivf_pq4fs_ip", "ivf_pq4fs_odd_m", "ivf_pq4fs_residual", "ivf_pq4fs_bbs64",
  ]

  /// All lists of a file, searched by selecting.
  private func search(
    _ file: FastScanFile, k: Int, kernels: KernelSet
  ) throws -> [(values: [Float], ids: [Int64])] {
    let scanner = selecting(
      try file.codec.makeScanner(metric: file.metric, options: ScanOptions(), kernels: kernels),
      metric: file.metric, kernels: kernels)
    var collector = TopKCollector(
      k: k, isSimilarity: file.metric.isSimilarity, kernels: kernels)
    return file.queries.map { query in
      scanner.begin(query: query.span)
      for (number, list) in file.lists.enumerated() where list.codes.count > 0 {
        if file.isResidual {
          scanner.enter(cell: number, centroid: list.centroid.span, distance: .nan)
        }
        var rows = [Int32](repeating: 0, count: list.codes.count)
        var values = [Float](repeating: 0, count: list.codes.count)
        var rowSpan = rows.mutableSpan
        var valueSpan = values.mutableSpan
        let left = scanner.select(
          list.codes.bytes.bytes, count: list.codes.count, within: collector.threshold,
          rows: &rowSpan, values: &valueSpan)
        for index in 0..<left { collector.offer(values[index], label: list.ids[Int(rows[index])]) }
      }
      var values = [Float](repeating: 0, count: k)
      var ids = [Int64](repeating: 0, count: k)
      var valueSpan = values.mutableSpan
      var idSpan = ids.mutableSpan
      collector.drain(into: &valueSpan, labels: &idSpan)
      return (values, ids)
    }
  }

  @Test("are searched as faiss searches the decoded vectors", arguments: names)
  func reference(name: String) throws {
    let file = try FastScanFile(name)
    let k = file.reference.ids[0].count
    for level in KernelSet.available {
      let found = try search(file, k: k, kernels: KernelSet(level))
      for (query, result) in found.enumerated() {
        let truth = file.reference.distances[query]
        for place in 0..<k {
          let difference = abs(result.values[place] - truth[place])
          #expect(
            difference <= 1e-4 * (abs(truth[place]) + 0.01),
            "\(name), \(level), query \(query), place \(place)")
          let isTie = truth.indices.contains {
            $0 != place && abs(truth[$0] - truth[place]) <= 1e-4 * abs(truth[place])
          }
          // The last may tie with what did not fit.
          if !isTie, place < k - 1 {
            #expect(
              result.ids[place] == file.reference.ids[query][place],
              "\(name), \(level), query \(query), place \(place)")
          }
        }
      }
    }
  }

  @Test("give nearly the values that faiss's rounded tables give", arguments: names)
  func rounded(name: String) throws {
    let file = try FastScanFile(name)
    let k = file.answers.ids[0].count
    let found = try search(file, k: k, kernels: KernelSet())
    for (query, result) in found.enumerated() {
      let theirs = Dictionary(
        zip(file.answers.ids[query], file.answers.distances[query]), uniquingKeysWith: { a, _ in a }
      )
      let shared = zip(result.ids, result.values).filter { theirs[$0.0] != nil }
      #expect(shared.count >= k - 2, "\(name), query \(query)")
      let scale = file.answers.distances[query].map { abs($0) }.max() ?? 0
      for (id, value) in shared {
        let other = theirs[id] ?? .nan
        #expect(abs(value - other) <= 0.02 * scale, "\(name), query \(query), id \(id)")
      }
    }
  }

  @Test("come out of plain codes again as faiss laid them out", arguments: names)
  func layout(name: String) throws {
    let file = try FastScanFile(name)
    for list in file.lists {
      var again = CodeBlock(codeSize: file.codec.codeSize, layout: file.codec.layout)
      let plain = list.codes.plainCodes()
      again.append(plain.span.rawBytes)
      #expect(again.bytes.count == list.codes.bytes.count, "\(name)")
      #expect(again.plainCodes() == plain)
      let isSame = (0..<again.bytes.count).allSatisfy {
        again.bytes.bytes.byte($0) == list.codes.bytes.bytes.byte($0)
      }
      #expect(isSame, "\(name)")
    }
  }
}
