import Foundation
import OrderedJSON
import Testing

@testable import Tokenization

@Suite("Chat templates under random changes")
struct ChatTemplateFuzzTests {
    private static let rounds = FuzzRuns.count(usually: 1500, parts: 3)

    private static let limits = TemplateLimits(steps: 20_000, outputBytes: 1 << 18, valueBytes: 1 << 20)

    /// Pieces that mean something to the language.
    private static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "{{-", "-}}", "{%+", "+%}", "(", ")", "[", "]", "{", "}", "'",
        "\"", "\\", "|", ".", ",", ":", "=", "==", "~", "+", "-", "*", "**", "//", "%", "<", ">", " in ", " is ",
        " not ", " if ", " else ", " and ", " or ", "for", "endfor", "set", "endset", "macro", "endmacro", "call",
        "endcall", "raw", "endraw", "filter", "endfilter", "block", "endblock", "recursive", "loop", "loop(",
        "caller()",
        "namespace(", "range(", "messages", "message", "tools", "none", "true", "0", "-1", "999999999", "1e999", "1.5",
        "'%s%d' % ", ".format(", ".split(", ".items()", "[::-1]", "[1:]", "tojson", "map", "select", "join", "groupby",
        "batch(", "indent", "round", "sort", "\n", "\t", "\u{0}", "\u{FEFF}", "한", "😀", "e\u{301}", "\r\n",
    ].map { Array($0.utf8) }

    private static func changed(_ source: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = source
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let position = Int.random(in: 0...bytes.count, using: &generator)
            let end = min(bytes.count, position + Int.random(in: 0...24, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes.removeSubrange(position..<end)
            case 1:
                bytes.insert(
                    contentsOf: Array(bytes[position..<end]),
                    at: Int.random(in: 0...bytes.count, using: &generator)
                )
            case 2: if position < bytes.count { bytes[position] = UInt8.random(in: 0...127, using: &generator) }
            case 3: bytes.replaceSubrange(position..<end, with: self.pieces.randomElement(using: &generator) ?? [])
            default: bytes.insert(contentsOf: self.pieces.randomElement(using: &generator) ?? [], at: position)
            }
        }
        return bytes
    }

    @Test(
        "a template that was changed at random gives a text or an error, and comes to an end",
        arguments: [1, 2, 3] as [UInt64]
    )
    func changedTemplates(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let contexts = try #require(try TemplateFixtures.json("contexts.json").object).compactMap(\.value.object)
        var probes = try TemplateFixtures.lines("probes.jsonl")
        let probeContext = try #require(probes.removeFirst().object)
        let files = try FileManager.default.contentsOfDirectory(atPath: TemplateFixtures.folder.path).sorted()
        var templates: [[UInt8]] = []
        for file in files where file.hasSuffix(".jinja") {
            templates.append(Array(try TemplateFixtures.text(file).utf8))
        }
        let shortTemplates = probes.compactMap { $0["t"]?.string }.map { Array($0.utf8) }
        var rendered = 0
        for round in 0..<Self.rounds {
            let isShort = round % 8 != 0
            let base = (isShort ? shortTemplates : templates).randomElement(using: &generator) ?? []
            let source = String(decoding: Self.changed(base, &generator), as: UTF8.self)
            let context = isShort ? probeContext : contexts.randomElement(using: &generator) ?? JSONObject()
            do {
                let template = try ChatTemplate(source: source)
                _ = try template.render(context, limits: Self.limits)
                rendered += 1
            } catch {
                // What a template says itself may be nothing.
                if case .raised = error.code { continue }
                #expect(!error.message.isEmpty, "\(source.debugDescription)")
            }
        }
        #expect(rendered > Self.rounds / 20)
    }
}
