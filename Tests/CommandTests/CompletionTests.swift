import Foundation
import Testing

@Suite("Shell completion")
struct CompletionTests {
    /// What bash would offer where the last word is.
    private func offers(_ words: String...) throws -> [String] {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let run = try DureProcess.bash(
            """
            source <(dure completions bash)
            # Outside of a completion there are no options to set.
            compopt() { :; }
            mkdir folder; touch file.jsonl other.txt
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1)
            _dure
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        )
        #expect(run.status == 0)
        #expect(run.error.isEmpty, "\(run.error)")
        return run.output.split(separator: "\n").map(String.init).sorted()
    }

    @Test("bash completes commands, flags and choices")
    func words() throws {
        #expect(try self.offers("dure", "tok") == ["tokenize"])
        #expect(try self.offers("dure", "model", "") == ["inspect", "pack", "plan", "synthesize", "verify"])
        #expect(try self.offers("dure", "model", "synthesize", "--pre") == ["--preset"])
        #expect(try self.offers("dure", "model", "synthesize", "--preset", "") == ["axk1-slice", "k1-mini", "tiny"])
        #expect(try self.offers("dure", "cache", "") == ["inspect", "list", "remove"])
        #expect(try self.offers("dure", "cache", "remove", "--st") == ["--stale"])
        #expect(try self.offers("dure", "completions", "") == ["bash", "fish", "zsh"])
        #expect(try self.offers("dure", "help", "model", "in") == ["inspect"])
    }

    @Test("bash completes a value behind an equals sign, which it takes for a word of its own")
    func equalsSign() throws {
        #expect(try self.offers("dure", "model", "synthesize", "--preset", "=") == ["axk1-slice", "k1-mini", "tiny"])
        #expect(try self.offers("dure", "model", "synthesize", "--preset", "=", "k") == ["k1-mini"])
        #expect(try self.offers("dure", "render", "--messages", "=", "fi") == ["file.jsonl"])
    }

    @Test("bash completes files and directories")
    func paths() throws {
        #expect(try self.offers("dure", "render", "--messages", "fi") == ["file.jsonl"])
        #expect(try self.offers("dure", "render", "--messages", "f") == ["file.jsonl", "folder"])
        #expect(try self.offers("dure", "model", "inspect", "f") == ["folder"])
    }

    @Test("the script of every shell is well-formed", arguments: ["bash", "zsh", "fish"])
    func syntax(shell: String) throws {
        let script = try DureProcess.bash(
            "if command -v \(shell) >/dev/null; then dure completions \(shell) | \(shell) -n; fi"
        )
        #expect(script.status == 0)
        #expect(script.error.isEmpty)
        #expect(try DureProcess.dure("completion", shell).status == 0)
    }
}
