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

/// Dense linear algebra; macOS brings its own (Accelerate).
let openBLAS: Target.Dependency = .target(
  name: "COpenBLAS", condition: .when(platforms: [.linux]))

/// Library modules in the order of the arrows: each may import only what stands before it.
/// `scripts/check-imports` holds the sources to this table.
let modules: [(name: String, dependencies: [Target.Dependency])] = [
  ("VicinalCore", []),
  ("VicinalFiles", ["CVicinalArrow", "VicinalCore"]),
  ("VicinalCompute", ["CVicinalKernels", openBLAS, "VicinalCore"]),
  ("VicinalCoding", ["VicinalCore", "VicinalCompute"]),
  ("VicinalIndexes", ["VicinalCore", "VicinalCompute", "VicinalCoding"]),
  (
    "VicinalStorage",
    ["VicinalCore", "VicinalFiles", "VicinalCompute", "VicinalCoding", "VicinalIndexes"]
  ),
  ("VicinalDatasets", ["VicinalCore", "VicinalFiles"]),
  (
    "VicinalTuning",
    [
      "VicinalCore", "VicinalFiles", "VicinalCompute", "VicinalIndexes", "VicinalStorage",
      "VicinalDatasets",
    ]
  ),
  ("VicinalMessages", ["CZlib", "VicinalCore"]),
  (
    "VicinalService",
    [
      "CZeroMQ", "VicinalCore", "VicinalIndexes", "VicinalStorage", "VicinalDatasets",
      "VicinalTuning", "VicinalMessages",
      .product(name: "GRDB", package: "GRDB.swift"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      .product(name: "UnixSignals", package: "swift-service-lifecycle"),
    ]
  ),
  (
    "Vicinal",
    [
      "VicinalCore", "VicinalFiles", "VicinalCompute", "VicinalCoding", "VicinalIndexes",
      "VicinalStorage", "VicinalDatasets", "VicinalTuning",
    ]
  ),
]

/// Test targets with what they import beside `VicinalTestSupport`.
let tests: [(name: String, dependencies: [Target.Dependency])] = [
  ("VicinalCoreTests", ["VicinalCore"]),
  ("VicinalComputeTests", ["VicinalCore", "VicinalCompute", "CVicinalKernels"]),
  ("VicinalCodingTests", ["VicinalCore", "VicinalCompute", "VicinalCoding"]),
  ("VicinalFilesTests", ["VicinalCore", "VicinalFiles"]),
  ("VicinalMessagesTests", ["VicinalCore", "VicinalMessages"]),
  (
    "VicinalServiceTests",
    [
      "VicinalCore", "VicinalIndexes", "VicinalMessages", "VicinalService",
      .product(name: "Logging", package: "swift-log"),
    ]
  ),
  ("VicinalDatasetsTests", ["VicinalCore", "VicinalFiles", "VicinalDatasets"]),
  (
    "VicinalTuningTests",
    [
      "VicinalCore", "VicinalCompute", "VicinalIndexes", "VicinalStorage", "VicinalDatasets",
      "VicinalTuning",
    ]
  ),
  ("VicinalIndexesTests", ["VicinalCore", "VicinalCompute", "VicinalCoding", "VicinalIndexes"]),
  (
    "VicinalStorageTests",
    ["VicinalCore", "VicinalCompute", "VicinalCoding", "VicinalIndexes", "VicinalStorage"]
  ),
  (
    "ContractTests",
    ["VicinalCore", "VicinalCompute", "VicinalCoding", "VicinalIndexes", "VicinalStorage"]
  ),
]

let package = Package(
  name: "vicinal",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Vicinal", targets: ["Vicinal"]),
    .library(name: "VicinalC", type: .dynamic, targets: ["VicinalC"]),
    .library(name: "VicinalService", targets: ["VicinalService"]),
    .executable(name: "vicinal", targets: ["VicinalCommand"]),
  ],
  traits: [
    .trait(
      name: "Arrow",
      description: "Parquet files, s3://, gs:// and hdfs://, through Apache Arrow C++")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(name: "CVicinalKernels"),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CArrow", pkgConfig: "parquet"),
    .target(
      name: "CVicinalArrow",
      dependencies: [.target(name: "CArrow", condition: .when(traits: ["Arrow"]))],
      cSettings: [.define("VICINAL_ARROW", .when(traits: ["Arrow"]))],
      cxxSettings: [.define("VICINAL_ARROW", .when(traits: ["Arrow"]))]),
  ]
    + modules.map {
      .target(name: $0.name, dependencies: $0.dependencies, swiftSettings: settings)
    }
    + [
      .target(name: "CVicinal", exclude: ["standalone"]),
      .target(name: "VicinalC", dependencies: ["CVicinal", "Vicinal"], swiftSettings: settings),
      .executableTarget(
        name: "VicinalCommand",
        dependencies: [
          "Vicinal", "VicinalService",
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: settings),
      .target(
        name: "VicinalTestSupport", dependencies: ["Vicinal"], path: "Tests/VicinalTestSupport",
        swiftSettings: settings),
    ]
    + tests.map {
      .testTarget(
        name: $0.name, dependencies: $0.dependencies + ["VicinalTestSupport"],
        exclude: $0.name == "VicinalDatasetsTests" ? ["Fixtures"] : [],
        swiftSettings: settings)
    },
  cxxLanguageStandard: .cxx20
)
