import Foundation
import VicinalCore
import VicinalDatasets
import VicinalFiles

/// What an interrupted build leaves for the next one.
extension IndexFileBuild {
  /// The work folder of these inputs and options.
  func workFolder(
    _ source: any EmbeddingSource, isResuming: Bool
  ) throws(IndexError) -> WorkFolder {
    guard let path = try FileLocation(outputs.indexPath).localPath else {
      throw IndexError(
        .unsupported,
        "steps are kept in a folder beside the index, which must be on this machine, not at"
          + " \(outputs.indexPath)")
    }
    var print = BuildFingerprint()
    print.add(vicinalVersion)
    for file in (source as? EmbeddingFiles)?.files ?? [] {
      let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
      let date = attributes?[.modificationDate] as? Date
      print.add("\(attributes?[.size] ?? 0) \(date?.timeIntervalSince1970 ?? 0)")
    }
    try print.add(source)
    if let queries = pipeline.selection.queries { try print.add(queries) }
    let (selection, budget) = (pipeline.selection, pipeline.selection.budget)
    let options: [Any?] = [
      pipeline.spec, pipeline.parameters, budget.queryMilliseconds, budget.indexMemory.bytes,
      pipeline.memory.bytes, pipeline.leastNeighbors, budget.targetRecall, selection.metric,
      selection.isNormalized, budget.hasDirectMap, budget.isMemoryMappable, selection.isFloatOnly,
      parts, checkpointRows, trainedIndex, selection.seed, selection.k, selection.method.rawValue,
    ]
    for option in options { print.add(option.map { "\($0)" } ?? "none") }
    return try WorkFolder(path + ".work", job: print, isResuming: isResuming)
  }

  /// The index that was chosen before an interruption.
  func recordedChoice(_ folder: WorkFolder?) throws(IndexError) -> Choice? {
    guard let folder, let text = folder.note(.choice) else { return nil }
    do {
      return try JSONDecoder().decode(Choice.self, from: Data(text.utf8))
    } catch {
      throw IndexError(
        .corruptFile,
        "\(folder.path) holds a choice that cannot be read: \(error); remove the folder and build"
          + " again")
    }
  }
}
