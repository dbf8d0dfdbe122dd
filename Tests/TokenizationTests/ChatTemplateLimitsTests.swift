import Foundation
import OrderedJSON
import Synchronization
import Testing

@testable import Tokenization

@Suite("Limits of chat templates")
struct ChatTemplateLimitsTests {
    private static func code(
        _ source: String,
        _ context: JSONObject = [:],
        _ limits: TemplateLimits = TemplateLimits()
    ) -> TemplateError.Code? {
        do {
            _ = try ChatTemplate(source: source).render(context, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    /// Bounds that a test reaches quickly.
    private static let small = TemplateLimits(steps: 200_000, outputBytes: 1 << 20, valueBytes: 8 << 20)

    @Test(
        "what does not come to an end is stopped, whatever it spends",
        arguments: [
            ("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", .steps),
            ("{% set l = range(9999) | list %}{% for a in l %}{{ 'x' in l }}{% endfor %}", .steps),
            ("{% for a in range(9999) %}{% set x = range(9999) | sum %}{% endfor %}", .steps),
            ("{% set s = 'A' * 99999 %}{% for a in range(9999) %}{{ s | length }}{% endfor %}", .steps),
            ("{% set s = 'A' * 99999 %}{% for a in range(9999) %}{{ s < s }}{% endfor %}", .steps),
            ("{% set s = 'A' * 99999 %}{% for a in range(9999) %}{{ s is upper }}{% endfor %}", .steps),
            ("{% set s = 'A' * 99999 %}{{ ([s] * 999) | sort | length }}", .valueBytes),
            ("{% set s = 'A' * 99999 %}{{ ([s] * 999) | unique | list | length }}", .valueBytes),
            ("{% set s = 'A' * 99999 %}{{ ([s] * 999) | max | length }}", .valueBytes),
            (
                "{% set s = 'A' * 99999 %}{{ dict.fromkeys(range(999), s) | dictsort(by='value') | length }}",
                .valueBytes
            ),
            ("{% for a in range(99999) %}{{ 'sixteen letters!' * 64 }}{% endfor %}", .outputBytes),
            ("{{ 'ab' * 999999999 }}", .valueBytes), ("{{ [1] * 999999999 }}", .valueBytes),
            ("{{ 'a' * 9223372036854775807 * 2 }}", .valueBytes),
            (
                "{% set ns = namespace(s='ab') %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                .valueBytes
            ),
            (
                "{% set ns = namespace(s='ab') %}{% for a in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                .valueBytes
            ),
            (
                "{% set ns = namespace(s=[1]) %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                .valueBytes
            ),
            (
                "{% set ns = namespace(s='') %}{% for a in range(9999) %}{% set ns.s = ns.s ~ 'abcdefgh' %}{% endfor %}",
                .valueBytes
            ),
            ("{% set s = 'a' * 9999 %}{{ s.replace('', s) }}", .valueBytes),
            ("{% set s = 'a' * 9999 %}{{ s.replace('a', s) }}", .valueBytes),
            ("{% set s = 'a' * 9999 %}{{ s.join(s) }}", .valueBytes),
            ("{% set s = 'a' * 9999 %}{{ range(9999) | join(s) }}", .valueBytes),
            ("{{ 'a'.center(999999999) }}", .valueBytes), ("{{ 'a'.zfill(999999999) }}", .valueBytes),
            ("{{ ('\t' * 999).expandtabs(99999) }}", .valueBytes), ("{{ 'a' | indent(999999999) }}", .valueBytes),
            ("{{ ('a\n' * 9999) | indent(9999) }}", .valueBytes),
            ("{{ [1] | batch(999999999, 0) | list }}", .valueBytes),
            ("{{ [1] | slice(999999999) | list }}", .valueBytes),
            ("{% set a = ['x' * 999] * 999 %}{% set b = [a] * 999 %}{{ b | tojson }}", .valueBytes),
            ("{% set a = ['x' * 999] * 999 %}{% set b = [a] * 999 %}{{ b }}", .valueBytes),
            ("{% set a = [[]] * 999 %}{% set b = [a] * 999 %}{{ b | tojson | length }}", .steps),
            ("{% set a = [1] * 999 %}{{ [a, a] | tojson(indent='x' * 9999) | length }}", .valueBytes),
            (
                "{% set x %}{% for a in range(99999) %}{{ 'sixteen letters!' * 64 }}{% endfor %}{% endset %}",
                .valueBytes
            ),
            ("{{ '%999999d' % 1 ~ '%999999d' % 1 ~ '%999999d' % 1 ~ '{:999999}'.format(1) * 9 }}", .valueBytes),
            ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", .depth),
            ("{% macro m() %}{% call m() %}{% endcall %}{{ caller }}{% endmacro %}{{ m() }}", .depth),
            ("{% for n in [1] recursive %}{{ loop([1]) }}{% endfor %}", .depth),
            ("{% block b %}{{ self.b() }}{% endblock %}", .depth),
            ("{% set ns = namespace() %}{% set ns.ns = ns %}{{ ns }}", .depth),
            ("{% set ns = namespace(l=[]) %}{% for a in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}", .depth),
            ("{% set ns = namespace(l={}) %}{% for a in range(9999) %}{% set ns.l = {1: ns.l} %}{% endfor %}", .depth),
            (
                "{% set ns = namespace(l=[]) %}{% for a in range(9999) %}{% set ns.l = ns.l | map('string') %}{% endfor %}",
                .depth
            ),
            (
                "{% set ns = namespace(l=[1]) %}{% for a in range(9999) %}{% set ns.l = [1] | map('default', ns.l) %}{% endfor %}",
                .depth
            ),
            ("{% set ns = namespace() %}{% for a in range(9999) %}{% set ns.l = joiner(ns.l) %}{% endfor %}", .depth),
            ("{% set ns = namespace() %}{% for a in range(9999) %}{% set ns.l = cycler(ns.l) %}{% endfor %}", .depth),
            (
                "{% set ns = namespace() %}{% for a in range(9999) %}{% for b in [ns.l] %}{% set ns.l = loop %}{% endfor %}{% endfor %}",
                .depth
            ),
        ] as [(String, TemplateError.Limit)]
    )
    func limits(source: String, limit: TemplateError.Limit) {
        #expect(Self.code(source, [:], Self.small) == .limit(limit), "\(source)")
    }

    @Test("what has steps enough is stopped by the clock")
    func duration() {
        let source = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
        let limits = TemplateLimits(steps: .max, duration: .milliseconds(20))
        #expect(Self.code(source, [:], limits) == .limit(.duration))
        #expect(Self.code("{{ 1 }}", [:], limits) == nil)
    }

    @Test("what refers to itself in long chains is let go without harm")
    func chains() throws {
        for source in [
            "{% set ns = namespace(l=[1]) %}{% for a in range(20000) %}{% set ns.l = [ns.l.x] %}{% endfor %}{{ ns.l }}",
            "{% set ns = namespace() %}{% for a in range(20000) %}{% set ns.l = namespace(l=ns.l) %}{% endfor %}",
            """
            {% set ns = namespace() %}{% macro m(p) %}{% macro i() %}{{ p }}{% endmacro %}{% set ns.m = i %}{% endmacro %}
            {% for a in range(9000) %}{{ m(ns.m) }}{% endfor %}
            """,
            """
            {% set ns = namespace(l=[]) %}{% for a in range(9000) %}{% for b in [1] %}{% set l = [loop] %}
            {{- loop.changed(ns.l) }}{% set ns.l = l %}{% endfor %}{% endfor %}
            """,
        ] {
            #expect(Self.code(source) == nil, "\(source)")
        }
    }

    @Test(
        "what is nested too deeply is refused",
        arguments: [
            "{{ " + String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000) + " }}",
            "{{ " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + " }}",
            "{{ " + String(repeating: "not ", count: 5000) + "1 }}",
            "{{ " + String(repeating: "- ", count: 5000) + "1 }}",
            "{{ " + String(repeating: "a.", count: 5000) + "b }}",
            "{{ " + String(repeating: "1 + ", count: 5000) + "1 }}",
            "{{ " + String(repeating: "a[", count: 5000) + "1" + String(repeating: "]", count: 5000) + " }}",
            "{{ a" + String(repeating: "|upper", count: 5000) + " }}",
            "{{ a" + String(repeating: "()", count: 5000) + " }}",
            "{{ " + String(repeating: "1 if x else ", count: 5000) + "1 }}",
            "{{ " + String(repeating: "1 or ", count: 5000) + "1 }}", String(repeating: "{% if x %}", count: 5000),
            String(repeating: "{% for x in y %}", count: 5000), String(repeating: "{% macro m() %}", count: 5000),
        ]
    )
    func syntaxDepth(source: String) {
        let code = Self.code(source)
        #expect(code == .limit(.depth), "\(source.prefix(40)): \(String(describing: code))")
    }

    /// Templates that go as deep as limits let them, each also inside a macro.
    static func stackSources() -> [String] {
        func nest(_ open: String, _ middle: String, _ close: String, _ count: Int) -> String {
            String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        }
        var sources = [
            "{{ " + nest("(1 + ", "1", ")", 45) + " }}", "{{ " + nest("[", "1", "]", 95) + " | tojson }}",
            "{{ " + nest("{1: ", "1", "}", 95) + " }}", "{{ " + String(repeating: "1 + ", count: 190) + "1 }}",
            nest("{% if true %}", "x", "{% endif %}", 95), nest("{% for x in [1] %}", "x", "{% endfor %}", 90),
            "{% macro m(n) %}{{ [[[(m(n + 1))]]] }}{% endmacro %}{{ m(0) }}",
            "{% macro m() %}{% for x in [1] if m() %}{% endfor %}{% endmacro %}{{ m() }}",
            "{% macro m() %}{% call m() %}{% filter upper %}{{ caller() }}{% endfilter %}{% endcall %}{% endmacro %}{{ m() }}",
            "{% for n in [1] recursive %}{% if 1 %}{{ '%s' % loop([1]) }}{% endif %}{% endfor %}",
            "{% set ns = namespace(l=[1]) %}{% for a in range(250) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}{{ ns.l | tojson }}{{ ns.l == [ns.l] }}{{ ns.l < ns.l }}",
            "{% set ns = namespace(l=[1]) %}{% for a in range(120) %}{% set ns.l = ns.l | map('string') %}{% endfor %}{{ ns.l | list }}",
            "{% set ns = namespace(l=[1]) %}{% for a in range(120) %}{% set ns.l = ns.l | select %}{% endfor %}{{ ns.l | list }}",
        ]
        sources += sources.map { "{% macro deep() %}{% set x %}\($0)\n{% endset %}{% endmacro %}{{ deep() }}" }
        return sources
    }

    @Test("the deepest of everything fits half of the stack that a thread has by default")
    func stack() throws {
        let sources = Self.stackSources()
        let finished = Mutex(0)
        let done = DispatchSemaphore(value: 0)
        let all = sources
        let thread = Thread {
            for source in all {
                _ = Self.code(source)
                finished.withLock { $0 += 1 }
            }
            done.signal()
        }
        thread.stackSize = 4 << 20
        thread.start()
        done.wait()
        #expect(finished.withLock { $0 } == sources.count)
    }

    @Test("limits are as wide as a long conversation needs")
    func ordinary() throws {
        let contexts = try TemplateFixtures.json("contexts.json")
        var context = try #require(contexts["tool_results"]?.object)
        let messages = try #require(context["messages"]?.array)
        let turns = Array(repeating: messages.dropFirst(), count: 400).flatMap(\.self)
        context["messages"] = .array([messages[0]] + turns)
        let template = try ChatTemplate(source: TemplateFixtures.text("chatml-thinking.jinja"))
        #expect(try template.render(context).utf8.count > 200_000)
    }

    @Test("a long text is searched, cut and replaced in linear time")
    func longTexts() throws {
        let text = String(repeating: "aaaaaaaaab", count: 20_000)
        let source = """
            {{ ('a' * 50000 ~ 'c') in t }} {{ t.split('aaaa') | length }} {{ t.rsplit('ab', 5000) | length }}
            {{- ' ' ~ t.replace('aaab', '') | length }} {{ t.count('ba') }} {{ t.rfind('a' * 50000 ~ 'c') }}
            {{- ' ' ~ t[::-1] | length }}
            """
        let expected = "False 40001 5001 120000 19999 -1 200000"
        #expect(try ChatTemplate(source: source).render(["t": .string(text)]) == expected)
    }
}
