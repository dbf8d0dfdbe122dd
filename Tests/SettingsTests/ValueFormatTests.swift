import Testing

@testable import Settings

@Suite("Value formats")
struct ValueFormatTests {
    private func value<Value>(_ format: ValueFormat<Value>, _ texts: String...) -> Value? {
        guard case .value(let value) = format.read(texts) else { return nil }
        return value
    }

    @Test(
        "reads byte counts in binary and decimal units, exactly",
        arguments: [
            ("0", 0), ("1048576", 1 << 20), ("8GiB", 8 << 30), ("8 GiB", 8 << 30), ("8gib", 8 << 30),
            ("14GB", 14_000_000_000), ("1.5GiB", 3 << 29), ("0.5kB", 500), ("3B", 3), ("2TiB", 2 << 40),
        ] as [(String, Int)]
    )
    func bytes(text: String, expected: Int) {
        #expect(self.value(.bytes, text) == expected)
    }

    @Test(
        "refuses what is no byte count, or not a whole one",
        arguments: [
            "", "GiB", "-1", "1G", "1,5GiB", "0.3B", "1.GiB", ".5GiB", "1e9", "8GiB ", " 8GiB", "99999999999GiB",
            "9223372036854775808", "1.0000000000GiB", "٣GiB", "0x10",
        ]
    )
    func malformedBytes(text: String) {
        #expect(self.value(.bytes, text) == nil)
    }

    @Test("reads rates of bytes and of operations, and refuses those of nothing")
    func rates() {
        let bytes = ["14GB/s", "900 MB/s", "1GiB/s", "5"].map { self.value(ValueFormat.byteRate, $0) }
        #expect(bytes == [14_000_000_000, 900_000_000, 1 << 30, 5])
        #expect(self.value(ValueFormat.byteRate, ValueFormat.byteRate.texts(14_000_000_000)[0]) == 14_000_000_000)
        let operations = ["49T", "1.5t", "800G"].map { self.value(ValueFormat.operationRate, $0) }
        #expect(operations == [49_000_000_000_000, 1_500_000_000_000, 800_000_000_000])
        #expect(
            self.value(ValueFormat.operationRate, ValueFormat.operationRate.texts(800_000_000_000)[0])
                == 800_000_000_000
        )
        for text in ["0", "0GB/s", "GB/s", "-1GB/s", "1GB/m", "1GB/s/s", ""] {
            #expect(self.value(ValueFormat.byteRate, text) == nil, "\(text)")
        }
        for text in ["0T", "49", "49X", ""] { #expect(self.value(ValueFormat.operationRate, text) == nil, "\(text)") }
    }

    @Test(
        "reads durations, and writes them so that they are read again",
        arguments: [
            ("250ms", Duration.milliseconds(250), "250ms"), ("10s", .seconds(10), "10s"), ("2m", .seconds(120), "2m"),
            ("1.5s", .milliseconds(1500), "1500ms"), ("0", .zero, "0s"), ("90s", .seconds(90), "90s"),
            ("1h", .seconds(3600), "1h"), ("7d", .seconds(604_800), "7d"), ("3us", .microseconds(3), "3us"),
        ] as [(String, Duration, String)]
    )
    func durations(text: String, expected: Duration, canonical: String) {
        #expect(self.value(Duration.format, text) == expected)
        #expect(Duration.format.texts(expected) == [canonical])
        #expect(self.value(Duration.format, canonical) == expected)
    }

    @Test(
        "refuses durations without a unit",
        arguments: ["10", "", "s", "1 second", "-1s", "1m30s", "1e3ms", "106752d"]
    )
    func malformedDurations(text: String) {
        #expect(self.value(Duration.format, text) == nil)
    }

    @Test("survives durations that do not fit in nanoseconds")
    func longDurations() {
        #expect(Duration.format.texts(.seconds(Int64.max)) == ["\(Int64.max)s"])
    }

    @Test(
        "reads addresses",
        arguments: [
            ("localhost:9092", HostPort(host: "localhost", port: 9092)),
            ("127.0.0.1:0", HostPort(host: "127.0.0.1", port: 0)), ("[::1]:80", HostPort(host: "::1", port: 80)),
            ("0", HostPort(host: "127.0.0.1", port: 0)), ("9464", HostPort(host: "127.0.0.1", port: 9464)),
        ] as [(String, HostPort)]
    )
    func addresses(text: String, expected: HostPort) {
        #expect(HostPort(text) == expected)
        #expect(HostPort(expected.description) == expected)
    }

    @Test(
        "refuses what is no address",
        arguments: ["", ":", ":80", "a", "a:", "a:65536", "a:-1", "::1:80", "http://a:80"]
    )
    func malformedAddresses(text: String) {
        #expect(HostPort(text) == nil)
    }

    @Test(
        "reads numbers that are finite and decimal only",
        arguments: ["nan", "inf", "0x1p3", "1e999", "", "1,5", "1 "]
    )
    func malformedNumbers(text: String) {
        #expect(self.value(Double.format, text) == nil)
        #expect(self.value(Double.format, "-1.5e2") == -150)
    }

    @Test("reads yes and no in their usual words")
    func flags() {
        for text in ["true", "YES", "on", "1"] { #expect(self.value(Bool.format, text) == true) }
        for text in ["false", "no", "Off", "0"] { #expect(self.value(Bool.format, text) == false) }
        for text in ["", "y", "2", "truee"] { #expect(self.value(Bool.format, text) == nil) }
    }

    @Test("takes the last of several texts, all of a list, and the last of each key of a map")
    func several() {
        #expect(self.value(Int.format, "1", "2") == 2)
        #expect(self.value([Int].format, "1", "2") == [1, 2])
        #expect(self.value([String: String].format, "a=1", "b==", "a=2") == ["a": "2", "b": "="])
        guard case .malformed(let index) = [Int].format.read(["1", "x", "y"]) else {
            Issue.record("x is no number")
            return
        }
        #expect(index == 1)
        #expect(self.value([String: String].format, "=1") == nil)
    }

    @Test("states a range in the unit of its values")
    func ranges() {
        #expect(
            ValueFormat<Int>.bytes.within((1 << 20)...(1 << 30)).expected
                == "a number of bytes from 1MiB to 1GiB"
        )
        #expect(ValueFormat<Duration>.within(.milliseconds(1)...).expected.hasSuffix("of at least 1ms"))
        #expect(self.value(.count(of: "jobs", 1...4), "4") == 4)
        #expect(self.value(.count(of: "jobs", 1...4), "5") == nil)
        #expect(self.value(UInt64.format, "18446744073709551615") == .max)
    }
}
