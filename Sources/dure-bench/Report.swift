import Foundation
import Settings
import TensorKernels

/// Comma-separated values on standard output, below comment lines that name machine, commit and conditions.
final class Report {
    private let console: Console
    /// What waits for ``finish()``, where columns are aligned.
    private var aligned: [[String]]?

    /// Prints the head.
    ///
    /// - Parameters:
    ///   - console: Receives it, and every row.
    ///   - conditions: What was measured and how, by name.
    ///   - columns: Of every row.
    ///   - isAligned: Whether rows wait for ``finish()`` to be aligned for people.
    /// - Throws: What the console throws.
    init(_ console: Console, conditions: [(String, String)], columns: [String], isAligned: Bool = false) throws {
        self.console = console
        self.aligned = isAligned ? [] : nil
        let machine = [
            ("machine", Machine.processor), ("cores", String(ProcessInfo.processInfo.activeProcessorCount)),
            ("kernels", KernelVariant.fastest.name), ("build", Machine.build), ("commit", Machine.commit),
        ]
        for (name, value) in machine + conditions { try console.print("# \(name): \(value)") }
        try self.row(columns)
    }

    func row(_ fields: [String]) throws {
        guard self.aligned == nil else {
            self.aligned?.append(fields)
            return
        }
        try self.console.print(fields.joined(separator: ","))
    }

    /// Prints what has waited: the first column to the left, the others, which are numbers, to the right.
    func finish() throws {
        guard let rows = self.aligned, let head = rows.first else { return }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            try self.console.print(cells.joined(separator: "  "))
        }
        self.aligned = []
    }
}

/// What a report says about where it was made.
enum Machine {
    /// The processor's name, as the system gives it.
    static var processor: String {
        guard let text = Self.text(of: "/proc/cpuinfo") else { return "unknown" }
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        let features = text.split(separator: "\n").filter { $0.hasPrefix("cpu family") || $0.hasPrefix("model\t") }
        let numbers = features.prefix(2).compactMap {
            $0.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        }
        return "\(name ?? "unknown") (family and model \(numbers.joined(separator: " ")))"
    }

    /// The commit of the working folder, from git's own files; `unknown` outside of a checkout.
    static var commit: String {
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        // Without git, or outside of a checkout, there is no commit to name.
        guard (try? process.run()) != nil else { return "unknown" }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? "unknown" : text
    }

    static var build: String {
        #if DEBUG
        "debug (times mean nothing)"
        #else
        "release"
        #endif
    }

    /// A file's text; nil where it cannot be read.
    private static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Times of contenders that take turns, so that a machine that is slow for a while is slow for all of them.
struct Rounds {
    private var seconds: [[Double]]

    /// Runs every contender once in each round.
    init(_ count: Int, of contenders: [() throws -> Void]) throws {
        self.seconds = contenders.map { _ in [] }
        let clock = ContinuousClock()
        for _ in 0..<max(count, 1) {
            for (index, contender) in contenders.enumerated() {
                self.seconds[index].append(try clock.measure(contender) / .seconds(1))
            }
        }
    }

    /// The middle of a contender's times.
    func median(_ contender: Int) -> Double { Self.median(of: self.seconds[contender]) }

    static func median(of values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}

extension Double {
    /// With `digits` significant digits, never in scientific notation.
    func rounded(digits: Int) -> String {
        guard self.isFinite, self != 0 else { return "0" }
        let decimals = max(digits - 1 - Int(log10(abs(self)).rounded(.down)), 0)
        return String(format: "%.\(decimals)f", self)
    }
}
