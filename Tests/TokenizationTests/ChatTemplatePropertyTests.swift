import Foundation
import OrderedJSON
import Testing

@testable import Tokenization

@Suite("Properties of chat templates")
struct ChatTemplatePropertyTests {
    private static let scalars: [Unicode.Scalar] = [
        "a", "b", "a", "b", " ", "\n", "\t", "\"", "'", "\\", "<", "&", "/", "\u{0}", "\u{1F}", "\u{7F}", "\u{85}", "é",
        "\u{301}",
        "한", "글", "\u{2028}", "😀", "\u{1F3FD}", "\u{FEFF}", "\u{10FFFF}",
    ]

    private static func text(_ generator: inout SeededGenerator, upTo count: Int = 12) -> String {
        var view = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...count, using: &generator) {
            view.append(self.scalars.randomElement(using: &generator) ?? "a")
        }
        return String(view)
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int = 4) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 3:
            let bits = Double(bitPattern: UInt64.random(in: 0...(.max), using: &generator))
            return .double(bits.isFinite ? bits : 0.5)
        case 4, 5: return .string(self.text(&generator))
        case 6:
            let count = Int.random(in: 0...4, using: &generator)
            return .array((0..<count).map { _ in self.value(&generator, depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0...20, using: &generator) {
                object[self.text(&generator)] = self.value(&generator, depth: depth - 2)
            }
            return .object(object)
        }
    }

    @Test("what tojson writes is read back as the same value, in every layout", arguments: [1, 2, 3] as [UInt64])
    func json(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let layouts = [
            "x | tojson", "x | tojson(indent=2)", "x | tojson(separators=(',', ':'))", "x | tojson(ensure_ascii=true)",
            "x | tojson(sort_keys=true, indent='\t')",
        ]
        let templates = try layouts.map { try ChatTemplate(source: "{{ \($0) }}") }
        for _ in 0..<60 {
            let value = Self.value(&generator)
            for template in templates {
                let text = try template.render(["x": value])
                #expect(try JSONValue(parsing: text) == value, "seed \(seed): \(text)")
            }
            let plain = try templates[0].render(["x": value])
            #expect(
                try JSONValue(parsing: plain).text(.compact).isSame(as: value.text(.compact)),
                "order, seed \(seed)"
            )
        }
    }

    @Test("slices are those of the code points", arguments: [1, 2] as [UInt64])
    func slices(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let slice = try ChatTemplate(source: "{{ s[a:b:c] }}|{{ (l[a:b:c]) | join }}|{{ s[a] }}")
        for _ in 0..<300 {
            let text = Self.text(&generator)
            let scalars = Array(text.unicodeScalars)
            func bound() -> JSONValue {
                Bool.random(using: &generator) ? .null : .integer(Int64.random(in: -15...15, using: &generator))
            }
            let step = [1, 1, 2, -1, -3].randomElement(using: &generator) ?? 1
            let (start, stop) = (bound(), bound())
            var expected = String.UnicodeScalarView()
            for position in Self.positions(start.integer, stop.integer, step, count: scalars.count) {
                expected.append(scalars[position])
            }
            let index = start.integer.map { Int($0 < 0 ? $0 + Int64(scalars.count) : $0) } ?? -1
            let one = scalars.indices.contains(index) ? String(scalars[index]) : ""
            let context: JSONObject = [
                "s": .string(text), "l": .array(scalars.map { .string(String($0)) }), "a": start, "b": stop,
                "c": .integer(Int64(step)),
            ]
            let wanted = "\(String(expected))|\(String(expected))|\(one)"
            #expect(try slice.render(context).isSame(as: wanted), "seed \(seed): \(context)")
        }
    }

    /// By stepping through all positions, which needs no rule for what is outside.
    private static func positions(_ start: Int64?, _ stop: Int64?, _ step: Int, count: Int) -> [Int] {
        func absolute(_ bound: Int64?) -> Int? { bound.map { Int($0 < 0 ? $0 + Int64(count) : $0) } }
        let (low, high) = (absolute(start), absolute(stop))
        if step > 0 {
            let first = max(low ?? 0, 0)
            return (0..<count).filter { $0 >= first && $0 < high ?? count && ($0 - first) % step == 0 }
        }
        let first = min(low ?? count - 1, count - 1)
        return (0..<count).reversed().filter { $0 <= first && $0 > high ?? -1 && (first - $0) % -step == 0 }
    }

    @Test("cutting and joining undo each other, and searching agrees with cutting", arguments: [1, 2] as [UInt64])
    func pieces(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let template = try ChatTemplate(
            source: """
                {%- set parts = s.split(p) -%}
                {{ [p.join(parts) == s, s.rsplit(p) | length == parts | length, s.count(p) == parts | length - 1,
                    (p in s) == (parts | length > 1), s.find(p) == (parts[0] | length if p in s else -1),
                    s.replace(p, '') == parts | join, s.partition(p) | join == s, s.rpartition(p) | join == s,
                    p.join(s.split(p, 1)) == s, p.join(s.rsplit(p, 1)) == s, (s | reverse | reverse) == s,
                    s.splitlines(true) | join == s, s.startswith(s[:2]), s.endswith(s[2:]),
                    s | list | join == s, s | length == s | list | length, s.strip() == s.lstrip().rstrip()] | unique | list }}
                """
        )
        for _ in 0..<200 {
            let text = Self.text(&generator, upTo: 20)
            let part = Self.text(&generator, upTo: 2) + "a"
            let context: JSONObject = ["s": .string(text), "p": .string(part)]
            // The parts from the right may differ where the separator overlaps itself.
            guard part == "a" || !text.contains(part + part.dropFirst()) else { continue }
            let result = try template.render(context)
            #expect(result == "[True]", "seed \(seed): \(text.debugDescription), \(part.debugDescription)")
        }
    }

    @Test("sorting keeps the order of equals, also backwards", arguments: [1, 2] as [UInt64])
    func sorting(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let template = try ChatTemplate(
            source: "{{ x | sort(attribute='k') | tojson }}{{ x | sort(attribute='k', reverse=true) | tojson }}"
        )
        for _ in 0..<100 {
            let keys = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                Int64.random(in: 0...5, using: &generator)
            }
            let items = keys.enumerated().map { JSONValue.object(["k": .integer($1), "i": .integer(Int64($0))]) }
            func ordered(_ precedes: (Int64, Int64) -> Bool) -> JSONValue {
                let order = keys.indices.sorted {
                    keys[$0] == keys[$1] ? $0 < $1 : precedes(keys[$0], keys[$1])
                }
                return .array(order.map { items[$0] })
            }
            let style = JSONStyle(space: " ")
            let expected = ordered(<).text(style) + ordered(>).text(style)
            #expect(try template.render(["x": .array(items)]) == expected, "seed \(seed)")
        }
    }
}
