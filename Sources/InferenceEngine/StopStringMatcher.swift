/// Looks for stop strings in text that comes in pieces.
///
/// It works on UTF-8, so that equal means equal bytes, and as if the text came byte by byte: the stop string that is
/// complete first counts, of several the longest. So it does not matter how the text is cut into tokens.
struct StopStringMatcher {
    private let stops: [(text: String, bytes: [UInt8])]
    private let keepsStop: Bool
    /// What has come so far, up to the stop string, or its end if it is kept.
    private(set) var text: [UInt8] = []
    /// How much of `text` has been released.
    private var releasedBytes = 0

    init(stops: [String], keepsStop: Bool) {
        self.stops = stops.map { ($0, Array($0.utf8)) }
        self.keepsStop = keepsStop
    }

    /// Adds `piece`, and returns the stop string that it completes; one counts only if `mayStop`.
    mutating func append(_ piece: String, mayStop: Bool) -> String? {
        guard mayStop, !self.stops.isEmpty else {
            self.text += piece.utf8
            return nil
        }
        for byte in piece.utf8 {
            self.text.append(byte)
            guard let stop = self.completedStop() else { continue }
            if !self.keepsStop { self.text.removeLast(stop.bytes.count) }
            return stop.text
        }
        return nil
    }

    private func completedStop() -> (text: String, bytes: [UInt8])? {
        let complete = self.stops.filter { self.text.last == $0.bytes.last && self.text.ends(with: $0.bytes) }
        return complete.max { $0.bytes.count < $1.bytes.count }
    }

    /// Text that no later piece can take back, and that was not released before.
    ///
    /// At the end no piece follows, so a stop string that has begun is text like any other.
    mutating func release(isEnd: Bool) -> String {
        let end = max(self.releasedBytes, self.text.count - (isEnd ? 0 : self.heldBytes))
        defer { self.releasedBytes = end }
        return String(decoding: self.text[self.releasedBytes..<end], as: UTF8.self)
    }

    /// The length of the longest end of the text that is a beginning of a stop string.
    private var heldBytes: Int {
        guard !self.keepsStop else { return 0 }
        var held = 0
        for stop in self.stops {
            let longest = min(stop.bytes.count - 1, self.text.count)
            guard longest > held else { continue }
            for count in stride(from: longest, to: held, by: -1)
            where self.text.ends(with: stop.bytes.prefix(count)) {
                held = count
                break
            }
        }
        return held
    }
}

extension [UInt8] {
    fileprivate func ends(with other: some RandomAccessCollection<UInt8>) -> Bool {
        other.count <= self.count && self.suffix(other.count).elementsEqual(other)
    }
}
