import Foundation
import OrderedJSON
import Testing

@testable import Tokenization

@Suite("Chat templates, against the reference")
struct ChatTemplateParityTests {
    /// Lines of `{"n": name, "t": template, "c": context}` with the answer, for templates that are not ours to keep.
    static let otherCases = ProcessInfo.processInfo.environment["DURE_TEMPLATE_CASES"]

    @Test("templates from elsewhere print what the reference prints", .enabled(if: otherCases != nil))
    func otherTemplates() throws {
        let file = URL(fileURLWithPath: try #require(Self.otherCases))
        var (equal, count) = (0, 0)
        for line in try TemplateFixtures.lines(of: file) {
            let expected = try TemplateAnswer(line)
            let source = try #require(line["t"]?.string)
            let got = TemplateAnswer(rendering: source, line["c"]?.object ?? JSONObject())
            #expect(got == expected, "\(line["n"]?.string ?? "")")
            count += 1
            if got == expected { equal += 1 }
        }
        print("\(equal) of \(count) equal")
    }
}
