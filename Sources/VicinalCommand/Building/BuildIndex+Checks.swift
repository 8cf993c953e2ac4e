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
}
