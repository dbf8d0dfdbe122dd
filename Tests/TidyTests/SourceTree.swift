import Foundation
import Testing

/// The checkout as the tests see it: its files, each as lines.
enum SourceTree {
    struct File: Sendable, CustomTestStringConvertible {
        /// From the top of the checkout.
        let path: String
        let lines: [String]

        var target: String { self.path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
        var name: String { self.path.split(separator: "/").last.map(String.init) ?? self.path }
        var isSwift: Bool { self.path.hasSuffix(".swift") }
        var text: String { self.lines.joined(separator: "\n") }
        var testDescription: String { self.path }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let topLevel: [String] = names(in: root)

    static let sources = files(under: "Sources", endings: [".swift", ".c", ".h"])
    static let tests = files(under: "Tests", endings: [".swift"])
    static let documents =
        topLevel.filter { $0.hasSuffix(".md") }.compactMap(file) + files(under: "docs", endings: [".md"])

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: self.root.appending(path: path).path)
    }

    private static func names(in folder: URL) -> [String] {
        let found = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (found ?? []).sorted()
    }

    private static func files(under folder: String, endings: [String]) -> [File] {
        guard let walker = FileManager.default.enumerator(atPath: self.root.appending(path: folder).path) else {
            return []
        }
        return walker.compactMap { $0 as? String }
            .filter { path in endings.contains { path.hasSuffix($0) } }
            .sorted()
            .compactMap { Self.file("\(folder)/\($0)") }
    }

    private static func file(_ path: String) -> File? {
        guard let text = try? String(contentsOf: self.root.appending(path: path), encoding: .utf8) else { return nil }
        return File(path: path, lines: text.components(separatedBy: "\n"))
    }
}

/// One place in a file that breaks a rule.
struct Finding: CustomStringConvertible, Equatable {
    let path: String
    let line: Int
    let text: String

    var description: String { "\(self.path):\(self.line): \(self.text.trimmingCharacters(in: .whitespaces))" }
}

extension SourceTree.File {
    /// The lines, numbered from 1, without comments: what comes after `//` outside a string literal.
    var code: [(number: Int, text: Substring)] {
        self.lines.enumerated().map { index, line in (index + 1, Self.withoutComment(line)) }
    }

    private static func withoutComment(_ line: String) -> Substring {
        var isInString = false
        var previous: Character = " "
        for index in line.indices {
            let character = line[index]
            if character == "\"", previous != "\\" { isInString.toggle() }
            if character == "/", previous == "/", !isInString { return line[..<line.index(before: index)] }
            previous = character
        }
        return line[...]
    }

    func findings(where isFinding: (Substring) -> Bool) -> [Finding] {
        self.code.filter { isFinding($0.text) }
            .map { Finding(path: self.path, line: $0.number, text: String($0.text)) }
    }
}
