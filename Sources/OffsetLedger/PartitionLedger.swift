/// What has become of every record of one assigned partition.
///
/// Jobs finish out of order; Kafka commits one offset. The ledger holds what lies between: it says which
/// offset may be committed, and its ``OffsetMap`` says which records above are finished or had been begun.
/// It is a value without clock, I/O or lock. The worker owns one per assigned partition and drops it when
/// the partition is revoked or lost.
public struct PartitionLedger: Sendable {
    /// Distinguishes this assignment from earlier ones of the same partition.
    public let assignmentEpoch: UInt64
    /// The offset to commit: every record below it is finished.
    public private(set) var committableOffset: Int64
    /// What the earlier owner left beside `inheritedBase`.
    private let inherited: OffsetMap
    private let inheritedBase: Int64
    private let limits: LedgerLimits
    /// Records below this offset are begun only after a commit has said so.
    ///
    /// If the earlier owner did not end well, one of the records that it may have begun may have killed it; it never
    /// went farther than a window above its commit. And before the first commit of this owner nobody could
    /// see that it did not end well.
    private var cautiousEnd: Int64

    private enum Entry: Equatable {
        case finished
        /// Taken, not begun by this owner. `attempts` of earlier owners had no known end.
        case waiting(attempts: Int)
        /// Begun by this owner; `attempts` includes this one.
        case running(attempts: Int)
    }

    /// The entry of offset `committableOffset + index` is `entries[first + index]`; the last is the highest taken.
    private var entries: [Entry] = []
    private var first = 0

    /// - Parameters:
    ///   - assignmentEpoch: Given to everything that is begun under this assignment.
    ///   - committedOffset: Where reading starts.
    ///   - map: What was committed beside that offset.
    ///   - limits: The same for all workers of a group.
    public init(assignmentEpoch: UInt64, committedOffset: Int64, map: OffsetMap = OffsetMap(), limits: LedgerLimits) {
        precondition(committedOffset >= 0)
        self.assignmentEpoch = assignmentEpoch
        self.committableOffset = committedOffset
        self.inherited = map
        self.inheritedBase = committedOffset
        self.limits = limits
        self.cautiousEnd = .max
    }

    /// The largest window whose map always fits 4096 characters.
    public static let largestWindow = 20_000

    // MARK: Taking

    public enum TakeAction: Equatable, Sendable {
        /// Nobody has begun it. Run it whenever there is room.
        case run
        /// An earlier owner may have died of it: have its attempt committed, then run it.
        case runAfterCommit
        /// It has one attempt left: have that committed, then run it with no other job beside it.
        case runAlone
        /// It has used up its attempts. Do not run it.
        case giveUp(attempts: Int)
        /// Its result is already committed, or the broker delivered it before. Do nothing.
        case skip
        /// It lies beyond the window. Keep it and take it again when the window has moved.
        case hold
    }

    /// Enters a record that was read.
    ///
    /// Offsets come in order; gaps are allowed: compaction and transaction markers leave them.
    public mutating func take(_ offset: Int64) -> TakeAction {
        guard offset >= self.nextOffset else { return .skip }
        if self.unfinishedCount == 0 { self.skipTo(offset) }
        guard offset - self.committableOffset < Int64(self.limits.window) else { return .hold }
        while self.nextOffset < offset { self.entries.append(.finished) }
        switch self.inheritedMark(of: offset) {
        case .finished:
            self.entries.append(.finished)
            self.advance()
            return .skip
        case .unfinished(let attempts):
            self.entries.append(.waiting(attempts: attempts))
            self.unfinishedCount += 1
            if attempts >= self.limits.maximumAttempts { return .giveUp(attempts: attempts) }
            if attempts > 0, attempts == self.limits.maximumAttempts - 1 { return .runAlone }
            return offset < self.cautiousEnd ? .runAfterCommit : .run
        }
    }

    /// The lowest offset that has not been taken.
    public var nextOffset: Int64 { self.committableOffset + Int64(self.entries.count - self.first) }

    /// How many more records the window has room for.
    public var room: Int { self.limits.window - (self.entries.count - self.first) }

    /// Records taken and not yet finished.
    public private(set) var unfinishedCount = 0

