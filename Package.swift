// swift-tools-version: 6.2
import PackageDescription

/// Settings every Swift target gets; there is one list so that none silently lacks a check.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
]

let modules: [(name: String, dependencies: [Target.Dependency])] = [
  ("VicinalCore", []),
  ("VicinalCompute", ["CVicinalKernels", "VicinalCore"]),
  ("VicinalCoding", ["VicinalCore", "VicinalCompute"]),
  ("VicinalIndexes", ["VicinalCore", "VicinalCompute", "VicinalCoding"]),
  ("VicinalDatasets", ["VicinalCore"]),
  ("VicinalTuning", ["VicinalCore", "VicinalIndexes", "VicinalDatasets"]),
  (
    "Vicinal",
    [
      "VicinalCore", "VicinalCompute", "VicinalCoding", "VicinalIndexes", "VicinalDatasets",
      "VicinalTuning",
    ]
  ),
]
let package = Package(
  name: "vicinal",
  platforms: [.macOS(.v26)],
  products: [.library(name: "Vicinal", targets: ["Vicinal"])],
  targets: [.target(name: "CVicinalKernels")]
    + modules.map {
      .target(name: $0.name, dependencies: $0.dependencies, swiftSettings: settings)
    }
)
