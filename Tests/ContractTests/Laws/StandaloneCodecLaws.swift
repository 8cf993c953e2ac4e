import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Contract: indexes as codecs")
struct StandaloneCodecLaws {
  @Test("decoded codes are what the index would give back", arguments: ContractCase.all)
  func roundTrip(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(70, seed: 160)
    let index = try contract.filled(rows)
    guard let codec = try contract.trained() as? any StandaloneCodec else { return }
    guard let codes = try unlessUnsupported({ try codec.encode(rows.batch()) }) else { return }
    #expect(codes.count == 70 * (try codec.codeSize), "\(contract)")
    // What is held plays no part.
    #expect(try (index as? any StandaloneCodec)?.encode(rows.batch()) == codes, "\(contract)")
    for workers in [1, 3] {
      let execution = Execution(workers: workers)
      #expect(try codec.encode(rows.batch(), execution: execution) == codes, "\(contract)")
    }
    guard let decoded = try unlessUnsupported({ try codec.decode(codes.span.rawBytes) }) else {
      return
    }
    #expect(decoded.count == rows.values.count)
    let twice = Vectors(decoded, dimension: ContractCase.dimension)
    let again = try codec.encode(twice.batch())
    #expect(again.count == codes.count)
    // A second code is no part of the codes, as in faiss.
    guard !(index.core is IVFPQRIndex), let source = index as? any Reconstructible else { return }
    #expect(try source.reconstruct(0..<70) == decoded, "\(contract) \(rows)")
  }

  @Test("what is no code is refused", arguments: ContractCase.all)
  func misuse(_ contract: ContractCase) throws {
    let nothing: [UInt8] = []
    guard let codec = try contract.trained() as? any StandaloneCodec,
      let size = try unlessUnsupported({ try codec.codeSize }),
      try unlessUnsupported({ try codec.decode(nothing.span.rawBytes) }) != nil
    else { return }
    #expect(try codec.decode(nothing.span.rawBytes).isEmpty)
    if size > 1 {
      let cut = [UInt8](repeating: 0, count: 2 * size - 1)
      #expect(
        indexError { _ = try codec.decode(cut.span.rawBytes) }?.code == .dimensionMismatch,
        "\(contract)")
    }
    // Any content decodes to something, or is an error: never a crash.
    for byte: UInt8 in [0, 1, 0x80, 0xff] {
      let strange = [UInt8](repeating: byte, count: 2 * size)
      let error = indexError { _ = try codec.decode(strange.span.rawBytes) }
      #expect(error == nil || error?.code == .invalidArgument, "\(contract) byte \(byte)")
    }
  }

  @Test("vectors that cannot be added cannot be encoded", arguments: ContractCase.all)
  func badVectors(_ contract: ContractCase) throws {
    guard let codec = try contract.trained() as? any StandaloneCodec,
      try unlessUnsupported({ try codec.codeSize }) != nil
    else { return }
    let wide = DataShape.uniform.make(3, dimension: ContractCase.dimension + 1, seed: 161)
    #expect(
      indexError { _ = try codec.encode(wide.batch()) }?.code == .dimensionMismatch, "\(contract)")
    var broken = ContractCase.rows(5, seed: 162)
    broken.values[3 * ContractCase.dimension] = .nan
    let error = indexError { _ = try codec.encode(broken.batch()) }
    #expect(error?.code == .notFinite, "\(contract)")
    let fresh = try contract.subject.make(ContractCase.dimension, contract.metric)
    guard !fresh.isTrained, let untrained = fresh as? any StandaloneCodec else { return }
    let rows = ContractCase.rows(3, seed: 163)
    let nothing: [UInt8] = []
    #expect(indexError { _ = try untrained.encode(rows.batch()) }?.code == .notTrained)
    // Transforms without a way back say so first.
    let refused = indexError { _ = try untrained.decode(nothing.span.rawBytes) }?.code
    #expect(refused == .notTrained || refused == .unsupported, "\(contract)")
  }
}
