import Settings
import Testing

@Suite("Console")
struct ConsoleTests {
    @Test(
        "a line ends at its line feed, or at the end",
        arguments: [
            ("a\nb\n", ["a", "b"]), ("a\r\nb", ["a\r", "b"]), ("", []), ("\n\n", ["", ""]), ("a\n\nb", ["a", "", "b"]),
        ]
    )
    func lines(input: String, expected: [String]) throws {
        var lines = ConsoleRecording(input: input).console.input.lines(limitBytes: 100)
        var read: [String] = []
        while let line = try lines.next() { read.append(String(decoding: line, as: UTF8.self)) }
        #expect(read == expected)
    }

    @Test("reads lines across the pieces in which they arrive")
    func pieces() throws {
        let text = (0..<50_000).map(String.init).joined(separator: "\n")
        var lines = ConsoleRecording(input: text).console.input.lines(limitBytes: 100)
        var count = 0
        while let line = try lines.next() {
            #expect(String(decoding: line, as: UTF8.self) == String(count))
            count += 1
        }
        #expect(count == 50_000)
    }

    @Test("refuses lines and inputs over their limit")
    func limits() throws {
        let input = String(repeating: "a", count: 200_000)
        var lines = ConsoleRecording(input: input).console.input.lines(limitBytes: 100)
        #expect(throws: ConsoleError.unreadable("a line is longer than 100 bytes")) { _ = try lines.next() }
        #expect(throws: ConsoleError.self) {
            _ = try ConsoleRecording(input: input).console.input.readAll(limitBytes: 199_999)
        }
        #expect(try ConsoleRecording(input: input).console.input.readAll(limitBytes: 200_000).count == 200_000)
    }

    @Test("errors of a command become an exit status and one message")
    func errors() async {
        let usage = await SampleRun(["work", "refuse", "--model=m"])
        #expect(usage.status == .usage)
        #expect(usage.error == "sample work: FILE makes no sense\nRun 'sample work --help' for what it takes.\n")
        let failure = await SampleRun(["work", "fail", "--model=m"])
        #expect(failure.status == .failed)
        #expect(failure.error == "sample work: cannot write: the disk is full\n")
        let closed = await SampleRun(["work", "gone", "--model=m"])
        #expect(closed.status == .failed)
        #expect(closed.error.isEmpty)
        let partly = await SampleRun(["topics", "list"])
        #expect(partly.status == .partlyFailed)
    }
}
