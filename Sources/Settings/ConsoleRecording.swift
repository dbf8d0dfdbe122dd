import Synchronization

/// A console in memory, for tests of commands.
public final class ConsoleRecording: Sendable {
    private struct State {
        var output: [UInt8] = []
        var error: [UInt8] = []
        var input: ArraySlice<UInt8>
    }

    private let state: Mutex<State>
    private let width: Int
    private let isTerminal: Bool

    /// - Parameters:
    ///   - input: What there is to read.
    ///   - width: Columns.
    ///   - isTerminal: Whether the command sees a terminal, without colours.
    public init(input: String = "", width: Int = 80, isTerminal: Bool = false) {
        self.state = Mutex(State(input: Array(input.utf8)[...]))
        self.width = width
        self.isTerminal = isTerminal
    }

    public var output: String { self.state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    public var error: String { self.state.withLock { String(decoding: $0.error, as: UTF8.self) } }

    public var console: Console {
        Console(
            output: ConsoleStream(isTerminal: self.isTerminal, width: self.width) { bytes in
                self.state.withLock { $0.output += bytes }
            },
            error: ConsoleStream(isTerminal: self.isTerminal, width: self.width) { bytes in
                self.state.withLock { $0.error += bytes }
            },
            input: ConsoleInput { count in
                self.state.withLock { state in
                    defer { state.input = state.input.dropFirst(count) }
                    return Array(state.input.prefix(count))
                }
            }
        )
    }
}
