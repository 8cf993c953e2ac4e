import ArgumentParser
import Vicinal

/// What is refused before any work.
extension BuildIndex {
  /// Refuses a key that contradicts other options.
  func checkKey() throws {
    if steps.append || indexKey != nil, GivenOptions.contains("--selection") {
      let other = steps.append ? "--append" : "--index-key"
      throw ValidationError("--selection chooses an index, which \(other) names already")
    }
    guard let indexKey else { return }
    let spec: IndexSpec
    do throws(IndexError) {
      spec = try IndexSpec(parsing: indexKey)
    } catch {
      // It is said when the key is used, with the exit code that belongs to it.
      return
    }
    if bounds.shouldBeMemoryMappable {
      guard case .ivf = spec.core else {
        throw ValidationError(
          "--should-be-memory-mappable needs an inverted file, which --index-key \(indexKey) is not;"
            + " for example IVF1024,Flat")
      }
    }
  }

  /// The vectors of each index, of which there must be one at least.
  func divided(_ source: EmbeddingFiles) throws(IndexError) -> [Range<Int>] {
    guard steps.nbIndicesToKeep <= max(1, source.count) else {
      throw IndexError(
        .invalidArgument,
        "--nb-indices-to-keep \(steps.nbIndicesToKeep) is more than the \(source.count) vectors that"
          + " there are")
    }
    return IndexParts.ranges(source.count, parts: steps.nbIndicesToKeep)
  }

  /// All files to write, with the options that name them.
  func outputs(_ parts: Int) -> [(option: String, path: String?)] {
    IndexParts.suffixes(parts).flatMap {
      [
        ("--index-path", indexPath + $0), ("--index-infos-path", indexInfosPath + $0),
        ("--report", reportPath(suffix: $0)),
      ]
    }
  }

  /// Remarks about what was asked for, once the index is known.
  func remarks(_ spec: IndexSpec, count: Int) -> [String] {
    var remarks = [retrieval.remark(count: count)].compactMap(\.self)
    if case .ivf(let lists, _, _) = spec.core,
      let probes = indexParam?.settings.entries.first(where: { $0.name == "nprobe" })?.value,
      probes > Double(lists)
    {
      remarks.append(
        "nprobe=\(Int(min(probes, 1e15))) is more than the \(lists) lists of the index; faiss and"
          + " Vicinal visit all of them then")
    }
    return remarks
  }
}
