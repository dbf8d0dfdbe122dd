import Testing

@testable import Settings

@Suite("Anything from outside")
struct FuzzTests {
    private static let texts = [
        "model: /models/tiny\ndelivery:\n  threads: 8\n  served-model-name: [a, 'b', \"c\\u0041\"]\n  kafka: {a.b: c}\n",
        "? a\n: b\n- c\n--- |\n  block\n  text\n...\n%YAML 1.1\n", "&a [*a, !!int 3, {x: y}]\n# comment\n\t",
        "delivery: {threads: 1, eager: true, http: '127.0.0.1:0', password: \"\\x41\\n\"}\n",
    ]

    @Test("a mutated configuration file is read or refused with a line", arguments: 0..<8 as Range<UInt64>)
    func files(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            var bytes = Array((Self.texts.randomElement(using: &generator) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...8, using: &generator) { Self.mutate(&bytes, &generator) }
            var file = ConfigurationFile(path: "f", catalogue: sample.settings)
            file.read(bytes)
            for problem in file.problems { #expect(problem.place.hasPrefix("f:"), "seed \(seed): \(bytes)") }
            for setting in sample.settings {
                for raw in file.values[setting.key] ?? [] {
                    guard case .file(_, let line) = raw.source else {
                        Issue.record("seed \(seed): \(raw)")
                        continue
                    }
                    #expect(line >= 1)
                }
            }
        }
    }

    @Test("mutated arguments and variables end in a run or in a usage error", arguments: 0..<4 as Range<UInt64>)
    func arguments(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        let words = [
            "work", "topics", "list", "--model", "m", "--model=", "--", "-", "-o", "-ofile", "--json", "--no-json",
            "--delivery-threads", "8", "-1", "--delivery-kafka", "a=b", "=", "--=", "-=", "---", "", "\u{1B}[31m", "한글",
            "--delivery-no-eager", "help", "--help", "-h", "__complete", "--print-config", "--delivery-password=x",
        ]
        let names = [
            "DURE_MODEL", "DURE_", "DURE_DELIVERY_KAFKA_", "DURE_DELIVERY_KAFKA_A__B", "DURE_X", "DURE_DELIVERY_HTTP",
        ]
        for _ in 0..<300 {
            let arguments = (0..<Int.random(in: 0...8, using: &generator)).compactMap { _ in
                words.randomElement(using: &generator)
            }
            var environment: [String: String] = [:]
            for name in names where Bool.random(using: &generator) {
                environment[name] = words.randomElement(using: &generator)
            }
            let run = await SampleRun(arguments, environment)
            #expect(run.status == .usage || run.status == .partlyFailed || run.error.isEmpty, "\(seed): \(arguments)")
            #expect(!run.error.contains("\u{1B}"), "seed \(seed): \(arguments)")
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let special: [UInt8] = Array("{}[]:,&*!|>'\"%@`#-?\n\t\\ ".utf8) + [0, 0xFF, 0xC3, 0xED]
        let index = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.insert(special.randomElement(using: &generator) ?? 0, at: index)
        case 1 where index < bytes.count: bytes.remove(at: index)
        case 2 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        default: bytes.insert(contentsOf: bytes[..<index].suffix(20), at: index)
        }
    }
}
