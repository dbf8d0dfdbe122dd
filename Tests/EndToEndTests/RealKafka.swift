import Foundation
import TestSupport

/// One real broker for all tests of this process; it ends when the process does.
final class RealKafka: Sendable {
    let bootstrap: String
    /// What clients are told: a proxy's address, where one stands between.
    let clientBootstrap: String
    /// Where tests keep their files.
    let directory: URL
    /// Its standard input's other end is here: the broker ends, and removes what it wrote, when that closes.
    private let cluster: HeldProcess

    private static let script = Programs.checkout.appending(path: "deploy/kafka/cluster").path

    /// Where Kafka is; nil where there is none, and none is downloaded for a test.
    static let home: String? = {
        if let home = ProcessInfo.processInfo.environment["DURE_KAFKA_HOME"] { return home }
        let beside = Programs.checkout.appending(path: "../shared/kafka").standardizedFileURL.path
        return FileManager.default.fileExists(atPath: beside + "/libs") ? beside : nil
    }()

    private static let started = Task { try await RealKafka() }

    static func shared() async throws -> RealKafka { try await Self.started.value }

    /// - Parameter advertisedPort: Where the broker sends its clients; nil: to itself.
    /// - Throws: ``StageError`` with what it said, where it does not start.
    init(advertisedPort: Int? = nil) async throws {
        self.directory = FileManager.default.temporaryDirectory.appending(
            path: "dure-e2e-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        let cluster = try HeldProcess(
            Self.script,
            ["run"] + (advertisedPort.map { ["--advertised-port", String($0)] } ?? []),
            directory: self.directory
        )
        var address = ""
        let hasStarted = await eventually(within: .seconds(120)) {
            address = cluster.output.split(separator: "\n").first.map(String.init) ?? ""
            return !address.isEmpty || !cluster.isRunning
        }
        guard hasStarted, cluster.isRunning, !address.isEmpty else {
            throw StageError(description: "Kafka did not start: \(cluster.errors)")
        }
        self.cluster = cluster
        self.bootstrap = address
        self.clientBootstrap = advertisedPort.map { "127.0.0.1:\($0)" } ?? address
    }
}

struct StageError: Error, CustomStringConvertible {
    let description: String
}

/// A child whose standard input stays open for as long as this lives.
final class HeldProcess: @unchecked Sendable {
    // Sendable: configured before it is handed out; Foundation's own lock guards the process afterwards.
    private let process = Process()
    private let input = Pipe()
    private let outputFile: URL
    private let errorFile: URL

    init(_ program: String, _ arguments: [String], directory: URL) throws {
        self.outputFile = directory.appending(path: "held-\(UUID().uuidString.prefix(8)).out")
        self.errorFile = self.outputFile.appendingPathExtension("err")
        for file in [self.outputFile, self.errorFile] {
            try Data().write(to: file)
        }
        self.process.executableURL = URL(filePath: program)
        self.process.arguments = arguments
        self.process.standardInput = self.input
        self.process.standardOutput = try FileHandle(forWritingTo: self.outputFile)
        self.process.standardError = try FileHandle(forWritingTo: self.errorFile)
        try self.process.run()
    }

    var isRunning: Bool { self.process.isRunning }
    var output: String { (try? String(contentsOf: self.outputFile, encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOf: self.errorFile, encoding: .utf8)) ?? "" }
}

/// A random model of the smallest shape, made once by the built program.
enum TinyModel {
    private static let made = Task {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dure-tiny-\(UUID().uuidString.prefix(8))")
        let ended = try await ChildProcess.run(
            Programs.dure,
            ["model", "synthesize", folder.path, "--preset", "tiny", "--seed", "1"],
            directory: FileManager.default.temporaryDirectory
        )
        guard ended.status == 0 else { throw StageError(description: "model synthesize: \(ended.errors)") }
        return folder
    }

    static func shared() async throws -> URL { try await Self.made.value }
}
