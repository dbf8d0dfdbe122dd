import Settings
import Testing

@testable import dure

@Suite("Tables and progress")
struct TableTests {
    private func printed(isTerminal: Bool, width: Int = 80, layout: Table.Layout = .automatic) throws -> String {
        var table = Table([("name", .left), ("tokens", .right), ("text", .left)])
        table.add("a", "5", "대한민국의 수도는 서울입니다")
        table.add("longer-name", "12345", "two\nlines\u{1B}[31m")
        let recording = ConsoleRecording(width: width, isTerminal: isTerminal)
        try table.print(to: recording.console, layout: layout)
        return recording.output
    }

    @Test("aligns columns by what a terminal shows, where Hangul takes two columns")
    func aligned() throws {
        let expected = """
            name         tokens  text
            a                 5  대한민국의 수도는 서울입니다
            longer-name   12345  two lines [31m

            """
        #expect(try self.printed(isTerminal: true) == expected)
        #expect(try self.printed(isTerminal: false, layout: .aligned) == expected)
    }

    @Test("cuts the widest column where the terminal is narrow")
    func narrow() throws {
        let lines = try self.printed(isTerminal: true, width: 40).split(separator: "\n")
        for line in lines { #expect(DisplayWidth.of(String(line)) <= 40) }
        #expect(lines[1] == "a                 5  대한민국의 수도는…")
    }

    @Test("separates columns by tabs where no person reads")
    func tabs() throws {
        #expect(
            try self.printed(isTerminal: false)
                == "name\ttokens\ttext\na\t5\t대한민국의 수도는 서울입니다\nlonger-name\t12345\ttwo lines [31m\n"
        )
    }

    @Test(
        "knows how many columns a text takes",
        arguments: [
            ("", 0), ("abc", 3), ("한글", 4), ("e\u{301}", 1), ("👨‍👩‍👧‍👦", 2), ("日本", 4), ("…", 1), ("\u{200B}", 0),
        ] as [(String, Int)]
    )
    func width(text: String, expected: Int) {
        #expect(DisplayWidth.of(text) == expected)
    }

    @Test("a bar is drawn on a terminal only, fits it, and is taken away at the end", arguments: [20, 40, 80, 200])
    func bar(width: Int) {
        let terminal = ConsoleRecording(width: width, isTerminal: true)
        var bar = ProgressBar("writing", on: terminal.console) { ByteText.rounded($0) }
        bar.show(512, of: 1024, note: "a-file-with-a-long-name.safetensors")
        bar.show(1024, of: 1024)
        bar.finish()
        let drawn = terminal.error.split(separator: "\r").map { $0.replacing("\u{1B}[K", with: "") }
        #expect(drawn.count == 3)
        #expect(drawn[0].hasPrefix("writing ━"))
        #expect(drawn[2].isEmpty)
        for line in drawn { #expect(DisplayWidth.of(String(line)) < width) }
        let file = ConsoleRecording(width: width)
        var silent = ProgressBar("writing", on: file.console)
        silent.show(1, of: 2)
        silent.finish()
        #expect(file.error.isEmpty && file.output.isEmpty)
    }

    @Test(
        "writes sizes for people",
        arguments: [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_575, "1.0 MiB"), (3 << 30, "3.0 GiB")]
    )
    func sizes(bytes: Int, expected: String) {
        #expect(ByteText.rounded(bytes) == expected)
    }
}
