import Foundation

/// What lies beside a committed offset: which later offsets are finished too, and which had been begun.
///
/// It travels as the commit's metadata string, so it is text, versioned, and must stay within the
/// broker's limit (`offset.metadata.max.bytes`, 4096 by default):
///
///     d1<owner>:<finished>:<attempts>
///
/// `owner` is `o` while a worker has the partition open and `c` once it has given it back in good order.
/// `finished` covers the offsets from the committed one on: `b` and a bitmap, or `r` and run lengths
/// (unfinished, finished, unfinished, … in turn), whichever is shorter. `attempts` says how often the
/// offsets that are *not* finished were begun without a known end: pairs of a count and a number of
/// attempts, in offset order; what follows the last pair was never begun. Numbers are LEB128, bytes base64.
public struct OffsetMap: Sendable, Equatable {
    public enum Mark: Sendable, Equatable {
        /// There is nothing left to do: its result is committed, or no record has this offset.
        case finished
        /// `attempts` runs began and are not known to have ended. Zero: nobody began it.
        case unfinished(attempts: Int)
    }

    /// The mark of each offset from the committed one on.
    ///
    /// What lies beyond the last is unfinished and not begun.
    public private(set) var marks: [Mark]
    /// Whether the worker that wrote the map still had the partition: if it is gone, it did not end well.
    public private(set) var isOpen: Bool

    /// Attempts are counted no farther than this.
    public static let maximumAttempts = 100
    static let version = "d1"

    /// More runs of attempts than this are not written: with the largest bitmap they fit 4096 characters.
    ///
    /// A bitmap of 20,000 offsets is 3,336 base64 characters and the punctuation 6. The rest, 754 characters, is
    /// 565 bytes; counts add up to 20,000 at most, so all but one pair take three bytes at most.
    static let attemptRunLimit = 184

    public init(marks: [Mark] = [], isOpen: Bool = false) {
        self.marks = marks
        self.isOpen = isOpen
    }
}

extension OffsetMap {
    /// Whether `offset` is finished, by a commit of `base` with this map beside it.
    public func isFinished(_ offset: Int64, base: Int64) -> Bool {
        guard offset >= base else { return true }
        return offset - base < Int64(self.marks.count) && self.marks[Int(offset - base)] == .finished
    }
}

/// Why a metadata string could not be read.
///
/// A worker that meets one stops: going on without the map would run finished jobs again.
public struct OffsetMapError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ reason: String, in metadata: String) {
        self.description = "offset map: \(reason) in `\(metadata.prefix(48))`"
    }
}

// MARK: Writing

extension OffsetMap {
    /// Writes the metadata string.
    ///
    /// - Parameter maximumAttempts: At this many a record is given up. Where neighbouring offsets differ in their
    ///   attempts too often to be written one by one, some attempts are rounded up, but never to this number: a
    ///   record may run more carefully than it deserves, and is never given up for another's sake. Where even
    ///   that is not enough, records that should be given up get one more chance.
    /// - Returns: At most 4096 characters for a window of at most 20,000.
    public func encoded(maximumAttempts: Int) -> String {
        let runs = Self.coarsened(self.attemptRuns(), limit: Self.attemptRunLimit, below: maximumAttempts)
        let attempts = Data(runs.flatMap { Self.varint($0.count) + Self.varint($0.attempts) })
        let owner = self.isOpen ? "o" : "c"
        return "\(Self.version)\(owner):\(self.finishedField()):\(attempts.base64EncodedString())"
    }

    private func finishedField() -> String {
        guard let last = self.marks.lastIndex(of: .finished) else { return "" }
        var bitmap = [UInt8](repeating: 0, count: last / 8 + 1)
        var runs: [UInt8] = []
        var index = 0
        while index <= last {
            let start = index
            while self.marks[index] != .finished { index += 1 }
            let firstFinished = index
            while index <= last, self.marks[index] == .finished {
                bitmap[index / 8] |= 1 << UInt8(index % 8)
                index += 1
            }
            runs += Self.varint(firstFinished - start) + Self.varint(index - firstFinished)
        }
        return runs.count < bitmap.count
            ? "r" + Data(runs).base64EncodedString()
            : "b" + Data(bitmap).base64EncodedString()
    }

    typealias AttemptRun = (count: Int, attempts: Int)

    /// Unfinished offsets in order, those with equal attempts in a row taken together; without the tail never begun.
    private func attemptRuns() -> [AttemptRun] {
        var runs: [AttemptRun] = []
        for case .unfinished(let attempts) in self.marks { Self.append((1, attempts), to: &runs) }
        if let last = runs.last, last.attempts == 0 { runs.removeLast() }
        return runs
    }

    private static func append(_ run: AttemptRun, to runs: inout [AttemptRun]) {
        if let last = runs.last, last.attempts == run.attempts {
            runs[runs.count - 1].count += run.count
        } else {
            runs.append(run)
        }
    }

