import Foundation
import Testing

/// One run of the built program.
struct DureProcess {
    let status: Int32
    let output: String
    let error: String

    /// The binary under test: `DURE_BINARY`, or the debug build of this checkout.
    static let binary = ProcessInfo.processInfo.environment["DURE_BINARY"] ?? repository + "/.build/debug/dure"

    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static func dure(
        _ arguments: String...,
        input: String = "",
        environment: [String: String] = [:]
    ) throws -> DureProcess {
        try Self.run(Self.binary, arguments, input: input, environment: environment)
    }

    /// Runs a script of bash in which `dure` is the binary under test.
    static func bash(_ script: String, input: String = "") throws -> DureProcess {
        let folder = URL(fileURLWithPath: Self.binary).deletingLastPathComponent().path
        return try Self.run(
            "/bin/bash",
            ["--norc", "-c", script],
            input: input,
            environment: ["PATH": folder + ":/usr/local/bin:/usr/bin:/bin"]
        )
    }

    /// Runs a program to its end; its streams are files, so that no pipe can fill up.
    static func run(
        _ path: String,
        _ arguments: [String],
        input: String,
        environment: [String: String]
    ) throws -> DureProcess {
        let folder = try TemporaryFolder()
        let input = try folder.file("input", input)
        let output = try folder.file("output", "")
        let error = try folder.file("error", "")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: error))
        try process.run()
        process.waitUntilExit()
        return DureProcess(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: try String(contentsOfFile: output, encoding: .utf8),
            error: try String(contentsOfFile: error, encoding: .utf8)
        )
    }

    /// Every command that help shows, as the words that name it.
    static func commands(below words: [String] = []) throws -> [[String]] {
        let answer = try Self.run(Self.binary, ["__complete"] + words + [""], input: "", environment: [:])
        let names = answer.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
            .filter { !$0.hasPrefix(":") && !$0.hasPrefix("-") && $0 != "help" }
        return try names.flatMap { name -> [[String]] in
            let page = try Self.run(Self.binary, words + [name, "--help"], input: "", environment: [:])
            guard page.output.contains("\nCommands:\n") else { return [words + [name]] }
            return [words + [name]] + (try Self.commands(below: words + [name]))
        }
    }
}

/// A folder that is gone when nobody holds it.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "/dure-tests-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    // Nothing depends on it being gone.
    deinit { try? FileManager.default.removeItem(atPath: self.path) }

    func file(_ name: String, _ text: String) throws -> String {
        let path = self.path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }
}
