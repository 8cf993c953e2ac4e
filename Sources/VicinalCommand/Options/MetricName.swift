import ArgumentParser
import Vicinal

/// A metric as it is typed.
enum MetricName: String, ExpressibleByArgument, CaseIterable {
  case ip, l2, cosine

  init?(argument: String) { self.init(rawValue: argument.lowercased()) }

  var metric: Metric { self == .l2 ? .l2 : .innerProduct }
}
