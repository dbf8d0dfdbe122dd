import Foundation

/// One of the demo's processes: this program again, with its log in a file.
///
/// It is started with a pipe as its standard input whose other end is kept here, so that a child that waits for the end of
/// its input does not outlive the demo, however that ends.
final class DemoChild {
    let name: String
    let log: URL
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameters:
    ///   - name: Of its log file.
    ///   - arguments: What this program is told.
    ///   - directory: Where the log goes.
    /// - Throws: ``CommandError``, or what Foundation says where it cannot be started.
    init(_ name: String, _ arguments: [String], directory: URL) throws {
        self.name = name
        self.log = directory.appending(path: "\(name).log")
        guard FileManager.default.createFile(atPath: self.log.path, contents: nil) else {
            throw CommandError("\(self.log.path): cannot be created")
        }
        self.process.executableURL = try Self.program()
        self.process.arguments = arguments
        self.process.standardInput = self.input
        self.process.standardOutput = self.output
        self.process.standardError = try FileHandle(forWritingTo: self.log)
        try self.process.run()
    }

    deinit { if self.process.isRunning { self.process.terminate() } }

    var isRunning: Bool { self.process.isRunning }

    /// The first line that the child prints; nil if it ends before.
    ///
    /// Blocks.
    func firstLine() throws -> String? {
        var line = Data()
        while let byte = try self.output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            if byte.first == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    /// Asks the child to end, and waits for that.
    ///
    /// - Returns: Its exit status; nil where a signal ended it.
    func stop() -> Int32? {
        if self.process.isRunning { self.process.terminate() }
        return self.end()
    }

    /// Ends the child's input and waits for its end.
    func closeInput() -> Int32? {
        // A child that has ended already has closed its end.
        try? self.input.fileHandleForWriting.close()
        return self.end()
    }

    /// The last lines of its log, for whoever has to see why it failed.
    func lastWords() -> String {
        let text = (try? String(contentsOf: self.log, encoding: .utf8)) ?? ""  // A log that is gone says nothing.
        return text.split(separator: "\n").suffix(5).joined(separator: "\n")
    }

    private func end() -> Int32? {
        self.process.waitUntilExit()
        return self.process.terminationReason == .exit ? self.process.terminationStatus : nil
    }

    /// This program's own file.
    static func program() throws -> URL {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        guard FileManager.default.isExecutableFile(atPath: own.path) else {
            throw CommandError("cannot find this program's own file to start workers from")
        }
        return own
    }
}
