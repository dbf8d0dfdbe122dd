// swift-tools-version: 6.2

import PackageDescription

/// Every Swift target builds with these; a target that needs fewer says why next to its entry.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let strictC: [CSetting] = [
    .treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra"), .enableWarning("conversion"),
]

/// One of Debian's C libraries, found through pkg-config.
///
/// Its shim header hides macros and varargs.
func debian(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// A library target and, beside it, its tests.
func room(_ name: String, _ dependencies: [String] = [], tests: [String]? = []) -> [Target] {
    let library = Target.target(
        name: name,
        dependencies: dependencies.map { .byName(name: $0) },
        swiftSettings: strict
    )
    guard let tests else { return [library] }
    let suite = Target.testTarget(
        name: name + "Tests",
        dependencies: ([name] + tests).map { .byName(name: $0) },
        swiftSettings: strict
    )
    return [library, suite]
}

/// Tests that look at several rooms, or at the whole house from outside.
func suite(_ name: String, _ dependencies: [String] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies.map { .byName(name: $0) },
        exclude: exclude,
        swiftSettings: strict
    )
}

func command(_ name: String, _ dependencies: [String]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies.map { .byName(name: $0) },
        swiftSettings: strict
    )
}

// The order is the import direction: a target may import the rows above it that it names.
var targets: [Target] = [
    debian("COpenBLAS", "openblas", "libopenblas-dev"),
    debian("CRdkafka", "rdkafka", "librdkafka-dev"),
    debian("CPCRE2", "libpcre2-8", "libpcre2-dev"),
    debian("CMicrohttpd", "libmicrohttpd", "libmicrohttpd-dev"),
    debian("CYAML", "yaml-0.1", "libyaml-dev"),
    debian("CCrypto", "libcrypto", "libssl-dev"),
    // Two calls that Swift cannot make safely: the width of a terminal, and to ignore a signal.
    .systemLibrary(name: "CTerminal"),
    .target(name: "CDureKernels", cSettings: strictC, linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CExpertArena", dependencies: ["CDureKernels"], cSettings: strictC),
]
targets += room("OrderedJSON")
targets += room("Settings", ["CYAML", "CTerminal"])
targets += room("Telemetry")
targets += room("ServingCore", tests: nil)
targets += room("TensorKernels", ["CDureKernels", "COpenBLAS"])
targets += room(
    "JobContract",
    ["OrderedJSON", "ServingCore"],
    tests: ["OrderedJSON", "ServingCore", "JSONSchemas", "TestSupport"]
)
targets += room("JSONSchemas", ["OrderedJSON", "JobContract"], tests: ["OrderedJSON"])
targets += room("Evaluation", ["OrderedJSON", "JSONSchemas"], tests: ["OrderedJSON", "JSONSchemas", "TestSupport"])
targets += room(
    "ModelFiles",
    ["OrderedJSON", "ServingCore", "TensorKernels", "CCrypto"],
    tests: ["OrderedJSON", "TensorKernels"]
)
targets += room("Tokenization", ["OrderedJSON", "ServingCore", "CPCRE2"], tests: ["OrderedJSON", "ServingCore"])
targets += room(
    "ExpertCache",
    ["ServingCore", "TensorKernels", "ModelFiles", "CExpertArena"],
    tests: ["ModelFiles", "TensorKernels", "CExpertArena", "TestSupport"]
)
targets += room(
    "MoEModel",
    ["ServingCore", "TensorKernels", "ModelFiles", "ExpertCache"],
    tests: ["ServingCore", "TensorKernels", "ModelFiles", "ExpertCache"]
)
targets += room(
    "InferenceEngine",
    ["ServingCore", "TensorKernels", "ModelFiles", "ExpertCache", "MoEModel"],
    tests: ["ServingCore", "MoEModel", "TestSupport"]
)
targets += room("OffsetLedger")
targets += room(
    "Worker",
    ["OrderedJSON", "ServingCore", "JobContract", "Tokenization", "InferenceEngine", "OffsetLedger", "Telemetry"],
    tests: [
        "OrderedJSON", "ServingCore", "JobContract", "Tokenization", "MoEModel", "InferenceEngine", "OffsetLedger",
        "Telemetry", "JSONSchemas", "TestSupport",
    ]
)
targets += room(
    "KafkaTransport",
    ["OrderedJSON", "Worker", "OffsetLedger", "Telemetry", "CRdkafka"],
    tests: ["Worker", "OffsetLedger", "Telemetry", "TestSupport"]
)
targets += room(
    "WorkerApp",
    [
        "OrderedJSON", "Settings", "Telemetry", "ServingCore", "JobContract", "ModelFiles", "Tokenization",
        "TensorKernels",
        "ExpertCache", "MoEModel", "InferenceEngine", "OffsetLedger", "Worker", "KafkaTransport", "JSONSchemas",
        "Evaluation", "CMicrohttpd",
    ],
    tests: [
        "JobContract", "OrderedJSON", "Worker", "TestSupport", "ExpertCache", "ModelFiles", "TensorKernels",
    ]
)
targets += [
    .target(
        name: "TestSupport",
        dependencies: [
            "OrderedJSON", "ServingCore", "JobContract", "Tokenization", "MoEModel", "InferenceEngine", "OffsetLedger",
            "Worker",
        ],
        swiftSettings: strict
    ),
    command(
        "dure",
        [
            "OrderedJSON", "Settings", "Telemetry", "ServingCore", "JobContract", "ModelFiles", "Tokenization",
            "TensorKernels",
            "ExpertCache", "MoEModel", "InferenceEngine", "Worker", "KafkaTransport", "Evaluation", "WorkerApp",
        ]
    ),
    command(
        "dure-bench",
        [
            "OrderedJSON", "Settings", "ServingCore", "TensorKernels", "ModelFiles", "Tokenization", "ExpertCache",
            "MoEModel", "InferenceEngine", "TestSupport",
        ]
    ),
    // What the tests of the expert cache's arena kill.
    .executableTarget(
        name: "dure-arena-exerciser",
        dependencies: ["CExpertArena", "CDureKernels"],
        cSettings: strictC
    ),
    suite(
        "ParityTests",
        [
            "OrderedJSON", "ServingCore", "TensorKernels", "ModelFiles", "ExpertCache", "MoEModel", "InferenceEngine",
            "TestSupport",
        ]
    ),
    suite("BenchTests", ["dure-bench", "Settings", "ModelFiles", "TensorKernels"]),
    suite("CommandTests", ["OrderedJSON", "Settings", "ExpertCache", "TestSupport", "dure"]),
    suite("KafkaIntegrationTests", ["Telemetry", "Worker", "KafkaTransport", "OffsetLedger", "TestSupport"]),
    suite("EndToEndTests", ["OrderedJSON", "JobContract", "Worker", "TestSupport"], exclude: ["client.py"]),
    suite("TidyTests"),
]

let package = Package(
    name: "dure",
    products: [.executable(name: "dure", targets: ["dure"]), .executable(name: "dure-bench", targets: ["dure-bench"])],
    targets: targets
)
