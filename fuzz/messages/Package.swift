// swift-tools-version: 6.2
// The fuzzer of the service's messages. It builds the two modules that it needs from the sources of
// the package above, so that it is built in a minute. Build it with scripts/fuzz-messages.
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
  name: "vicinal",
  platforms: [.macOS(.v26)],
  targets: [
    .systemLibrary(name: "CFuzzer"),
    .systemLibrary(name: "CZlib"),
    .target(name: "VicinalCore", swiftSettings: settings),
    .target(
      name: "VicinalMessages", dependencies: ["CZlib", "VicinalCore"], swiftSettings: settings),
    .executableTarget(
      name: "FuzzMessages", dependencies: ["CFuzzer", "VicinalMessages"], swiftSettings: settings),
  ]
)
