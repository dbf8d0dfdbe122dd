public import Foundation

/// A program that a test runs beside itself, with its output in files.
///
/// Files and not pipes: a child that nobody reads from must not stop, and what a killed child said must survive it.
public final class ChildProcess: @unchecked Sendable {
    // Sendable: `process` is configured before it is handed out; Foundation's own lock guards it afterwards.
    private let process = Process()
    private let outputFile: URL
    private let errorFile: URL

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: Its path; it is not looked up.
    ///   - arguments: Handed over as they are.
    ///   - environment: Added to this process's own.
    ///   - directory: Where its output files go, and where it runs.
    /// - Throws: What Foundation says where the program cannot be started.
    public init(_ program: String, _ arguments: [String], environment: [String: String] = [:], directory: URL) throws {
        let name = "\(URL(filePath: program).lastPathComponent)-\(UUID().uuidString.prefix(8))"
        self.outputFile = directory.appending(path: "\(name).out")
        self.errorFile = directory.appending(path: "\(name).err")
        for file in [self.outputFile, self.errorFile] {
            guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
                throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file.path])
            }
        }
        self.process.executableURL = URL(filePath: program)
        self.process.arguments = arguments
        self.process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        self.process.currentDirectoryURL = directory
        self.process.standardInput = FileHandle.nullDevice
        self.process.standardOutput = try FileHandle(forWritingTo: self.outputFile)
        self.process.standardError = try FileHandle(forWritingTo: self.errorFile)
        try self.process.run()
    }

    deinit { if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) } }

    public var isRunning: Bool { self.process.isRunning }
    public var identifier: Int32 { self.process.processIdentifier }
    public var output: String { Self.text(self.outputFile) }
    public var errors: String { Self.text(self.errorFile) }

    /// Sends a signal, such as `SIGTERM`; nothing happens to a process that has ended.
    public func signal(_ number: Int32) { if self.process.isRunning { kill(self.process.processIdentifier, number) } }

    /// Waits for the end; nil if it has not come in time.
    ///
    /// A process that a signal ended has that signal's number, negated.
    public func end(within limit: Duration) async -> Int32? {
        guard await eventually(within: limit, { !self.process.isRunning }) else { return nil }
        let status = self.process.terminationStatus
        return self.process.terminationReason == .uncaughtSignal ? -status : status
    }

    /// Runs a program to its end.
    public static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        directory: URL,
        within limit: Duration = .seconds(60)
    ) async throws -> (status: Int32?, output: String, errors: String) {
        let child = try ChildProcess(program, arguments, environment: environment, directory: directory)
        let status = await child.end(within: limit)
        if status == nil { child.signal(SIGKILL) }
        return (status, child.output, child.errors)
    }

    private static func text(_ file: URL) -> String {
        // A file that is gone has nothing to say.
        String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    }
}

/// Waits until a condition holds that another process or thread brings about; false if it has not within `limit`.
public func eventually(within limit: Duration, _ condition: () async -> Bool) async -> Bool {
    let start = ContinuousClock.now
    while !(await condition()) {
        guard ContinuousClock.now - start < limit else { return false }
        // Between two looks at something that sends no signal; the condition decides, not the time.
        try? await Task.sleep(for: .milliseconds(20))
    }
    return true
}
