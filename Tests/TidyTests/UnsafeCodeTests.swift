import Foundation
import Testing

@Suite("Unsafe code")
struct UnsafeCodeTests {
    /// Targets that are about memory or wrap a C library throughout.
    private static let targets: Set<String> = ["TensorKernels", "ModelFiles", "KafkaTransport", "ExpertCache"]
    /// Elsewhere one file wraps the one C library.
    private static let files: Set<String> = [
        "Sources/Tokenization/PCRE2Regex.swift", "Sources/Settings/YAMLEvents.swift",
        "Sources/WorkerApp/HTTP/HTTPServer.swift",
    ]
    /// How far above an unsafe expression its reason may stand: one statement of several lines.
    private static let reach = 24

    private static func isUnsafe(_ code: Substring) -> Bool {
        code.contains(/\bunsafe\b/) && !code.contains(/"[^"]*\bunsafe\b[^"]*"/)
    }

    @Test("unsafe code stands only where it is contained")
    func containment() {
        let outside = SourceTree.sources.filter {
            $0.isSwift && !Self.targets.contains($0.target) && !Self.files.contains($0.path)
        }
        #expect(outside.flatMap { $0.findings(where: Self.isUnsafe) } == [])
    }

    @Test("every unsafe expression says why it is safe")
    func reasons() {
        var findings: [Finding] = []
        for file in SourceTree.sources where file.isSwift {
            var lastReason = -Self.reach
            for (number, text) in file.code {
                if file.lines[number - 1].contains("// Safe:") { lastReason = number }
                guard Self.isUnsafe(text), !text.contains("@unsafe"), number - lastReason > Self.reach else { continue }
                findings.append(Finding(path: file.path, line: number, text: String(text)))
            }
        }
        #expect(findings == [])
    }

    @Test("a type that vouches for its own concurrency says why")
    func uncheckedSendable() {
        var findings: [Finding] = []
        for file in SourceTree.sources where file.isSwift {
            for (number, text) in file.code where text.contains("@unchecked Sendable") {
                let nearby = file.lines[max(0, number - 8)..<min(file.lines.count, number + 8)]
                if !nearby.contains(where: { $0.contains("//") }) {
                    findings.append(Finding(path: file.path, line: number, text: String(text)))
                }
            }
        }
        #expect(findings == [])
    }
}
