/// Turns bytes that arrive in any portions into text.
///
/// Ill-formed bytes become U+FFFD, one for each longest start of a character that cannot be completed: the practice
/// that Unicode recommends and the reference follows. Bytes that may still be completed are held back.
struct LossyUTF8 {
    /// The start of a character whose rest is outstanding: at most three bytes.
    private var held: [UInt8] = []
    private var outstanding = 0
    /// What the next byte of the held character may be.
    private var continuation: ClosedRange<UInt8> = 0x80...0xBF

    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    mutating func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
        for byte in bytes {
            if self.outstanding > 0 {
                if self.continuation ~= byte {
                    self.held.append(byte)
                    self.outstanding -= 1
                    self.continuation = 0x80...0xBF
                    if self.outstanding == 0 {
                        output.append(contentsOf: self.held)
                        self.held.removeAll(keepingCapacity: true)
                    }
                    continue
                }
                self.finish(to: &output)
            }
            self.start(byte, to: &output)
        }
    }

    /// Gives up waiting for the rest of a character.
    mutating func finish(to output: inout [UInt8]) {
        guard self.outstanding > 0 else { return }
        output.append(contentsOf: Self.replacement)
        self.held.removeAll(keepingCapacity: true)
        self.outstanding = 0
    }

    private mutating func start(_ byte: UInt8, to output: inout [UInt8]) {
        self.continuation = 0x80...0xBF
        switch byte {
        case 0..<0x80:
            output.append(byte)
            return
        case 0xC2...0xDF: self.outstanding = 1
        case 0xE0...0xEF:
            self.outstanding = 2
            // No overlong forms, no surrogates.
            if byte == 0xE0 { self.continuation = 0xA0...0xBF }
            if byte == 0xED { self.continuation = 0x80...0x9F }
        case 0xF0...0xF4:
            self.outstanding = 3
            if byte == 0xF0 { self.continuation = 0x90...0xBF }
            if byte == 0xF4 { self.continuation = 0x80...0x8F }
        default:
            output.append(contentsOf: Self.replacement)
            return
        }
        self.held.append(byte)
    }
}
