import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ExpertCache

/// Workers in processes of their own, and the places where they can be made to die.
struct ArenaExerciser {
    static let recordBytes = 8192

    /// A place in the C sources between two states.
    struct Edge: Hashable, CustomStringConvertible {
        let file: String
        let line: Int
        var description: String { "\(self.file):\(self.line)" }
    }

    enum Death: Sendable {
        case never
        /// When it passes an edge for the n-th time.
        case edge(Edge, Int)
        /// At the n-th edge, whichever it is.
        case anyEdge(Int)
        /// Wherever it is then.
        case microseconds(Int)
    }

    struct End {
        /// Of the exit, or the signal's number, negated.
        let status: Int32
        let errors: String
        /// Where it died, if it did at an edge.
        var edge: Edge? {
            guard let match = self.errors.firstMatch(of: /edge (\S+):(\d+)\n/), let line = Int(match.output.2) else {
                return nil
            }
            return Edge(file: String(match.output.1), line: line)
        }
    }

    let bed: ArenaBed
    /// Names the file for a child's errors.
    private static let children = Atomic<Int>(0)

    static let binary =
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "dure-arena-exerciser").path

    /// All of them, as the sources have them.
    static func edges() throws -> [Edge] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/CExpertArena")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".c") }.sorted().flatMap { name in
                try String(contentsOf: folder.appending(path: name), encoding: .utf8)
                    .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                    .filter { $0.element.trimmingCharacters(in: .whitespaces) == "EDGE();" }
                    .map { Edge(file: name, line: $0.offset + 1) }
            }
    }

    /// Runs one to its end, which comes by itself: it has an alarm.
    func run(seed: UInt64, operations: Int, _ death: Death = .never) throws -> End {
        let geometry = self.bed.geometry
        var arguments = [
            Self.binary, self.bed.place.path, "\(geometry.layerCount)", "\(geometry.expertsPerLayer)",
            "\(geometry.slotCount)", "\(seed)", "\(operations)",
        ]
        switch death {
        case .never: arguments += ["any", "0", "0"]
        case .edge(let edge, let passing): arguments += [edge.file, "\(edge.line)", "\(passing)"]
        case .anyEdge(let passing): arguments += ["any", "0", "\(passing)"]
        case .microseconds(let count): arguments += ["clock", "0", "\(count)"]
        }
        let number = Self.children.add(1, ordering: .relaxed).newValue
        let errors = self.bed.folder.appending(path: "errors-\(number)")
        defer { try? FileManager.default.removeItem(at: errors) }
        let status = try Self.spawn(arguments, errors: errors.path)
        return End(status: status, errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// Foundation's way of starting a process takes longer than such a process lives.
    private static func spawn(_ arguments: [String], errors: String) throws -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var strings: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        defer { unsafe strings.forEach { unsafe free($0) } }
        unsafe strings.append(nil)
        var child: pid_t = 0
        let code = unsafe posix_spawn(&child, arguments[0], &actions, nil, strings, environ)
        try #require(code == 0, "\(arguments[0]): \(code)")
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 { try #require(errno == EINTR) }
        return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
    }
}
