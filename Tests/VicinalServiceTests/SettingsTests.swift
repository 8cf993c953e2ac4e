import Foundation
import Testing
import VicinalCore
import VicinalService

@Suite("Settings of the service")
struct SettingsTests {
  @Test("a flag counts more than the environment, that more than the file, that more than nothing")
  func precedence() throws {
    let file = Data(
      #"{"k": 3, "metric": "ip", "workers": 2, "bind": ["tcp://a:1", "ipc://b"]}"#.utf8)
    let sources = try SettingSources(
      flags: ["metric": "cosine", "data-dir": "d"],
      environment: ["NB_MATCHING": "7", "VICINAL_METRIC": "l2", "LOG_LEVEL": "WARNING"], file: file)
    let settings = try sources.settings()
    #expect(settings.metric == "cosine")
    #expect(settings.neighbours == 7)
    #expect(settings.workers == 2)
    #expect(settings.addresses == ["tcp://a:1", "ipc://b"])
    #expect(settings.logLevel == "warning")
    #expect(settings.durability == "sync")
    #expect(sources.values["k"]?.source == "environment NB_MATCHING")
    #expect(sources.values["durability"]?.source == "default")
  }

  @Test(
    "what cannot be is refused",
    arguments: [
      ["data-dir": ""], ["metric": "l3"], ["k": "0"], ["k": "x"], ["bind": "localhost"],
      ["durability": "maybe"], ["workers": "-1"], ["max-message-bytes": "10"],
      ["curve-clients": "file"],
    ])
  func refusals(flags: [String: String]) throws {
    let sources = try SettingSources(
      flags: ["data-dir": "d"].merging(flags) { $1 }, environment: [:], file: nil)
    #expect(throws: IndexError.self) { try sources.settings() }
  }

  @Test("a file names only settings", arguments: ["[1]", "{", #"{"key": 1}"#, #"{"k": [1]}"#])
  func files(text: String) {
    #expect(throws: IndexError.self) {
      try SettingSources(flags: [:], environment: [:], file: Data(text.utf8))
    }
  }
}
