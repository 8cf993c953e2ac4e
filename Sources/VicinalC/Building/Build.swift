public import CVicinal
import Vicinal

// The functions of vicinal_build.h.

private func buildOptions(
  _ options: UnsafePointer<CChar>?
) throws(IndexError) -> BuildOptions {
  try BuildOptions.parse(unsafe options == nil ? nil : text(options, "options"))
}

/// The caller's vectors, where they are.
private func embeddings(
  _ n: Int64, _ dimension: Int64, _ vectors: UnsafePointer<Float>?
) throws(IndexError) -> BorrowedEmbeddings {
  let dimension = try count(dimension, "the dimension", from: 1)
  return unsafe BorrowedEmbeddings(
    try array(vectors, n, dimension, "vectors"), dimension: dimension)
}

private func build(
  _ build: AutomaticBuild, _ index: UnsafeMutablePointer<vicinal_handle>?,
  _ infos: UnsafeMutablePointer<vicinal_handle>?
) throws(IndexError) {
  let built = try build.run()
  // Both or none.
  let text = try reportJSON(built.infos)
  if let index = unsafe index {
    unsafe index.pointee = HandleRegistry.add(FloatIndexBox(built.index))
  }
  if let infos = unsafe infos { unsafe infos.pointee = HandleRegistry.add(BytesBox(text)) }
}

/// Documented in vicinal_build.h.
@c @implementation public func vicinal_build(
  _ options: UnsafePointer<CChar>?, _ n: Int64, _ dimension: Int64,
  _ vectors: UnsafePointer<Float>?, _ work: UnsafePointer<vicinal_work>?,
  _ index: UnsafeMutablePointer<vicinal_handle>?, _ infos: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let job = AutomaticBuild(
      options: unsafe try buildOptions(options),
      source: unsafe try embeddings(n, dimension, vectors),
      execution: unsafe try execution(work))
    unsafe try build(job, index, infos)
  }
}

/// Documented in vicinal_build.h.
@c @implementation public func vicinal_build_from_files(
  _ options: UnsafePointer<CChar>?, _ pathCount: Int64,
  _ paths: UnsafePointer<UnsafePointer<CChar>?>?, _ work: UnsafePointer<vicinal_work>?,
  _ index: UnsafeMutablePointer<vicinal_handle>?, _ infos: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let files = unsafe try texts(paths, pathCount)
    let job = AutomaticBuild(
      options: unsafe try buildOptions(options), source: try EmbeddingFiles(files),
      execution: unsafe try execution(work))
    unsafe try build(job, index, infos)
  }
}

/// Documented in vicinal_build.h.
@c @implementation public func vicinal_build_files(
  _ options: UnsafePointer<CChar>?, _ pathCount: Int64,
  _ paths: UnsafePointer<UnsafePointer<CChar>?>?, _ work: UnsafePointer<vicinal_work>?,
  _ infos: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let given = unsafe try options == nil ? nil : text(options, "options")
    let all = try BuildOptions.parse(given, others: FileBuildOptions.names)
    let files = try BuildOptions.decode(FileBuildOptions.self, given)
    let built = try files.run(
      all, unsafe texts(paths, pathCount), execution: unsafe execution(work))
    if let infos = unsafe infos {
      unsafe infos.pointee = HandleRegistry.add(BytesBox(try reportJSON(built)))
    }
  }
}

/// The texts of the caller.
private func texts(
  _ paths: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int64
) throws(IndexError) -> [String] {
  let given = unsafe try array(paths, count, 1, "paths")
  var files: [String] = []
  for place in given.indices { files.append(unsafe try text(given[place], "a path")) }
  return files
}

/// A line of `vicinal_plan`.
private struct PlanLine: Encodable {
  var index_key: String
  var file_bytes: Int
  var memory_bytes: Int
  var is_accelerated: Bool
  var fits: Bool
}

/// Documented in vicinal_build.h.
@c @implementation public func vicinal_plan(
  _ options: UnsafePointer<CChar>?, _ n: Int64, _ dimension: Int64,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let options = unsafe try buildOptions(options)
    let vectors = try count(n, "the number of vectors", from: 1)
    let dimension = try count(dimension, "the dimension", from: 1)
    guard dimension <= IndexSpec.largestDimension, vectors <= 1 << 40 else {
      throw IndexError(
        .invalidArgument,
        "plans are made for up to 2^40 vectors of dimension 1…\(IndexSpec.largestDimension)")
    }
    let bound = options.indexMemory.bytes
    let lines = CandidateList.all(
      count: vectors, dimension: dimension, metric: options.metric,
      isNormalized: options.metricName == .cosine, budget: options.budget
    ).map {
      PlanLine(
        index_key: $0.spec.factoryString, file_bytes: $0.fileBytes, memory_bytes: $0.memoryBytes,
        is_accelerated: $0.isAccelerated, fits: $0.fits(bound))
    }
    unsafe try give(out) { () throws(IndexError) in BytesBox(try reportJSON(lines)) }
  }
}

/// Documented in vicinal_build.h.
@c @implementation public func vicinal_tune(
  _ index: vicinal_handle, _ options: UnsafePointer<CChar>?, _ n: Int64,
  _ vectors: UnsafePointer<Float>?, _ work: UnsafePointer<vicinal_work>?,
  _ infos: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let options = unsafe try buildOptions(options)
    let execution = unsafe try execution(work)
    let box = try floatIndex(index)
    // On a copy, so that others can search while it is measured.
    var measured = try box.read { copy $0 }
    let source =
      unsafe try n == 0
      ? nil : embeddings(n, Int64(measured.dimension), vectors)
    var tuning = IndexTuning()
    tuning.budget = options.budget
    tuning.leastNeighbors = options.leastNeighbors
    let found = try tuning.tune(
      &measured, parameters: options.indexParam, source: source, execution: execution)
    measured = FlatIndex(dimension: 1)
    try box.write { index throws(IndexError) in
      try IndexMaintenance.set(parameters: found.indexParam, on: &index)
    }
    if let infos = unsafe infos {
      unsafe infos.pointee = HandleRegistry.add(BytesBox(try reportJSON(found)))
    }
  }
}

/// Documented in vicinal_build.h.
@c @implementation public func vicinal_score(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?, _ queryCount: Int64,
  _ work: UnsafePointer<vicinal_work>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let queryCount = try count(queryCount, "query_count", from: 1)
    let execution = unsafe try execution(work)
    unsafe try give(out) { () throws(IndexError) in
      let scored = try floatIndex(index).read { copy $0 }
      let source = unsafe try embeddings(n, Int64(scored.dimension), vectors)
      var scores = try IndexScores.score(
        scored, source: source, queryCount: queryCount, execution: execution)
      scores.describe(sizeInBytes: try IndexFile.byteCount(of: scored))
      return BytesBox(try reportJSON(scores))
    }
  }
}
