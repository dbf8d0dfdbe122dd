import Foundation
import Testing

@testable import Settings

@Suite("Configuration files")
struct ConfigurationFileTests {
    private func read(_ text: String) -> ConfigurationFile {
        var file = ConfigurationFile(path: "dure.yaml", catalogue: sample.settings)
        file.read(Array(text.utf8))
        return file
    }

    private func problems(_ text: String) -> [String] { self.read(text).problems.map(\.description) }

    @Test("reads nested and dotted keys, lists and maps, with the line of each")
    func keys() {
        let file = self.read(
            """
            model: /models/tiny   # a comment
            delivery:
              threads: "8"
              served-model-name: [a, 'b c']
              kafka:
                security.protocol: SASL_SSL
                sasl:
                  password: "a: b"
            delivery.eager: yes
            """
        )
        #expect(file.problems.isEmpty)
        func raw(_ text: String, _ line: Int) -> RawValue {
            RawValue(text: text, source: .file(path: "dure.yaml", line: line))
        }
        #expect(file.values["model"] == [raw("/models/tiny", 1)])
        #expect(file.values["delivery.threads"] == [raw("8", 3)])
        #expect(file.values["delivery.served-model-name"] == [raw("a", 4), raw("b c", 4)])
        #expect(
            file.values["delivery.kafka"] == [raw("security.protocol=SASL_SSL", 6), raw("sasl.password=a: b", 8)]
        )
        #expect(file.values["delivery.eager"] == [raw("yes", 9)])
    }

    @Test("an empty file says nothing", arguments: ["", "\n", "# only a comment\n", "---\n...\n", "\u{FEFF}"])
    func empty(text: String) {
        let file = self.read(text)
        #expect(file.problems.isEmpty)
        #expect(file.values.isEmpty)
    }

    @Test("names unknown keys with their line and what may have been meant")
    func unknownKeys() {
        #expect(
            self.problems("delivery:\n  thread: 8\nfoo: 1\n") == [
                "dure.yaml:2: delivery.thread: no such setting; did you mean delivery.threads?",
                "dure.yaml:3: foo: no such setting",
            ]
        )
        #expect(
            self.problems("delivery: 1") == [
                "dure.yaml:1: delivery: expected settings below it, such as delivery.commit-interval"
            ]
        )
        #expect(self.problems("threads: {a: 1}") == ["dure.yaml:1: threads.a: no such setting"])
        #expect(
            self.problems("delivery: {kafka: x}") == [
                "dure.yaml:1: delivery.kafka: expected keys and values below delivery.kafka"
            ]
        )
    }

    @Test(
        "refuses what could be read in two ways, or not at all",
        arguments: [
            ("model: a\nmodel: b", "dure.yaml:2: \"model\" is there twice; the first is in line 1"),
            (
                "delivery: {threads: 1}\ndelivery.threads: 2",
                "dure.yaml:2: delivery.threads: is there twice; the first is in line 1"
            ),
            ("model: &a x", "dure.yaml:1: anchors (&), aliases (*) and tags (!) are not read here"),
            ("a: *b", "dure.yaml:1: anchors (&), aliases (*) and tags (!) are not read here"),
            ("model: !!str x", "dure.yaml:1: anchors (&), aliases (*) and tags (!) are not read here"),
            ("model: a\n---\nmodel: b", "dure.yaml:2: expected one document, got a second"),
            ("- a", "dure.yaml:1: expected keys and values, such as \"group: dure\""),
            ("model", "dure.yaml:1: expected keys and values, such as \"group: dure\""),
            ("model:", "dure.yaml:1: model: has no value; leave the key out for its default"),
            ("model: ~", "dure.yaml:1: model: has no value; leave the key out for its default"),
            ("model: [a]", "dure.yaml:1: model: expected one value, got a list"),
            (
                "delivery: {served-model-name: [[a]]}",
                "dure.yaml:1: delivery.served-model-name: expected texts or numbers in the list"
            ),
            ("? [a]\n: b", "dure.yaml:1: expected a text as key"),
        ]
    )
    func refused(text: String, expected: String) {
        #expect(self.problems(text) == [expected])
    }

    @Test("tells libyaml's own errors with their line")
    func notYAML() throws {
        let problem = try #require(self.problems("model: a\n  b: c\n").first)
        #expect(problem == "dure.yaml:2: not YAML: mapping values are not allowed in this context")
        #expect(self.problems("\u{0}").count == 1)
        var file = ConfigurationFile(path: "dure.yaml", catalogue: sample.settings)
        file.read([0x6D, 0x3A, 0x20, 0xFF])
        #expect(file.problems.count == 1)
    }

    @Test("bounds depth, size and number")
    func limits() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(self.problems("model: " + deep) == ["dure.yaml:1: expected at most 16 levels"])
        #expect(self.problems(String(repeating: "a: ", count: 20)).count == 1)
        #expect(
            self.problems(String(repeating: "#", count: (1 << 20) + 1)) == [
                "dure.yaml:1: expected at most 1048576 bytes, got 1048577"
            ]
        )
        let many = "delivery: {served-model-name: [" + String(repeating: "a,", count: 110_000) + "]}"
        #expect(self.problems(many) == ["dure.yaml:1: expected at most 100000 values"])
    }

    @Test("says of a file that is not there that it is not there")
    func missing() {
        var file = ConfigurationFile(path: "/nonexistent/dure.yaml", catalogue: sample.settings)
        file.read()
        #expect(file.problems.map(\.description) == ["/nonexistent/dure.yaml: the configuration file cannot be opened"])
        file.read()
        var folder = ConfigurationFile(path: NSTemporaryDirectory(), catalogue: sample.settings)
        folder.read()
        #expect(folder.problems.count == 1)
    }
}
