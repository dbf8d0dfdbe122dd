/// W3C trace context as it came with a job.
public struct TraceContext: Sendable, Equatable {
    /// The header as it came; it is valid.
    public let traceparent: String
    /// 32 hexadecimal digits, not all zero.
    public let traceID: String
    /// The sender's span: 16 hexadecimal digits, not all zero.
    public let spanID: String
    public let isSampled: Bool
    /// The header as it came, if it is valid.
    public let tracestate: String?

    /// Reads the pair of headers; nil if `traceparent` is not one, which W3C says to treat as absent.
    ///
    /// A `tracestate` that is not one is dropped and leaves the `traceparent` in place.
    public init?(traceparent: String, tracestate: String? = nil) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D else { return nil }
        let fields = [0..<2, 3..<35, 36..<52, 53..<55]
        guard fields.allSatisfy({ bytes[$0].allSatisfy(Self.isLowercaseHexadecimal) }) else { return nil }
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let version = text(fields[0])
        // Version ff is forbidden; version 00 ends here; a later one may go on after another dash.
        guard version != "ff", bytes.count == 55 || (version != "00" && bytes[55] == 0x2D) else { return nil }
        let zero = UInt8(ascii: "0")
        guard !bytes[fields[1]].allSatisfy({ $0 == zero }), !bytes[fields[2]].allSatisfy({ $0 == zero }),
            let flags = UInt8(text(fields[3]), radix: 16)
        else { return nil }
        self.traceparent = traceparent
        self.traceID = text(fields[1])
        self.spanID = text(fields[2])
        self.isSampled = flags & 1 == 1
        self.tracestate = tracestate.flatMap { Self.isTracestate($0) ? $0 : nil }
    }

    private static func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// At most 32 members `key=value` between commas, each key once.
    private static func isTracestate(_ text: String) -> Bool {
        var keys: Set<String> = []
        let members = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingPrefix { $0 == " " || $0 == "\t" } }
            .filter { !$0.isEmpty }
        guard !members.isEmpty, members.count <= 32, text.utf8.count <= 8192 else { return false }
        return members.allSatisfy { member in
            guard let equals = member.firstIndex(of: "=") else { return false }
            let key = member[..<equals]
            var value = member[member.index(after: equals)...]
            while let last = value.last, last == " " || last == "\t" { value.removeLast() }
            return keys.insert(String(key)).inserted && Self.isKey(key) && Self.isValue(value)
        }
    }

    private static func isKey(_ key: Substring) -> Bool {
        guard let first = key.utf8.first, key.utf8.count <= 256 else { return false }
        return ((0x61...0x7A).contains(first) || (0x30...0x39).contains(first))
            && key.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "_-*/@".utf8.contains($0)
            }
    }

    private static func isValue(_ value: Substring) -> Bool {
        !value.isEmpty && value.utf8.count <= 256
            && value.utf8.allSatisfy {
                (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
            }
    }
}
