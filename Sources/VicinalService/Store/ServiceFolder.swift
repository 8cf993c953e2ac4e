import Foundation
public import VicinalCore
import VicinalMessages

/// The vectors of a store, by row.
public struct StoredVectors: Sendable, Equatable {
  /// The ids, in order.
  public var ids: [Int64]
  /// Row after row.
  public var values: [Float]
  /// Numbers in a row; 0 if there never were vectors.
  public var dimension: Int
}

/// The folder of a service that does not run: what is in it, and how it is filled.
public enum ServiceFolder {
  /// Reads all vectors in the order of their ids.
  ///
  /// - Throws: ``IndexError/Code/notFound`` if there is no store, ``IndexError/Code/fileSystem`` if
  ///   a service is running there, ``IndexError/Code/corruptFile`` if the store is damaged.
  public static func vectors(in folder: String) throws(IndexError) -> StoredVectors {
    guard FileManager.default.fileExists(atPath: folder + "/vectors.sqlite") else {
      throw IndexError(.notFound, "\(folder) holds no store of a service")
    }
    let store = try VectorStore(folder: folder, durability: .sync)
    do {
      var found = StoredVectors(ids: [], values: [], dimension: 0)
      try store.readAll(batch: 4096) {
        found.dimension = $0.dimension
      } body: { ids, values, _ in
        found.ids += ids
        found.values += values
      }
      try store.close()
      return found
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.corruptFile, "the store of \(folder) cannot be read: \(error)")
    }
  }

  /// Fills an empty folder with what the original saved: a pickled dictionary of ids and vectors.
  ///
  /// `{id: vector}`, `{"ids": …, "vectors": …}`, `[{"vector": …, "id": …}, …]` and a whole `create`
  /// request are understood, in any encoding that the service reads. Nothing in a pickle is
  /// executed.
  ///
  /// - Returns: How many vectors there were.
  /// - Throws: ``IndexError/Code/invalidArgument`` if the folder has vectors already,
  ///   ``IndexError/Code/corruptFile`` if the file is none of these, ``IndexError/Code/fileSystem``.
  public static func fill(_ folder: String, from path: String) throws(IndexError) -> Int {
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: path)) } catch {
      throw IndexError(.fileSystem, "cannot read \(path): \(error.localizedDescription)")
    }
    let change: ChangeRequest
    do throws(ServiceError) { change = try creation([UInt8](data)) } catch {
      throw IndexError(.corruptFile, "\(path): \(error.message)")
    }
    let store = try VectorStore(folder: folder, durability: .sync)
    do {
      guard try store.head().dimension == 0 else {
        throw IndexError(.invalidArgument, "\(folder) has vectors already; take an empty folder")
      }
      let digest = RequestDigest(of: [[UInt8](path.utf8)])
      var plan = ChangePlan(VersionState(version: nil, places: [:], sequence: 0))
      try plan.accept(
        change, name: digest.bytes, digest: digest, at: Date().timeIntervalSince1970)
      try store.commit(plan.accepted, forgetRequestsBefore: nil)
      try store.close()
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.fileSystem, "\(folder) cannot be filled: \(error)")
    }
    return change.added.ids.count
  }

  /// The vectors of a file as a request to create them.
  private static func creation(_ bytes: [UInt8]) throws(ServiceError) -> ChangeRequest {
    var limits = MessageLimits()
    limits.bytes = max(limits.bytes, bytes.count * 8)
    limits.values = .max
    var requestLimits = RequestLimits()
    requestLimits.vectors = .max
    var value = try MessageCodec.decode([bytes], limits: limits).value
    if case .record(let fields) = value {
      if fields["create"] != nil || fields["ids"] != nil && fields["vectors"] != nil {
        value = fields["create"] ?? value
      } else {
        var items: [MessageValue] = []
        for (name, vector) in fields {
          guard let id = Int64(name) else {
            throw ServiceError(.invalidRequest, "\"\(name.prefix(40))\" is no id")
          }
          items.append(.record(["id": .integer(id), "vector": vector]))
        }
        value = .list(items)
      }
    }
    let request = MessageValue.record(["requests": .text("create"), "create": value])
    guard
      case .change(let change) = try RequestParser(request, limits: requestLimits).request()
    else { throw ServiceError(.invalidRequest, "these are no vectors with ids") }
    return change
  }
}