    /// Rounds attempts until at most `limit` runs are left.
    private static func coarsened(_ runs: [AttemptRun], limit: Int, below maximum: Int) -> [AttemptRun] {
        let raised = Self.raised(runs, limit: limit, below: maximum)
        guard raised.count > limit else { return raised }
        var lowered: [AttemptRun] = []
        for run in raised { Self.append((run.count, min(run.attempts, maximum - 1)), to: &lowered) }
        return Self.raised(lowered, limit: limit, below: maximum)
    }

    /// Raises short runs, then ever longer ones, to a neighbour's attempts.
    private static func raised(_ runs: [AttemptRun], limit: Int, below maximum: Int) -> [AttemptRun] {
        var runs = runs
        var longest = 1
        while runs.count > limit, longest <= 2 * PartitionLedger.largestWindow {
            var raised: [AttemptRun] = []
            for (index, run) in runs.enumerated() {
                let neighbours = [raised.last?.attempts, index + 1 < runs.count ? runs[index + 1].attempts : nil]
                let higher = neighbours.compactMap { $0 }.filter { $0 > run.attempts && $0 < maximum }.min()
                let attempts = run.count <= longest ? higher ?? run.attempts : run.attempts
                Self.append((run.count, attempts), to: &raised)
            }
            runs = raised
            longest *= 2
        }
        return runs
    }

    private static func varint(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

// MARK: Reading

extension OffsetMap {
    /// Reads a metadata string.
    ///
    /// An empty string is an empty map: nobody has committed yet, or an operator has reset the offset.
    /// - Parameters:
    ///   - metadata: What lies beside the committed offset.
    ///   - window: The most marks a map may hold; a longer one is refused.
    /// - Throws: ``OffsetMapError``, with the reason and the beginning of the string.
    public init(decoding metadata: String, window: Int) throws(OffsetMapError) {
        self.init()
        guard !metadata.isEmpty else { return }
        let fields = metadata.split(separator: ":", omittingEmptySubsequences: false)
        guard fields[0] == Self.version + "o" || fields[0] == Self.version + "c" else {
            throw OffsetMapError("unknown version", in: metadata)
        }
        guard fields.count == 3 else {
            throw OffsetMapError("expected 3 fields, got \(fields.count)", in: metadata)
        }
        self.isOpen = fields[0].last == "o"
        do throws(Malformed) {
            try self.readFinished(fields[1], window: window)
            try self.readAttempts(fields[2], window: window)
        } catch {
            throw OffsetMapError(error.reason, in: metadata)
        }
    }

    private struct Malformed: Error {
        let reason: String
    }

    private mutating func readFinished(_ field: Substring, window: Int) throws(Malformed) {
        guard let form = field.first else { return }
        let bytes = try Self.bytes(field.dropFirst())
        switch form {
        case "b":
            guard bytes.count <= (window + 7) / 8 else { throw Malformed(reason: "finished offsets exceed the window") }
            for index in 0..<bytes.count * 8 {
                let isSet = bytes[index / 8] & 1 << UInt8(index % 8) != 0
                self.marks.append(isSet ? .finished : .unfinished(attempts: 0))
            }
        case "r":
            var numbers = VarintReader(bytes)
            while !numbers.isAtEnd {
                guard let unfinished = numbers.next(), let finished = numbers.next(),
                    self.marks.count + unfinished + finished <= window
                else { throw Malformed(reason: "finished offsets exceed the window") }
                self.marks.append(contentsOf: repeatElement(.unfinished(attempts: 0), count: unfinished))
                self.marks.append(contentsOf: repeatElement(.finished, count: finished))
            }
        default: throw Malformed(reason: "unknown form of finished offsets")
        }
        // The bitmap's last byte may end in bits that mean nothing.
        while let last = self.marks.last, last != .finished { self.marks.removeLast() }
        guard self.marks.count <= window else { throw Malformed(reason: "finished offsets exceed the window") }
    }

    private mutating func readAttempts(_ field: Substring, window: Int) throws(Malformed) {
        var numbers = VarintReader(try Self.bytes(field))
        var index = 0
        while !numbers.isAtEnd {
            guard let count = numbers.next(), let attempts = numbers.next(), attempts <= Self.maximumAttempts else {
                throw Malformed(reason: "attempts are malformed")
            }
            guard count <= window else { throw Malformed(reason: "attempts exceed the window") }
            for _ in 0..<count {
                while index < self.marks.count, self.marks[index] == .finished { index += 1 }
                guard index < window else { throw Malformed(reason: "attempts exceed the window") }
                if index == self.marks.count { self.marks.append(.finished) }
                self.marks[index] = .unfinished(attempts: attempts)
                index += 1
            }
        }
    }

    private static func bytes(_ field: Substring) throws(Malformed) -> [UInt8] {
        guard let data = Data(base64Encoded: String(field)) else { throw Malformed(reason: "a field is not base64") }
        return [UInt8](data)
    }
}

/// Reads LEB128 numbers of at most 28 bits.
private struct VarintReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { self.index == self.bytes.count }

    /// Nil at the end, in the middle of a number, and for a longer one.
    mutating func next() -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 28, by: 7) {
            guard self.index < self.bytes.count else { return nil }
            let byte = self.bytes[self.index]
            self.index += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
