import Foundation
import Testing

@Suite("Documents")
struct DocumentTests {
    @Test("every relative link of a document leads to a file")
    func links() {
        var broken: [String] = []
        for document in SourceTree.documents {
            let folder = document.path.split(separator: "/").dropLast().joined(separator: "/")
            for match in document.text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) {
                let target = String(match.output.1)
                guard !target.contains("://"), !target.hasPrefix("mailto:") else { continue }
                let path = folder.isEmpty ? target : "\(folder)/\(target)"
                if !SourceTree.exists(path) { broken.append("\(document.path): \(target)") }
            }
        }
        #expect(broken == [])
    }

    @Test("the README names only make targets that exist")
    func makeTargets() throws {
        let makefile = try String(contentsOf: SourceTree.root.appending(path: "Makefile"), encoding: .utf8)
        let targets = Set(makefile.matches(of: /(?m)^([a-z]+):/).map { String($0.output.1) })
        for document in SourceTree.documents {
            for match in document.text.matches(of: /`make ([a-z]+)`/) {
                #expect(targets.contains(String(match.output.1)), "\(document.path): \(match.output.0)")
            }
        }
    }

    @Test("every target of the package has a row in docs/architecture.md")
    func targets() throws {
        let architecture = try #require(SourceTree.documents.first { $0.path == "docs/architecture.md" })
        let names = Set(SourceTree.sources.map(\.target))
        for name in names { #expect(architecture.text.contains("`\(name)`"), "\(name)") }
    }
}
