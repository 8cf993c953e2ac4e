import ArgumentParser
import VicinalService

/// `vicinal keys`: a key pair for the service or for a client of it.
struct Keys: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a key pair of CURVE, ØMQ's encryption, for a search service or a client.",
    discussion: """
      NAME.key holds the public key, NAME.key_secret both, readable by its owner only. pyzmq and czmq \
      read these files too. Files that are there already are never written over.
      """)

  @Argument(help: "The name of the files, without the ending.")
  var name: String

  func run() throws {
    let made = try CurveKeyFiles.make(name)
    try Output.print("\(made.publicFile): \(made.keys.publicKey)")
    try Output.print("\(made.secretFile): the secret key; give it to nobody")
  }
}
