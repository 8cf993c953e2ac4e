import ArgumentParser
import Foundation
import Vicinal
import VicinalService

/// The `vicinal` command. One file per subcommand.
@main
struct VicinalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vicinal",
    abstract: "Builds, tunes, searches, serves and judges vector indexes.",
    discussion: """
      AutoFaiss's spellings work too: build_index, --index_path=knn.index.

      Exit codes: 0 done · 64 wrong usage · 65 bad data or damaged file · 66 no data found · \
      69 not supported · 70 a failure inside Vicinal · 74 reading or writing failed · 78 does not fit the memory bound · \
      130 interrupted, nothing written unless it says so.
      """,
    version: vicinalVersion,
    subcommands: [
      BuildIndex.self, BuildPartitionedIndexes.self, Plan.self, TuneIndex.self, Search.self,
      ScoreIndex.self, Describe.self, Distributed.self, Serve.self, ServiceClient.self, Store.self,
      Top.self, Keys.self,
    ])

  static func main() {
    StandardStreams.keepPlaces()
    Interruption.takeWritingSignalsAsErrors()
    Interruption.endWithInputIfWanted()
    do {
      let arguments = try AutoFaissSpelling.translated(Array(CommandLine.arguments.dropFirst()))
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let error as IndexError {
      end(error)
    } catch let error as SearchServiceError {
      Output.error("\(error)")
      Foundation.exit(65)
    } catch {
      guard exitCode(for: error) == .success else { exit(withError: error) }
      // Help and the version are results too.
      do {
        try Output.print(fullMessage(for: error))
      } catch {
        end(error)
      }
    }
  }

  private static func end(_ error: IndexError) -> Never {
    Output.error(error.message)
    Foundation.exit(error.exitCode)
  }
}

extension IndexError {
  /// The exit code that tells scripts what kind of failure this was (sysexits where one fits).
  var exitCode: Int32 {
    switch code {
    case .invalidArgument, .invalidSpecification: 64
    case .corruptFile, .dimensionMismatch, .notFinite, .notTrained, .duplicateID, .notFound: 65
    case .insufficientData: 66
    case .unsupported: 69
    case .fileSystem: 74
    case .memoryBound: 78
    case .cancelled: 130
    default: 70
    }
  }
}
