import Foundation
import Testing

/// The rules of the house that no compiler knows, each as one test over the whole checkout.
@Suite("Tidy")
struct TidyTests {
    @Test("the top level holds what docs/architecture.md lists, and nothing else")
    func topLevel() {
        let known: Set<String> = [
            "Package.swift", "Sources", "Tests", "deploy", "schemas", "docs", "README.md", "CONTRIBUTING.md",
            "CHANGELOG.md", "LICENSE", "Makefile",
        ]
        let local: Set<String> = ["Package.resolved", "out"]
        let unknown = SourceTree.topLevel.filter { !$0.hasPrefix(".") && !known.contains($0) && !local.contains($0) }
        #expect(unknown.isEmpty)
    }

    @Test("a source file has at most 400 lines, a test file at most 600")
    func fileSizes() {
        let large =
            SourceTree.sources.filter { $0.lines.count > 400 } + SourceTree.tests.filter { $0.lines.count > 600 }
        #expect(large.map { "\($0.path): \($0.lines.count)" } == [])
    }

    @Test("a line has at most 120 characters", arguments: ["c", "h"])
    func lineLength(ending: String) {
        let files = SourceTree.sources.filter { $0.path.hasSuffix(".\(ending)") }
        #expect(files.flatMap { $0.findings { $0.count > 120 } } == [])
    }

    @Test(
        "nothing ends the process, hides an error or waits by sleeping",
        arguments: [
            ("fatalError(", "throw an error, or `precondition` with the broken rule"),
            ("try!", "handle the error"),
            ("as!", "use `as?` and handle nil"),
            ("usleep(", "wait for the condition"),
        ]
    )
    func bannedInSources(word: String, instead: String) {
        #expect(SourceTree.sources.flatMap { $0.findings { $0.contains(word) } } == [], "instead: \(instead)")
    }

    @Test("nobody waits by sleeping but between two tries at what has nothing to wait on: a broker, another process")
    func sleeping() {
        let others = SourceTree.sources.filter { !["KafkaTransport", "TestSupport"].contains($0.target) }
        #expect(others.flatMap { $0.findings { $0.contains("Thread.sleep") || $0.contains("Task.sleep") } } == [])
    }

    @Test("libraries print nothing: what people read goes through a console or a log")
    func printing() {
        let libraries = SourceTree.sources.filter { $0.isSwift && !["dure", "dure-bench"].contains($0.target) }
        let pattern = /(^|[^.A-Za-z0-9_"])(print|debugPrint|NSLog)\(/
        #expect(libraries.flatMap { $0.findings { $0.contains(pattern) && !$0.contains("func print(") } } == [])
    }

    @Test("an error that is dropped says why: `try?` has a comment beside it")
    func droppedErrors() {
        var findings: [Finding] = []
        for file in SourceTree.sources where file.isSwift {
            for (number, text) in file.code where text.contains("try?") {
                let nearby = file.lines[max(0, number - 4)..<number]
                if !nearby.contains(where: { $0.contains("//") }) {
                    findings.append(Finding(path: file.path, line: number, text: String(text)))
                }
            }
        }
        #expect(findings == [])
    }

    @Test("words that mark unfinished work stand nowhere")
    func unfinished() {
        let pattern = /\b(FIXME|XXX|TODO|HACK)\b/
        let findings = SourceTree.sources.flatMap { file in
            file.lines.enumerated().filter { $0.element.contains(pattern) }
                .map { Finding(path: file.path, line: $0.offset + 1, text: $0.element) }
        }
        #expect(findings == [])
    }
}
