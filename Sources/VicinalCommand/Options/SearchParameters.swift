import ArgumentParser
import Vicinal

/// Settings for any knobs of an index that exists, `nprobe=16,ht=40`, as they are typed.
struct SearchParameters {
  let settings: KnobSettings

  /// Reads the text and says which part of it is wrong.
  init(parsing text: String) throws {
    do throws(IndexError) {
      settings = try KnobSettings(parsing: text)
    } catch {
      throw ValidationError(error.message)
    }
    guard !settings.entries.isEmpty else { throw ValidationError("write nprobe=16") }
    // Such values are wrong usage whatever the index is.
    for entry in settings.entries {
      let least = Knob.leastValue(of: entry.name)
      guard entry.value >= least else {
        throw ValidationError("'\(entry.name)' needs a value of at least \(Int(least))")
      }
      guard entry.value.isFinite else {
        throw ValidationError("'\(entry.name)' needs a number, got \(entry.value)")
      }
    }
  }
}
