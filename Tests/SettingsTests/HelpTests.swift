import Testing

@testable import Settings

@Suite("Help, completion and documentation")
struct HelpTests {
    @Test("a command's page has its summary, usage, example and everything it takes")
    func commandPage() async {
        let run = await SampleRun(["work", "--help"])
        #expect(run.status == .done)
        #expect(
            run.output.hasPrefix(
                """
                Works.

                Usage:
                  sample work FILE [MORE…] --model DIR [options]

                Example:
                  sample work FILE --mode fast

                Arguments:
                  FILE                          what to work on
                  MORE                          and what else (repeatable)

                Options:
                  -o, --output FILE             where the result goes
                      --json                    print JSON
                      --config FILE             read settings from this file; variables and
                                                flags are stronger
                """
            )
        )
        for setting in sample.settings { #expect(run.output.contains(setting.flag)) }
        #expect(run.output.contains("weights kept resident (default: 8GiB)"))
        #expect(run.output.contains("    --delivery-precision f32|bf16|int8|int4"))
        #expect(run.output.contains("DURE_A_B"))
    }

    @Test("no line is wider than the terminal, where words allow it", arguments: [40, 60, 80, 100, 200])
    func width(width: Int) async {
        let run = await SampleRun(["work", "--help"], width: width)
        for line in run.output.split(separator: "\n") where !line.hasPrefix("  ") || line.hasPrefix("          ") {
            #expect(line.count <= width, "\(line)")
        }
    }

    @Test(
        "help is the same however it is asked for",
        arguments: [["help", "work"], ["work", "-h"], ["work", "x", "--nonsense", "--help"]]
    )
    func waysToHelp(arguments: [String]) async {
        let page = await SampleRun(["work", "--help"]).output
        let run = await SampleRun(arguments)
        #expect(run.status == .done)
        #expect(run.output == page)
    }

    @Test("help after -- is an argument")
    func literalHelp() async {
        let run = await SampleRun(["work", "--model=m", "--", "--help"])
        #expect(run.command?.file == "--help")
    }

    @Test("the program and its groups have pages, and say on standard error what they expected")
    func groups() async {
        let program = await SampleRun(["--help"])
        #expect(program.status == .done)
        #expect(program.output.contains("topics"))
        let nothing = await SampleRun([])
        #expect(nothing.status == .usage)
        #expect(nothing.output.isEmpty)
        #expect(nothing.error == program.output)
        let group = await SampleRun(["topics", "--help"])
        #expect(group.status == .done)
        #expect(group.output.contains("list"))
        let bare = await SampleRun(["topics"])
        #expect(bare.status == .usage)
        #expect(bare.error.hasPrefix("sample topics: expected one of its commands"))
    }

    @Test(
        "a wrong word is told with the nearest right one",
        arguments: [
            (["wrok"], "sample: no such command: \"wrok\"; did you mean 'sample work'?"),
            (["topics", "lst"], "sample topics: no such command: \"lst\"; did you mean 'sample topics list'?"),
            (["help", "wrk"], "sample: no such command: \"wrk\"; did you mean 'sample work'?"),
            (["--verison"], "sample: no such option: \"--verison\""),
            (["xyzzy"], "sample: no such command: \"xyzzy\"\n"),
        ]
    )
    func wrongWords(arguments: [String], expected: String) async {
        let run = await SampleRun(arguments)
        #expect(run.status == .usage)
        #expect(run.error.hasPrefix(expected))
    }

    @Test(
        "completes commands, flags, choices and paths",
        arguments: [
            ([""], ["work", "topics", "help"]), (["w"], ["work"]), (["-"], ["--help", "--version"]),
            (["topics", ""], ["list"]), (["help", "t"], ["topics"]), (["help", "topics", ""], ["list"]),
            (["work", ""], [":file"]), (["work", "a", "b", ""], [":file"]), (["work", "--model", ""], [":directory"]),
            (["work", "--mod"], ["--model"]), (["work", "--delivery-precision", "int"], ["int8", "int4"]),
            (["work", "--delivery-precision=int8"], ["--delivery-precision=int8"]), (["work", "-o", ""], [":file"]),
            (["work", "--model=", ""], [":file"]), (["work", "--model=x"], [":directory"]),
            (["work", "--", "--mod"], [":file"]), (["topics", "list", ""], ["--help"]), (["nonsense", ""], []),
            (["work", "--delivery-eager="], ["--delivery-eager=true", "--delivery-eager=false"]),
        ]
    )
    func completion(words: [String], expected: [String]) async {
        let run = await SampleRun(["__complete"] + words)
        #expect(run.status == .done)
        #expect(run.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) } == expected)
    }

    @Test("every shell has a script that asks the program", arguments: CompletionShell.allCases)
    func scripts(shell: CompletionShell) {
        let script = shell.script(for: sample)
        #expect(script.contains("sample"))
        #expect(script.contains("__complete"))
        #expect(!script.contains("PROGRAM") && !script.contains("REQUEST"))
    }

    @Test("the documentation has a row for every setting")
    func table() {
        let markdown = SettingTable(sample).markdown
        #expect(
            markdown.contains(
                """
                | `delivery.threads`<br>`--delivery-threads`<br>`DURE_DELIVERY_THREADS` | a number of threads from 1 to 64 \
                | `4` | threads that compute |
                """
            )
        )
        #expect(markdown.contains("## Model\n"))
        #expect(markdown.contains("`--[no-]delivery-eager`"))
        #expect(markdown.contains("| required | the model's directory |"))
        #expect(markdown.split(separator: "\n").count { $0.hasPrefix("| `") } == sample.settings.count)
    }
}

@Suite("Suggestions")
struct SuggestionTests {
    @Test(
        "finds what is close and nothing else",
        arguments: [
            ("--modle", "--model"), ("MODEL", "model"), ("thread", "threads"), ("x", nil), ("", nil), ("zzzzzz", nil),
            ("precision", "delivery.precision"), (String(repeating: "a", count: 1_000_000), nil),
        ] as [(String, String?)]
    )
    func nearest(name: String, expected: String?) {
        let candidates = ["--model", "model", "threads", "delivery.precision", "-x-y"]
        #expect(Suggestion.nearest(to: name, among: candidates) == expected)
    }
}
