import Foundation
public import VicinalCore

/// One of several sources that get an index each, and how its index is built.
public struct PartitionPlan: Sendable, Equatable {
  /// The folder or file of vectors, as it was given.
  public let source: String

  /// The last part of its path: the folder below the output folder.
  public let name: String

  /// Where the index goes: `<output>/<name>/knn.index`, with suffixes if there are several.
  public let indexPath: String

  /// Where its infos go.
  public let infosPath: String

  /// Where its id mapping goes, if one is wanted.
  public let idsPath: String

  /// Plans the partitions, in the order given.
  ///
  /// - Parameters:
  ///   - sources: Folders or files, by paths or URIs.
  ///   - output: The folder of the results.
  /// - Throws: ``IndexError/Code/invalidArgument`` if there are none, one has no name, or two have
  ///   the same, whose indexes would replace each other.
  public static func plans(
    for sources: [String], output: String
  ) throws(IndexError) -> [PartitionPlan] {
    guard !sources.isEmpty else {
      throw IndexError(.invalidArgument, "there are no partitions to build indexes of")
    }
    let root = output.hasSuffix("/") ? String(output.dropLast()) : output
    guard !root.isEmpty else {
      throw IndexError(.invalidArgument, "the output folder must not be empty")
    }
    var owners: [String: String] = [:]
    var plans: [PartitionPlan] = []
    for source in sources {
      let name = source.split(separator: "/").last.map(String.init) ?? ""
      guard !name.isEmpty, name != ".", name != "..", !name.hasSuffix(":") else {
        throw IndexError(
          .invalidArgument, "'\(source)' has no name that its index could be called by")
      }
      if let other = owners.updateValue(source, forKey: name) {
        throw IndexError(
          .invalidArgument,
          "\(other) and \(source) would both be written to \(root)/\(name); give them different"
            + " last names")
      }
      let folder = "\(root)/\(name)"
      plans.append(
        PartitionPlan(
          source: source, name: name, indexPath: folder + "/knn.index",
          infosPath: folder + "/index_infos.json", idsPath: folder + "/ids"))
    }
    return plans
  }
}
