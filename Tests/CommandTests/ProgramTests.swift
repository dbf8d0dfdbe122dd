import Foundation
import Testing

@Suite("The program")
struct ProgramTests {
    @Test("every command has a page with its usage and an example, and no line is too wide")
    func pages() throws {
        let commands = try DureProcess.commands()
        #expect(commands.contains(["tokenize"]))
        #expect(commands.contains(["model", "inspect"]))
        for words in commands {
            let page = try DureProcess.run(DureProcess.binary, words + ["--help"], input: "", environment: [:])
            #expect(page.status == 0, "\(words)")
            #expect(page.error.isEmpty, "\(words)")
            #expect(page.output.contains("\nUsage:\n  dure \(words.joined(separator: " "))"), "\(words)")
            #expect(page.output.contains("\nExample"), "\(words)")
            let again = try DureProcess.run(DureProcess.binary, ["help"] + words, input: "", environment: [:])
            #expect(again.output == page.output, "\(words)")
            // Examples stand as they are typed; all else is wrapped.
            let wrapped = page.output.split(separator: "\n").filter { !$0.hasPrefix("  ") || $0.hasPrefix("        ") }
            for line in wrapped { #expect(line.count <= 80, "\(words): \(line)") }
        }
    }

    @Test("every example of every page names a command that there is")
    func examples() throws {
        for words in try DureProcess.commands() {
            let page = try DureProcess.run(DureProcess.binary, words + ["--help"], input: "", environment: [:])
            let lines = page.output.split(separator: "\n", omittingEmptySubsequences: false)
            let start = try #require(lines.firstIndex { $0.hasPrefix("Example") })
            let examples = lines[(start + 1)...].prefix { !$0.isEmpty }
            #expect(examples.contains { $0.contains("dure \(words.joined(separator: " "))") }, "\(words)")
        }
    }

    @Test("version says what this is, in both ways")
    func version() throws {
        let version = try DureProcess.dure("version")
        #expect(version.status == 0)
        #expect(version.output.hasPrefix("dure "))
        #expect(try DureProcess.dure("--version").output == version.output)
    }

    @Test(
        "wrong usage ends with status 2, one message and a suggestion",
        arguments: [
            (["tokenise"], "did you mean 'dure tokenize'?"),
            (["model", "inpsect", "x"], "did you mean 'dure model inspect'?"),
            (["model", "inspect", "x", "--jsno"], "did you mean --json?"),
            (["model", "synthesize", "x", "--preset", "tinny"], "did you mean tiny?"),
            (["model", "inspect"], "DIR: required"), (["model", "inspect", "a", "b"], "expected no further argument"),
            (["tokenize"], "expected --model DIR or --tokenizer FILE"),
            (["completions", "tcsh"], "one of bash, zsh, fish"),
        ]
    )
    func wrongUsage(arguments: [String], expected: String) throws {
        let run = try DureProcess.run(DureProcess.binary, arguments, input: "", environment: [:])
        #expect(run.status == 2)
        #expect(run.output.isEmpty)
        #expect(run.error.contains(expected), "\(run.error)")
        #expect(run.error.split(separator: "\n").count == 2, "\(run.error)")
    }

    @Test("unknown variables and keys keep a command from starting, all told at once")
    func configuration() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("dure.yaml", "modle: x\n")
        let run = try DureProcess.dure(
            "tokenize",
            "--config",
            file,
            environment: ["DURE_MODLE": "x", "DURE_SERVICE_HOST": "10.0.0.1", "DURE_BINARY": "x"]
        )
        #expect(run.status == 2)
        #expect(run.error.contains("\(file):1: modle: no such setting; did you mean model?"))
        #expect(run.error.contains("DURE_MODLE: no setting has this variable; did you mean DURE_MODEL?"))
    }

    @Test("a reader that has left ends the program quietly; a full disk is told")
    func unwritableOutput() throws {
        let folder = try TemporaryFolder()
        let lines = try folder.file("lines", String(repeating: "1 2 3\n", count: 100_000))
        let tokenizer = DureProcess.repository + "/Tests/Fixtures/tokenizers/axk1.json"
        let closed = try DureProcess.bash(
            "dure tokenize --tokenizer \(tokenizer) < \(lines) | head -n 1; echo ${PIPESTATUS[0]}"
        )
        #expect(closed.error.isEmpty)
        #expect(closed.output.split(separator: "\n").last == "1")
        let full = try DureProcess.bash("dure version > /dev/full")
        #expect(full.status == 1)
        #expect(full.error == "dure version: cannot write: No space left on device\n")
        let mute = try DureProcess.bash("dure tokenise 2>&-")
        #expect(mute.status == 2)
    }

    @Test("nothing is coloured or drawn where there is no terminal")
    func plainOutput() throws {
        let folder = try TemporaryFolder()
        for arguments in [
            ["--help"], ["model", "synthesize", folder.path + "/m"], ["model", "inspect", folder.path + "/m"],
        ] {
            let run = try DureProcess.run(DureProcess.binary, arguments, input: "", environment: ["TERM": "xterm"])
            #expect(run.status == 0)
            #expect(!run.output.contains("\u{1B}") && !run.error.contains("\u{1B}"), "\(arguments)")
        }
    }

    @Test("colours and bars are there where a person looks, unless NO_COLOR says otherwise")
    func terminal() throws {
        // `script` gives its child a terminal; a system without it has nothing to ask.
        let isThere = try DureProcess.bash("command -v script").status == 0
        try #require(isThere, "install util-linux's script")
        let coloured = try DureProcess.bash("TERM=xterm script -qec 'stty cols 60; dure tokenise' /dev/null")
        #expect(coloured.status == 2)
        #expect(coloured.output.contains("dure: no such command"))
        let bar = try DureProcess.bash("TERM=xterm script -qec 'dure model synthesize m' /dev/null")
        #expect(bar.status == 0)
        #expect(bar.output.contains("━") && bar.output.contains("\u{1B}[K"))
        let wrapped = try DureProcess.bash("TERM=xterm script -qec 'stty cols 60; dure --help' /dev/null")
        let lines = wrapped.output.split(whereSeparator: \.isNewline)
        #expect(lines.allSatisfy { $0.count <= 60 })
        let refused = try DureProcess.bash("TERM=xterm script -qec 'dure tokenize' /dev/null")
        #expect(refused.output.contains("\u{1B}[1mdure tokenize: \u{1B}[0m"))
        let plain = try DureProcess.bash("NO_COLOR=1 TERM=xterm script -qec 'dure tokenize' /dev/null")
        #expect(plain.output.contains("dure tokenize: expected") && !plain.output.contains("\u{1B}["))
    }
}
