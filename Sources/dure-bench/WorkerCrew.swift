import Foundation

/// Processes of this program that do something together: each says when it is ready, and when it has finished.
final class WorkerCrew {
    /// The line by which a worker says either.
    static let signal = "at your service"

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let workers: [(process: Process, input: Pipe, output: Pipe)]

    /// Starts them, and waits until all are ready.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - arguments: Of each, by its number.
    /// - Throws: ``Failure`` where one ends instead; what starting a process throws.
    init(_ count: Int, _ arguments: (Int) -> [String]) throws {
        var workers: [(process: Process, input: Pipe, output: Pipe)] = []
        for index in 0..<count {
            let (process, input, output) = (Process(), Pipe(), Pipe())
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = arguments(index)
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            workers.append((process, input, output))
        }
        self.workers = workers
        try self.waitForAll()
    }

    /// Lets all of them begin, and waits until all have finished.
    ///
    /// - Returns: Seconds from one to the other.
    /// - Throws: ``Failure`` where one ends instead.
    func run() throws -> Double {
        let start = ContinuousClock.now
        for worker in self.workers { try worker.input.fileHandleForWriting.write(contentsOf: Data([10])) }
        try self.waitForAll()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// The memory that the workers' mappings of a file take, each page counted once however many have it.
    ///
    /// - Throws: ``Failure`` where the system does not say.
    func proportionalBytes(of path: String) throws -> Int {
        try self.workers.reduce(0) { sum, worker in
            let file = "/proc/\(worker.process.processIdentifier)/smaps"
            guard let text = try FileHandle(forReadingAtPath: file)?.readToEnd() else {
                throw Failure(description: "\(file): cannot be read")
            }
            var isMapping = false
            var bytes = 0
            for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                if fields.count >= 5, fields[0].contains("-") { isMapping = line.contains(path) }
                if isMapping, fields[0] == "Pss:", fields.count > 1 { bytes += (Int(fields[1]) ?? 0) * 1024 }
            }
            return sum + bytes
        }
    }

    /// Lets all of them go, whatever they are doing.
    func end() {
        for worker in self.workers {
            // One that has ended already has closed it.
            try? worker.input.fileHandleForWriting.close()
        }
        for worker in self.workers { worker.process.waitUntilExit() }
    }

    private func waitForAll() throws {
        for worker in self.workers {
            var line = Data()
            while line.last != 10 {
                let part = worker.output.fileHandleForReading.availableData
                guard !part.isEmpty else {
                    self.end()
                    throw Failure(
                        description: "a worker has ended early, with status \(worker.process.terminationStatus)"
                    )
                }
                line += part
            }
        }
    }
}
