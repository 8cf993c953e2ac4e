import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Product quantizer: codes that faiss wrote")
struct PQGoldenTests {
  static let flat = [
    "pq8x4", "pq8x5", "pq4x1", "pq4x3", "pq4x6", "pq4x8", "pq4x8_ip", "pq2x12", "pq_polysemous",
  ]

  @Test("decode to faiss's vectors", arguments: flat + ["pq_object"])
  func decode(name: String) throws {
    let file = try PQFile.load(name)
    let codes = file.sideCar.codec.codes.flatMap(\.hexBytes)
    let found = try file.quantizer.vectors(codes).values
    let truth = file.sideCar.codec.vectors.flatMap { $0 }
    #expect(found.count == truth.count && !truth.isEmpty)
    for (a, b) in zip(found, truth) { #expect(abs(a - b) <= 2e-7 * abs(b), "\(name)") }
  }

  @Test("are those we make of the same vectors", arguments: flat)
  func encode(name: String) throws {
    let file = try PQFile.load(name)
    let input = try #require(file.sideCar.codec.input).flatMap { $0 }
    for level in KernelSet.available {
      let codes = try file.quantizer.codes(
        Vectors(input, dimension: file.sideCar.d), Execution(kernels: level))
      #expect(codes == file.sideCar.codec.codes.flatMap(\.hexBytes), "\(name), \(level)")
    }
  }

  @Test("have faiss's distances", arguments: flat)
  func search(name: String) throws {
    let file = try PQFile.load(name)
    let search = try #require(file.sideCar.searches?.first)
    #expect((name == "pq_polysemous") == (file.options.searchType == .polysemous))
    for level in KernelSet.available {
      let scanner = try file.quantizer.makeScanner(
        metric: file.metric, options: file.options, kernels: KernelSet(level))
      for (number, query) in (file.sideCar.queries ?? []).enumerated() {
        scanner.begin(query: query.span)
        let values = scanner.scan(file.codes, count: file.sideCar.ntotal ?? 0)
        expect(
          values, ids: search.ids[number], distances: search.distances[number], file,
          "\(name), \(level)")
      }
    }
  }

  @Test(
    "relative to centroids have faiss's distances, with and without prepared tables",
    arguments: ["ivf_pq", "ivf_pq_ip", "ivf_pq5"], [false, true])
  func residuals(name: String, isPrepared: Bool) throws {
    let file = try PQFile.load(name)
    // The last search visits all lists.
    let search = try #require(file.sideCar.searches?.last)
    var quantizer = file.quantizer
    let dimension = quantizer.dimension
    let centroids = Vectors(file.centroids, dimension: dimension)
    if isPrepared {
      try quantizer.prepareTables(centroids)
      #expect(quantizer.residualTables != nil && quantizer.byteCount > file.quantizer.byteCount)
    }
    let scanner = try quantizer.makeScanner(
      metric: file.metric, options: ScanOptions(), kernels: KernelSet())
    for (number, query) in (file.sideCar.queries ?? []).enumerated() {
      var found: [Int64: Float] = [:]
      scanner.begin(query: query.span)
      for (cell, list) in file.lists.enumerated() where !list.ids.isEmpty {
        let centroid = Array(centroids[cell])
        let distance = file.metric.value(query[...], centroid[...])
        scanner.enter(
          cell: cell, centroid: centroid.span,
          distance: cell.isMultiple(of: 2) ? .nan : Float(distance))
        let values = scanner.scan(list.codes, count: list.ids.count)
        for (id, value) in zip(list.ids, values) { found[id] = value }
      }
      for (id, distance) in zip(search.ids[number], search.distances[number]) where id >= 0 {
        let value = try #require(found[id])
        #expect(abs(value - distance) <= 2e-5 * max(1, abs(distance)), "\(name), id \(id)")
      }
      let better = found.values.count {
        file.metric.isBetter($0, than: search.distances[number][9])
      }
      #expect(better <= 10, "\(name), query \(number)")
    }
  }

  private func expect(
    _ values: [Float], ids: [Int64], distances: [Float], _ file: PQFile, _ context: String
  ) {
    for (id, distance) in zip(ids, distances) where id >= 0 {
      #expect(abs(values[Int(id)] - distance) <= 1e-5 * max(1, abs(distance)), "\(context)")
    }
    let last = distances[distances.count - 1]
    let slack: Float = 1e-5 * abs(last)
    let better = values.count {
      file.metric.isBetter($0, than: file.metric.isSimilarity ? last + slack : last - slack)
    }
    #expect(better < distances.count, "\(context)")
  }
}
