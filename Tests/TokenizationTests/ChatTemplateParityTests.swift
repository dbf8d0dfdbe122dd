import Foundation
import OrderedJSON
import Testing

@testable import Tokenization

@Suite("Chat templates, against the reference")
struct ChatTemplateParityTests {
    @Test("every probe of the language gives the reference's text, or fails where the reference does")
    func probes() throws {
        var lines = try TemplateFixtures.lines("probes.jsonl")
        let context = try #require(lines.removeFirst().object)
        #expect(lines.count > 1500)
        for line in lines {
            let source = try #require(line["t"]?.string)
            let expected = try TemplateAnswer(line)
            let got = TemplateAnswer(rendering: source, context)
            #expect(got == expected, "\(source.debugDescription)")
        }
    }

    @Test("every template gives the reference's text for every conversation, or fails where the reference does")
    func templates() throws {
        let contexts = try TemplateFixtures.json("contexts.json")
        for line in try TemplateFixtures.lines("answers.jsonl") {
            let (name, contextName) = (try #require(line["n"]?.string), try #require(line["c"]?.string))
            let source = try TemplateFixtures.text(name + ".jinja")
            let expected = try TemplateAnswer(line)
            let got = TemplateAnswer(rendering: source, try #require(contexts[contextName]?.object))
            #expect(got == expected, "\(name), \(contextName)")
        }
    }

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
