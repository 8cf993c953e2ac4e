public import VicinalCore
public import VicinalIndexes

/// How a bound on the memory of the whole process is divided while an index is built.
///
/// AutoFaiss: `current_memory_available`, which there is compared with an estimate once; here it
/// bounds the largest resident memory of the process from start to end.
public struct MemoryPlan: Sendable, Equatable {
  /// The bound.
  public let bound: MemorySize

  /// What the index, or the largest part of it, is predicted to take.
  public let indexMemory: MemorySize

  /// What is left for samples, batches and measuring.
  public let work: MemorySize

  /// Whether the index does not fit and is built in parts that are put together on disk.
  public let isOnDisk: Bool

  /// Vectors in each part; all of them unless ``isOnDisk``.
  public let partRows: Int

  /// What a process that builds an index takes anyway: code, libraries, threads, and the pages of
  /// input files that are resident at a time.
  public static let processBytes = 80 << 20

  /// More work memory than this brings nothing, unless training itself needs it.
  static let mostWork = 4 << 30

  /// Divides a bound.
  ///
  /// - Parameters:
  ///   - bound: Resident bytes of the process.
  ///   - spec: What is built.
  ///   - count: Vectors in the index, or in each of several indexes that are built one after the
  ///     other.
  ///   - dimension: Floats per vector.
  ///   - isAccelerated: Whether the finished index carries its int8 companion.
  ///   - mayUseDisk: Whether inverted lists that do not fit may be written in parts.
  /// - Throws: ``IndexError/Code/memoryBound`` with the smallest bound that would do.
  public init(
    bound: MemorySize, spec: IndexSpec, count: Int, dimension: Int, isAccelerated: Bool,
    mayUseDisk: Bool = true
  ) throws(IndexError) {
    self.bound = bound
    let least = Self.leastWork(spec, count: count, dimension: dimension)
    let whole = spec.bytes(count, dimension, isAccelerated) + Double(count) * 4
    let fixed = Double(Self.processBytes)
    let room = Double(bound.bytes) - fixed
    if whole + least <= room {
      isOnDisk = false
      partRows = max(1, count)
      indexMemory = MemorySize(bytes: Int(whole))
      work = MemorySize(bytes: min(max(Self.mostWork, Int(least)), Int(room - whole)))
      return
    }
    let cells = spec.bytes(0, dimension, false)
    guard mayUseDisk, spec.hasMergeableLists else {
      throw Self.tooSmall(bound, spec, count, needed: fixed + whole + least, "")
    }
    // Where each list lies in each file that is put together.
    let perVector = max(1, (spec.bytes(count, dimension, false) - cells) / Double(max(1, count)))
    let left = room - cells - least
    guard left >= perVector * Double(Self.fewestPartRows) else {
      let needed = fixed + cells + least + perVector * Double(Self.fewestPartRows) * 1.01
      throw Self.tooSmall(bound, spec, count, needed: needed, ", even in parts on disk,")
    }
    isOnDisk = true
    // Four bytes for the list of each vector.
    partRows = min(max(1, count), max(Self.fewestPartRows, Int(left / 2 / (perVector + 4))))
    let part = cells + Double(partRows) * (perVector + 4)
    indexMemory = MemorySize(bytes: Int(part))
    work = MemorySize(bytes: max(Int(least), min(Self.mostWork, Int(room - part))))
  }

  /// Smaller parts would mean reading and writing more than computing.
  static let fewestPartRows = 4_096

  /// The training sample, or a batch and the queries for measuring.
  private static func leastWork(_ spec: IndexSpec, count: Int, dimension: Int) -> Double {
    let row = Double(dimension) * 4
    let sample = Double(min(count, spec.trainingNeeds.least) * spec.trainingCopies) * row
    // 1000 queries, their neighbours, and what they are compared with at a time.
    return max(sample, Double(min(count, 4_096)) * row * 4, spec.linkingBytes(count))
      + Double(8 << 20)
  }

  private static func tooSmall(
    _ bound: MemorySize, _ spec: IndexSpec, _ count: Int, needed: Double, _ manner: String
  ) -> IndexError {
    let least = MemorySize(bytes: Int(min(needed, 9e18).rounded(.up)))
    return IndexError(
      .memoryBound,
      "building \(spec) over \(count) vectors\(manner) takes at least \(least) of memory"
        + " (\(least.bytes)B), the index and the process itself included, but"
        + " current-memory-available is \(bound); raise it, or ask for a smaller index")
  }
}

extension IndexSpec {
  fileprivate func bytes(_ count: Int, _ dimension: Int, _ isAccelerated: Bool) -> Double {
    byteCount(count: count, dimension: dimension, isAccelerated: isAccelerated)
  }

  /// What linking the nodes of a graph holds beside the index.
  fileprivate func linkingBytes(_ count: Int) -> Double {
    switch self {
    case .hnsw:
      // The order of insertion is sorted; then batches of one node in 32 have about 1 KiB each.
      return Double(count) * 64
    case .transformed(_, let inner), .idMap(let inner, _), .panorama(let inner, _),
      .deduplicated(let inner):
      return inner.linkingBytes(count)
    case .refined(let base, _): return base.linkingBytes(count)
    default: return 0
    }
  }

  /// Whether files of parts of such an index can be put together on disk; see
  /// `IndexFile.merge`.
  public var hasMergeableLists: Bool {
    switch self {
    case .ivf(_, let coarse, let codec):
      if case .productRefined? = codec { return false }
      switch coarse {
      case .flat, .hnsw: return true
      case .multiIndex, .index: return false
      }
    case .transformed(_, let inner): return inner.hasMergeableLists
    default: return false
    }
  }
}

extension MemoryPlan {
  /// Vectors that exact neighbours are looked for among at once.
  public func truthRows(dimension: Int) -> Int {
    max(1_024, min(GroundTruth.batchRows, work.bytes / 4 / max(4, dimension * 4)))
  }
}
