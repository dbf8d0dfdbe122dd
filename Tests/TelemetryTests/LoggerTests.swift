import Foundation
import Telemetry
import Testing

@Suite struct LoggerTests {
    private let sink = MemorySink()

    private func logger(_ format: LogFormat, level: LogLevel = .info, maxLineBytes: Int = 16 << 10) -> Logger {
        Logger(
            "worker",
            level: level,
            metadata: ["host": "a"],
            format: format,
            sink: self.sink,
            maxLineBytes: maxLineBytes,
            secondsSinceEpoch: { 1_795_500_000.25 }
        )
    }

    private func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test("a text line has time, level, label, message and facts in order")
    func textLine() {
        self.logger(.text(colours: false)).warning("lag grows", ["partition": 3, "topic": "dure jobs", "ok": false])
        #expect(
            self.sink.lines == [
                "2026-11-24T06:00:00.250Z WARNING  worker: lag grows host=a partition=3 topic=\"dure jobs\" ok=false\n"
            ]
        )
    }

    @Test("a JSON line keeps numbers as numbers and renames facts that would hide its own members")
    func jsonLine() throws {
        self.logger(.json).error(
            "say \"no\"\n",
            ["offset": .integer(UInt32(7)), "level": "mine", "x": .number(.infinity)]
        )
        let line = try #require(self.sink.lines.first)
        let object = try self.object(line)
        #expect(object["message"] as? String == "say \"no\"\n")
        #expect(object["offset"] as? Int == 7)
        #expect(object["level"] as? String == "error")
        #expect(object["_level"] as? String == "mine")
        #expect(object["x"] as? String == "inf")
        #expect(object["time"] as? String == "2026-11-24T06:00:00.250Z")
    }

    @Test("a message below the level is not even built")
    func lazyMessage() {
        var built = 0
        func message() -> String {
            built += 1
            return "built"
        }
        let logger = self.logger(.json, level: .notice)
        logger.info(message())
        logger.notice(message())
        #expect(built == 1)
        #expect(self.sink.lines.count == 1)
    }

    @Test("a line's own facts replace the logger's and keep their place")
    func metadataMerges() {
        let logger = self.logger(.text(colours: false)).with(["part": "one", "host": "b"]).labelled("kafka")
        logger.info("m", ["part": "two"])
        #expect(self.sink.lines.first?.hasSuffix("kafka: m host=b part=two\n") == true)
    }

    @Test("nothing inside a message can start a second line or steer the terminal", arguments: [true, false])
    func forgedLines(json: Bool) throws {
        let hostile = "a\nb\r\u{1B}[31m\u{2028}\u{202E}\u{85}\u{0}end"
        self.logger(json ? .json : .text(colours: false)).info(hostile, ["k\n": .text(hostile)])
        let line = try #require(self.sink.lines.first)
        let unsafe = line.dropLast().unicodeScalars.filter {
            $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || [0x2028, 0x202E].contains($0.value)
        }
        #expect(unsafe.isEmpty)
        #expect(line.hasSuffix("\n"))
        if json { #expect(try self.object(line)["message"] as? String == hostile) }
    }

    @Test("a line is never longer than the limit and says that it was cut", arguments: [256, 300, 1000, 4096])
    func boundedLine(limit: Int) throws {
        for format in [LogFormat.json, .text(colours: false)] {
            let logger = self.logger(format, maxLineBytes: limit)
            logger.info(String(repeating: "두레\n", count: 4000), ["after": .text(String(repeating: "é", count: 9000))])
            logger.info("short", ["fact": .text(String(repeating: "\u{1}", count: 9000)), "b": 1])
        }
        for line in self.sink.lines {
            #expect(line.utf8.count <= limit)
            if line.hasPrefix("{") {
                #expect(try self.object(line)["truncated"] as? Bool == true)
            } else {
                #expect(line.hasSuffix("…(cut)\n"))
            }
        }
        #expect(self.sink.lines.count == 4)
    }

    @Test("colours surround the level and nothing else")
    func colours() {
        self.logger(.text(colours: true)).error("m")
        #expect(self.sink.lines.first == "2026-11-24T06:00:00.250Z \u{1B}[31mERROR\u{1B}[0m    worker: m host=a\n")
    }

    @Test(
        "dates are right before the epoch, on leap days and for a broken clock",
        arguments: [
            (-0.001, "1969-12-31T23:59:59.999Z"), (951_782_400, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000Z"), (Double.nan, "1970-01-01T00:00:00.000Z"),
            (1e300, "9999-12-31T23:59:59.000Z"),
        ]
    )
    func dates(seconds: Double, expected: String) {
        Logger("x", format: .text(colours: false), sink: self.sink, secondsSinceEpoch: { seconds }).info("m")
        #expect(self.sink.lines.first?.hasPrefix(expected) == true)
    }

    @Test("lines of many tasks arrive whole")
    func concurrentLines() async {
        let logger = self.logger(.json)
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask { for index in 0..<100 { logger.info("task \(task) line \(index)") } }
            }
        }
        #expect(Set(self.sink.lines).count == 800)
    }

    @Test("a memory sink forgets the oldest line first")
    func memorySinkIsBounded() {
        let sink = MemorySink(capacity: 2)
        for line in ["a", "b", "c"] { sink.write(line) }
        #expect(sink.lines == ["b", "c"])
    }
}
