import Foundation
public import VicinalCore
import VicinalDatasets
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

  /// Writes all vectors and ids to files, in the order of their ids: parquet where a file is named so
  /// (columns `id`, int64, and `embedding`, lists of float32), else `.npy`. Parquet vectors have their
  /// ids beside them. Memory is bounded however many there are; files appear under their names when
  /// all are complete.
  ///
  /// - Parameter ids: A file of the ids alone; `nil` for none.
  /// - Returns: How many vectors there are, and their dimension.
  /// - Throws: As ``vectors(in:)``; ``IndexError/Code/insufficientData`` if there never were vectors,
  ///   ``IndexError/Code/unsupported`` for parquet in builds without Arrow.
  public static func export(
    _ folder: String, vectors: String, ids: String?
  ) throws(IndexError) -> (count: Int, dimension: Int) {
    guard FileManager.default.fileExists(atPath: folder + "/vectors.sqlite") else {
      throw IndexError(.notFound, "\(folder) holds no store of a service")
    }
    let store = try VectorStore(folder: folder, durability: .sync)
    do {
      let dimension = try store.head().dimension
      guard dimension > 0 else {
        throw IndexError(.insufficientData, "\(folder) never held vectors")
      }
      var writers: [any RowWriter] = []
      let head = try store.readAll(batch: max(1, exportedBytes / 4 / dimension)) { head in
        let content = RowFiles.isParquet(vectors) ? RowContent.idsAndVectors : .vectors
        writers.append(
          try RowFiles.begin(vectors, content, rows: head.count, dimension: head.dimension))
        if let ids {
          writers.append(
            try RowFiles.begin(ids, .ids, rows: head.count, dimension: head.dimension))
        }
      } body: { ids, values, _ in
        for writer in writers { try writer.add(ids, values) }
      }
      for writer in writers { try writer.finish() }
      try store.close()
      return (head.count, head.dimension)
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.corruptFile, "the store of \(folder) cannot be read: \(error)")
    }
  }

  /// Floats that are read at once, a row group of parquet files. Up to ten times as much is held.
  private static let exportedBytes = 8 << 20

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
