import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("RaBitQ beside faiss")
struct RaBitQGoldenTests {
  @Test("all golden files are there")
  func filesAreThere() { #expect(RaBitQGolden.all.count == 9) }

  @Test("gives faiss's distances for faiss's codes", arguments: RaBitQGolden.all)
  func distances(golden: RaBitQGolden) throws {
    guard !golden.isInverted else { return }
    let (codec, codes) = try golden.flat
    let queries = golden.queryVectors
    for level in KernelSet.available {
      for search in golden.searches {
        let scanner = try codec.makeScanner(
          metric: codec.metric, options: ScanOptions(queryBits: search.params["sp_qb"]),
          kernels: KernelSet(level))
        for query in 0..<queries.count {
          var values = [Float](repeating: .nan, count: golden.ntotal)
          var output = values.mutableSpan
          scanner.begin(query: try queries.batch().row(query))
          scanner.scan(codes.span.rawBytes, count: golden.ntotal, into: &output)
          for (id, wanted) in zip(search.ids[query], search.distances[query]) where id >= 0 {
            let isSame = abs(values[Int(id)] - wanted) <= 1e-4 * max(1, abs(wanted))
            #expect(isSame, "\(golden), \(level), \(search.params), query \(query), id \(id)")
          }
          guard golden.bits == 1 else { continue }
          // The k best are those that faiss found.
          let best = values.enumerated().sorted {
            codec.metric.isBetter($0.element, than: $1.element)
          }.prefix(golden.k).map { Int64($0.offset) }
          #expect(Set(best) == Set(search.ids[query]), "\(golden), \(search.params)")
        }
      }
    }
  }

  @Test("decodes faiss's codes as faiss does", arguments: RaBitQGolden.all)
  func decoding(golden: RaBitQGolden) throws {
    for (number, text) in golden.codec.codes.enumerated() {
      let code = RaBitQGolden.hex(text)
      let decoded: [Float]
      if golden.isInverted {
        let codec = try RaBitQuantizer(
          dimension: golden.d, metric: .l2, bits: golden.bits, center: [], isTrained: true)
        let centroid = golden.centroid(Int(code[0]))
        let part = code.span.extracting(droppingFirst: 1)
        decoded = try codec.decode(
          part.rawBytes, around: VectorBatch(centroid.span, dimension: golden.d))
      } else {
        decoded = try golden.flat.codec.decode(code.span.rawBytes)
      }
      for (ours, theirs) in zip(decoded, golden.codec.vectors[number]) {
        #expect(abs(ours - theirs) <= 2e-6 * max(1, abs(theirs)), "\(golden), vector \(number)")
      }
    }
  }

  @Test("encodes as faiss does, up to the choice of extra codes", arguments: RaBitQGolden.all)
  func encoding(golden: RaBitQGolden) throws {
    let signs = (golden.d + 7) / 8
    for (number, text) in golden.codec.codes.enumerated() {
      var theirs = RaBitQGolden.hex(text)
      let input = golden.codec.input[number]
      let batch = try VectorBatch(input.span, dimension: golden.d)
      let ours: [UInt8]
      let origin: [Float]
      if golden.isInverted {
        let codec = try RaBitQuantizer(
          dimension: golden.d, metric: .l2, bits: golden.bits, center: [], isTrained: true)
        let centroid = golden.centroid(Int(theirs.removeFirst()))
        ours = try codec.encode(
          batch, around: VectorBatch(centroid.span, dimension: golden.d), execution: Execution())
        origin = centroid
      } else {
        let codec = try golden.flat.codec
        origin = codec.center
        ours = try codec.encode(batch, execution: Execution())
      }
      #expect(ours.count == theirs.count)
      #expect(ours.prefix(signs) == theirs.prefix(signs), "\(golden), vector \(number)")
      let factors = golden.bits == 1 ? 2 : 3
      for place in 0..<factors {
        let (a, b) = (float(ours, signs + place * 4), float(theirs, signs + place * 4))
        #expect(
          abs(a - b) <= 2e-5 * max(1, abs(b)), "\(golden), vector \(number), factor \(place)")
      }
      guard golden.bits > 1 else { continue }
      let sum = float(ours, ours.count - 8), wanted = float(theirs, theirs.count - 8)
      #expect(abs(sum - wanted) <= 2e-5 * max(1, abs(wanted)), "\(golden), vector \(number)")
      // Our codes point in the vector's direction as well as faiss's do.
      let residual = zip(input, origin).map { Double($0 - $1) }
      let (our, their) = (
        RaBitQOracle.cosine(ours, residual, golden.bits),
        RaBitQOracle.cosine(theirs, residual, golden.bits)
      )
      #expect(our >= their - 2e-4, "\(golden), vector \(number): \(our) against \(their)")
    }
  }

  private func float(_ bytes: [UInt8], _ at: Int) -> Float {
    Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) })
  }
}
