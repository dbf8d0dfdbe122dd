/// An address to listen on or to connect to, as `HOST:PORT`.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    /// For an address to listen on, 0 means any free one.
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, `[IPv6]:PORT`, or a port alone, which is one of this machine.
    public init?(_ text: String) {
        if let port = UInt16(text) {
            self.init(host: Self.loopback, port: port)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.allSatisfy({ !$0.isWhitespace && $0 != "/" }) else { return nil }
        self.init(host: String(host), port: port)
    }

    public static let loopback = "127.0.0.1"

    public var description: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}

extension HostPort: SettingValue {
    public static var format: ValueFormat<HostPort> {
        ValueFormat(
            placeholder: "HOST:PORT",
            expected: "HOST:PORT",
            example: "127.0.0.1:9464",
            parse: { HostPort($0) },
            text: { $0.description }
        )
    }
}
