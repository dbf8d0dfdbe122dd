/// Why nothing more can be printed.
public enum ConsoleError: Error, Equatable, CustomStringConvertible {
    /// The other end is gone, as when a pipe goes into `head`: no one is left to be told.
    case closedByReader
    case unwritable(String)
    case unreadable(String)

    public var description: String {
        switch self {
        case .closedByReader: "cannot write: the reader has closed the pipe"
        case .unwritable(let reason): "cannot write: \(reason)"
        case .unreadable(let reason): "cannot read: \(reason)"
        }
    }
}

/// What a command prints to and reads from.
///
/// Results go to `output`, everything about how they came to be goes to `error`. Colours, bars and tables are drawn only on
/// a terminal.
public struct Console: Sendable {
    public let output: ConsoleStream
    public let error: ConsoleStream
    public let input: ConsoleInput

    public init(output: ConsoleStream, error: ConsoleStream, input: ConsoleInput) {
        self.output = output
        self.error = error
        self.input = input
    }

    /// Prints a line of the result.
    public func print(_ text: String = "", terminator: String = "\n") throws(ConsoleError) {
        try self.output.write(text + terminator)
    }

    /// Prints a line about what happens.
    ///
    /// That standard error cannot be written is no reason to stop, and there is nowhere to say it.
    public func note(_ text: String, terminator: String = "\n") {
        try? self.error.write(text + terminator)
    }
}

/// One of the two ways out.
public struct ConsoleStream: Sendable {
    public let isTerminal: Bool
    /// Columns of the terminal; 80 where it is none.
    public let width: Int
    public let usesColors: Bool
    private let writeBytes: @Sendable ([UInt8]) throws(ConsoleError) -> Void

    public init(
        isTerminal: Bool = false,
        width: Int = 80,
        usesColors: Bool = false,
        write: @escaping @Sendable ([UInt8]) throws(ConsoleError) -> Void
    ) {
        self.isTerminal = isTerminal
        self.width = width
        self.usesColors = usesColors
        self.writeBytes = write
    }

    public func write(_ text: String) throws(ConsoleError) { try self.writeBytes(Array(text.utf8)) }

    public func write(_ bytes: [UInt8]) throws(ConsoleError) { try self.writeBytes(bytes) }

    /// The text in a style, where the terminal shows colours.
    public func styled(_ text: String, _ style: TextStyle) -> String {
        self.usesColors ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}

public enum TextStyle: String, Sendable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
}

/// The way in.
public struct ConsoleInput: Sendable {
    public let isTerminal: Bool
    private let readBytes: @Sendable (Int) throws(ConsoleError) -> [UInt8]

    /// - Parameters:
    ///   - isTerminal: Whether a person types.
    ///   - read: Gives at most so many bytes, and none at the end.
    public init(isTerminal: Bool = false, read: @escaping @Sendable (Int) throws(ConsoleError) -> [UInt8]) {
        self.isTerminal = isTerminal
        self.readBytes = read
    }

    /// The next bytes, at most so many; none at the end.
    public func read(_ count: Int) throws(ConsoleError) -> [UInt8] { try self.readBytes(count) }

    /// Everything.
    ///
    /// - Throws: `unreadable` where there is more than `limitBytes`.
    public func readAll(limitBytes: Int) throws(ConsoleError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try self.readBytes(1 << 16)
            if more.isEmpty { return bytes }
            bytes += more
            guard bytes.count <= limitBytes else { throw .unreadable("there are more than \(limitBytes) bytes") }
        }
    }

    /// The lines, each at most `limitBytes` long.
    public func lines(limitBytes: Int) -> ConsoleLines { ConsoleLines(input: self, limitBytes: limitBytes) }
}

/// Reads line by line.
public struct ConsoleLines {
    private let input: ConsoleInput
    private let limitBytes: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    fileprivate init(input: ConsoleInput, limitBytes: Int) {
        self.input = input
        self.limitBytes = limitBytes
    }

    /// The next line without its `\n`; nil at the end.
    ///
    /// What follows the last `\n` is a line if it is not empty.
    public mutating func next() throws(ConsoleError) -> [UInt8]? {
        var searched = self.start
        while true {
            if let end = self.buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { self.start = end + 1 }
                return Array(self.buffer[self.start..<end])
            }
            guard self.buffer.count - self.start <= self.limitBytes else {
                throw .unreadable("a line is longer than \(self.limitBytes) bytes")
            }
            if self.isAtEnd {
                guard self.start < self.buffer.count else { return nil }
                defer { self.start = self.buffer.count }
                return Array(self.buffer[self.start...])
            }
            self.buffer.removeFirst(self.start)
            self.start = 0
            searched = self.buffer.count
            let more = try self.input.read(1 << 16)
            self.isAtEnd = more.isEmpty
            self.buffer += more
        }
    }
}
