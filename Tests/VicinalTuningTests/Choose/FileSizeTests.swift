import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport
import VicinalTuning

@Suite("Predicted sizes of files")
struct FileSizeTests {
  static let keys = [
    "Flat", "SQ8", "SQ4", "SQfp16", "PQ8", "PQ8x4fs", "RaBitQ", "HNSW8,Flat", "HNSW32,Flat",
    "HNSW16,SQ8", "IVF32,Flat", "IVF16,SQ8", "IVF16,SQ4", "IVF16,PQ4", "IVF16,PQ8x4fs",
    "IVF16,PQ8x4fs,RFlat", "IVF16,PQ8x4fs,Refine(SQ8)", "IVF16,RaBitQ", "IVF16,RaBitQ,RFlat",
    "OPQ4_12,IVF32_HNSW8,PQ4x8",
    "PCAR8,HNSW16,Flat,RFlat", "L2norm,IVF16,Flat",
    "IVF64_HNSW16,Flat", "RaBitQfs", "IVF16,RaBitQfs", "PCA12,Flat", "RR16,Flat", "ITQ16,LSH",
    "HR32,SQ8", "Pad40,SQ8",
  ]

  @Test(
    "are within 1 % of what is written, and so is the memory bound", arguments: keys,
    [(700, 16), (1100, 24), (1501, 32), (2100, 96)])
  func written(key: String, shape: (count: Int, dimension: Int)) throws {
    let spec = try IndexSpec(parsing: key)
    let rows = DataShape.clustered.make(shape.count, dimension: shape.dimension, seed: 71)
    let index = try IndexBuilder(
      spec: spec, metric: .l2, isAccelerated: true, workMemory: MemorySize(bytes: 1 << 30)
    ).build(from: rows.source()).index
    let real = Double(try IndexFile.byteCount(of: index))
    let predicted = spec.fileByteCount(count: shape.count, dimension: shape.dimension)
    // Last blocks of so few, so short lists are not half empty on average.
    let tolerance = key.contains("IVF") && key.contains("fs") ? 0.04 : 0.01
    #expect(
      abs(predicted / real - 1) < tolerance,
      "\(key): \(real) bytes, predicted \(predicted), \(rows)")
    let memory = spec.byteCount(
      count: shape.count, dimension: shape.dimension, isAccelerated: true)
    #expect(
      Double(index.byteCount) <= memory, "\(key): \(index.byteCount) bytes, \(memory) at most")
  }

  @Test("a direct map takes 8 bytes per vector")
  func directMap() throws {
    let spec = try IndexSpec(parsing: "IVF16,Flat")
    let rows = DataShape.uniform.make(800, dimension: 8, seed: 72)
    var index = try IndexBuilder(
      spec: spec, metric: .l2, isAccelerated: false, workMemory: MemorySize(bytes: 1 << 30)
    ).build(from: rows.source()).index
    #expect(try IndexMaintenance.addDirectMap(to: &index))
    let real = Double(try IndexFile.byteCount(of: index))
    let predicted = spec.fileByteCount(count: 800, dimension: 8, hasDirectMap: true)
    #expect(abs(predicted / real - 1) < 0.01, "\(real) bytes, predicted \(predicted)")
  }
}
