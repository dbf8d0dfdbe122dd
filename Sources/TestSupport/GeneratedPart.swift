import Foundation

/// The part of a documentation file that is made from code, between two comments.
///
/// A test compares it; with `DURE_WRITE_DOCS` set in the environment the test writes it anew.
public struct GeneratedPart: Sendable {
    private let file: URL
    private static let begin = "<!-- Made from code; change it there. -->\n\n"
    private static let end = "\n<!-- End of what is made from code. -->"

    /// - Parameters:
    ///   - path: The file, from the repository's root.
    ///   - testFile: The calling test's file, two folders below the root.
    public init(_ path: String, testFile: String = #filePath) {
        self.file = URL(fileURLWithPath: testFile)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent(path)
    }

    /// What the file holds there; nil if it has no such part.
    ///
    /// `expected` is what it should hold; it is written where that was asked for.
    public func text(expected: String) throws -> String? {
        let whole = try String(contentsOf: self.file, encoding: .utf8)
        guard let begin = whole.range(of: Self.begin),
            let end = whole.range(of: Self.end, range: begin.upperBound..<whole.endIndex)
        else { return nil }
        guard ProcessInfo.processInfo.environment["DURE_WRITE_DOCS"] == nil else {
            let changed = whole[..<begin.upperBound] + expected + whole[end.lowerBound...]
            try String(changed).write(to: self.file, atomically: true, encoding: .utf8)
            return expected
        }
        return String(whole[begin.upperBound..<end.lowerBound])
    }
}
