import Foundation
import OrderedJSON
import Testing

@testable import Tokenization

@Suite("Chat templates")
struct ChatTemplateTests {
    private static func error(of source: String, _ context: JSONObject = [:]) -> TemplateError? {
        do {
            _ = try ChatTemplate(source: source, name: "t").render(context)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "what is no template is refused with its line",
        arguments: [
            ("{% if x %}", 1), ("a\n\n{{ 1 + }}", 3), ("{#\n\n#}\n{% endfor %}", 4), ("{{ 'a\nb' }}\n{{ ) }}", 3),
            ("a\n  {%- if x %}\n{% else %}\n{% else %}", 4),
            ("{% for x in\ny %}\n{% break %}{% endfor %}{% break %}", 3),
            ("{# {% \n", 1), ("\r\n\r{{ @ }}", 3), ("x\n{% raw %}", -1), ("x\n{% raw %}y", 2), ("\n{{ a[1:2, 3] }}", 2),
            ("a\n{% set x | replace('a', b) %}{% endset %}", 2),
        ]
    )
    func syntaxErrors(source: String, line: Int) {
        let error = Self.error(of: source)
        if line < 0 {
            #expect(error == nil)
        } else {
            #expect(error?.code == .syntax(line: line), "\(source.debugDescription): \(String(describing: error))")
            #expect(error?.message.hasPrefix("chat template `t`: line \(line): ") == true)
        }
    }

    @Test(
        "what there is none of is refused by name",
        arguments: [
            ("{{ x | from_json }}", "the filter `from_json`"), ("{{ x | pprint }}", "the filter `pprint`"),
            ("{{ x is hashable }}", "the test `hashable`"), ("{% autoescape true %}{% endautoescape %}", "autoescape"),
            ("{% include 'x' %}", "include"), ("{{ 99999999999999999999 }}", "integers of more than 64 bits"),
            ("{{ 2 ** 64 }}", "integers of more than 64 bits"), ("{{ 'a'.encode() }}", "the method `str.encode`"),
            ("{{ (-1) ** 0.5 }}", "complex numbers"), (#"{{ "\ud800" }}"#, "half a surrogate pair"),
            ("{{ lipsum() }}", "the function `lipsum`"), ("{{ strftime_now('%Q') }}", "`%Q` in strftime_now"),
        ]
    )
    func unsupported(source: String, construct: String) {
        #expect(Self.error(of: source)?.code == .unsupported(construct: construct))
    }

    @Test("a template's own refusal comes with nothing added, an error with the line of its statement")
    func renderingErrors() {
        let raised = Self.error(of: "a\n{{ raise_exception('no ' + role) }}", ["role": "한"])
        #expect(raised == TemplateError(.raised(message: "no 한"), "no 한"))
        let runtime = Self.error(of: "a\n\n{% set x = m.role.name.first %}", ["m": ["role": [:]]])
        #expect(runtime?.code == .runtime)
        #expect(runtime?.message == "chat template `t`, line 3: 'dict object' has no attribute 'name'")
        let macro = Self.error(of: "{% macro m() %}\n{{ 1 + 'a' }}\n{% endmacro %}\n\n{{ m() }}")
        #expect(macro?.message.contains("line 2") == true)
        #expect(Self.error(of: "{{ nothing.x }}")?.message.hasSuffix("'nothing' is undefined") == true)
    }

    @Test("numbers stay what the JSON text says they are")
    func numbers() throws {
        let context = try #require(try JSONValue(parsing: #"{"a": 1, "b": 1.0, "c": -0.0, "d": 1e3}"#).object)
        let template = try ChatTemplate(source: "{{ a }} {{ b }} {{ c }} {{ d }} {{ [a, b] | tojson }} {{ a == b }}")
        #expect(try template.render(context) == "1 1.0 -0.0 1000.0 [1, 1.0] True")
    }

    @Test("keys that only look the same are different, and members keep their order")
    func keys() throws {
        let context: JSONObject = ["d": ["e\u{301}": 1, "\u{E9}": 2, "b": 3, "a": 4]]
        let text = try ChatTemplate(source: "{{ d | tojson }}{{ d['\u{E9}'] }}").render(context)
        #expect(text.isSame(as: "{\"e\u{301}\": 1, \"\u{E9}\": 2, \"b\": 3, \"a\": 4}2"))
    }

    @Test("a mapping of many members is found by key as a small one is")
    func largeMapping() throws {
        let members = (0..<200).map { ("key \($0)", JSONValue.integer(Int64($0))) }
        let template = try ChatTemplate(source: "{{ d['key 17'] }} {{ d.get('key 199') }} {{ d.nothing is defined }}")
        #expect(try template.render(["d": .object(JSONObject(members))]) == "17 199 False")
    }

    @Test("many threads may render at once")
    func concurrentUse() async throws {
        let contexts = try #require(try TemplateFixtures.json("contexts.json").object)
        let context = try #require(contexts["tool_results"]?.object)
        let template = try ChatTemplate(source: TemplateFixtures.text("chatml-thinking.jinja"))
        let expected = try template.render(context)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try template.render(context) } }
            for try await text in group { #expect(text.isSame(as: expected)) }
        }
    }

    @Test("a configuration gives the template for tools, and the tokens that it knows by name")
    func configuration() throws {
        var configuration = TokenizerConfiguration()
        #expect(configuration.chatTemplate(usingTools: true) == nil)
        configuration.chatTemplates = [ChatTemplateSource(name: "default", source: "{{ bos_token }}a")]
        #expect(configuration.chatTemplate(usingTools: true)?.name == "default")
        configuration.chatTemplates.append(ChatTemplateSource(name: "tool_use", source: "b"))
        #expect(configuration.chatTemplate(usingTools: true)?.name == "tool_use")
        configuration.bosToken = "<s>"
        let template = try ChatTemplate(try #require(configuration.chatTemplate(usingTools: false)))
        #expect(template.name == "default")
        #expect(try template.render(configuration.templateVariables) == "<s>a")
    }

    @Test("the generator's files are as its manifest says")
    func manifest() throws {
        let hashes = try #require(try TemplateFixtures.json("manifest.json")["sha256"]?.object)
        #expect(hashes.count > 8)
        for file in hashes.keys {
            #expect(try !TemplateFixtures.text(file).isEmpty)
        }
    }
}
