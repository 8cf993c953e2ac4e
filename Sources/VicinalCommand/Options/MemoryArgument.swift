import ArgumentParser
import Vicinal

/// An amount of memory as it is typed.
struct MemoryArgument: ExpressibleByArgument {
  let size: MemorySize

  init(_ size: MemorySize) { self.size = size }

  init?(argument: String) {
    guard let size = try? MemorySize(parsing: argument) else { return nil }
    self.size = size
  }

  var defaultValueDescription: String { size.description }
}
