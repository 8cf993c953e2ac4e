import Foundation
import Vicinal

/// The folder of a distributed build, on this machine or on a server.
///
/// `plan.json`, `trained.index`, `stage-1/index_<task>`, `stage-2/index_<n>` … (the names of AutoFaiss),
/// and `infos.json` once the index is tuned.
struct StepFolder {
  let location: FileLocation

  /// Takes a folder; nothing is reached yet.
  init(_ location: FileLocation) { self.location = location }

  /// The index without vectors.
  var trained: FileLocation { location.appending("trained.index") }

  /// Files of a level: 0 are those of the tasks.
  func stage(_ level: Int) -> FileLocation { location.appending("stage-\(level + 1)") }

  /// A file of a level, its number written with as many digits as the number of files has.
  func index(_ number: Int, level: Int, of plan: DistributedPlan) -> FileLocation {
    let width = String(plan.division.levels[level].reduce(0, +)).count
    let digits = String(number)
    let name = "index_" + String(repeating: "0", count: max(0, width - digits.count)) + digits
    return stage(level).appending(name)
  }

  /// The files of the last level: one for each index that is kept.
  func finished(_ plan: DistributedPlan) -> [FileLocation] {
    let level = plan.division.levels.count - 1
    return plan.division.parts.indices.map { index($0, level: level, of: plan) }
  }

  /// What the training decided.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if another version of this command did.
  func plan() throws(IndexError) -> DistributedPlan {
    let version = try decode(PlanVersion.self, "plan.json").version
    guard version == vicinalVersion else {
      throw IndexError(
        .invalidArgument,
        "the build was begun by vicinal \(version), but this machine has \(vicinalVersion); all need"
          + " the same version")
    }
    return try decode(DistributedPlan.self, "plan.json")
  }

  func write(_ plan: DistributedPlan) throws { try encode(plan, "plan.json") }

  /// What was tuned and measured.
  func infos() throws(IndexError) -> IndexInfos { try decode(IndexInfos.self, "infos.json") }

  func write(_ infos: IndexInfos) throws { try encode(infos, "infos.json") }

  private func encode(_ value: some Encodable, _ name: String) throws {
    try location.makeFolder()
    try writeText(Output.encoded(value), to: location.appending(name).address)
  }

  private func decode<Value: Decodable>(
    _ type: Value.Type, _ name: String
  ) throws(IndexError) -> Value {
    let place = location.appending(name)
    let file = try RandomAccessFile(place)
    var bytes = [UInt8](repeating: 0, count: file.size)
    try file.read([0..<file.size], into: &bytes)
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw IndexError(.corruptFile, "\(place.name) is not what the step before writes: \(error)")
    }
  }
}

/// The part of a plan that every version has.
private struct PlanVersion: Decodable { let version: String }