    /// Records finished above the committable offset.
    public var finishedAboveCount: Int { self.entries.count - self.first - self.unfinishedCount }

    // MARK: Running

    /// Enters that a record taken earlier is begun, and says which attempt at it this is.
    ///
    /// The next committed map says so too: commit it before running what ``take(_:)`` wants committed first.
    public mutating func begin(_ offset: Int64) -> Int {
        let index = self.index(of: offset)
        guard case .waiting(let attempts) = self.entries[index] else {
            preconditionFailure("offset \(offset) begun twice")
        }
        let attempt = min(attempts + 1, OffsetMap.maximumAttempts)
        self.entries[index] = .running(attempts: attempt)
        return attempt
    }

    public enum FinishAction: Equatable, Sendable {
        /// Its result belongs into the next commit cycle.
        case finished
        /// It belongs to an assignment this worker no longer has, or was finished before. Drop it.
        case ignoreStale
    }

    /// Enters that a record is finished: its result, or its dead letter, is part of the next commit cycle.
    public mutating func finish(_ offset: Int64, epoch: UInt64) -> FinishAction {
        guard epoch == self.assignmentEpoch, offset >= self.committableOffset else { return .ignoreStale }
        precondition(offset < self.nextOffset, "offset \(offset) finished but never taken")
        let index = self.index(of: offset)
        guard self.entries[index] != .finished else { return .ignoreStale }
        self.entries[index] = .finished
        self.unfinishedCount -= 1
        self.advance()
        return .finished
    }

    // MARK: Committing

    /// What to commit beside ``committableOffset``.
    ///
    /// - Parameter isLast: True for the last commit before this worker gives the partition back in good order:
    ///   what it was running then did not end its life, and does not count as an attempt.
    /// - Returns: An encoded ``OffsetMap``, of at most 4096 characters.
    public func metadata(isLast: Bool) -> String {
        self.map(isLast: isLast).encoded(maximumAttempts: self.limits.maximumAttempts)
    }

    /// Enters that a commit of this ledger has succeeded.
    public mutating func noteCommitted() {
        guard self.cautiousEnd == .max else { return }
        self.cautiousEnd = self.inherited.isOpen ? self.inheritedBase + Int64(self.limits.window) : self.inheritedBase
    }

    func map(isLast: Bool) -> OffsetMap {
        var marks = self.entries[self.first...].map { entry -> OffsetMap.Mark in
            switch entry {
            case .finished: .finished
            case .waiting(let attempts): .unfinished(attempts: attempts)
            case .running(let attempts): .unfinished(attempts: isLast ? attempts - 1 : attempts)
            }
        }
        // What the earlier owner left and this one has not read yet stays as it was.
        var offset = self.nextOffset
        while offset - self.inheritedBase < Int64(self.inherited.marks.count) {
            marks.append(self.inheritedMark(of: offset))
            offset += 1
        }
        return OffsetMap(marks: marks, isOpen: !isLast)
    }

    /// Proves that the counts agree with the entries.
    public func checkIntegrity() {
        let held = self.entries[self.first...]
        precondition(held.count { $0 != .finished } == self.unfinishedCount)
        precondition(held.first != .finished, "the committable offset lags behind a finished record")
        precondition(held.count <= self.limits.window)
    }

    // MARK: Inside

    private func index(of offset: Int64) -> Int { self.first + Int(offset - self.committableOffset) }

    private func inheritedMark(of offset: Int64) -> OffsetMap.Mark {
        let index = Int(offset - self.inheritedBase)
        return index < self.inherited.marks.count ? self.inherited.marks[index] : .unfinished(attempts: 0)
    }

    /// Nothing below `offset` is left to do, so the window begins there.
    private mutating func skipTo(_ offset: Int64) {
        self.entries.removeAll(keepingCapacity: true)
        self.first = 0
        self.committableOffset = offset
    }

    private mutating func advance() {
        while self.first < self.entries.count, self.entries[self.first] == .finished {
            self.first += 1
            self.committableOffset += 1
        }
        // Amortised: each entry is moved at most once per doubling.
        if self.first > 1024, self.first * 2 > self.entries.count {
            self.entries.removeFirst(self.first)
            self.first = 0
        }
    }
}
