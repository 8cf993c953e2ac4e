import ArgumentParser
import Foundation
import Vicinal

/// What is refused before any work.
extension BuildIndex {
  /// Refuses what has no effect where vectors are added to an index that is there.
  func checkAppend() throws {
    guard steps.append else { return }
    let without = [
      "--queries", "--k", "--target-recall", "--max-index-query-time-ms",
      "--min-nearest-neighbors-to-retrieve", "--max-build-time", "--should-be-memory-mappable",
      "--seed",
    ]
    for name in without where GivenOptions.contains(name) {
      throw ValidationError(
        "\(name) has no effect with --append: the index and its parameters stay; vicinal tune-index"
          + " finds other parameters, vicinal score-index measures with queries")
    }
  }

  /// Refuses a folder for ids where the next build would read them as vectors.
  func checkIDs(_ source: EmbeddingFiles) throws {
    guard let idsPath, !idColumns.isEmpty, let ids = try FileLocation(idsPath).localPath,
      source.files.contains(where: { $0.path.lowercased().hasSuffix(".parquet") })
    else { return }
    for path in embeddings {
      guard let folder = try FileLocation(path).localPath, !FileLocation.isFile(path),
        components(ids).starts(with: components(folder))
      else { continue }
      throw ValidationError(
        "--ids-path \(idsPath) is inside of \(path), whose parquet files are read as vectors, the ids"
          + " too the next time; choose a folder beside it")
    }
  }

  private func components(_ path: String) -> [String] {
    URL(fileURLWithPath: path).standardized.pathComponents
  }

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
}
