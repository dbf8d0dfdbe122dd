import Testing

@testable import OffsetLedger

@Suite("PartitionLedger")
struct PartitionLedgerTests {
    private static func ledger(
        from offset: Int64 = 0,
        epoch: UInt64 = 1,
        map: OffsetMap = OffsetMap(),
        window: Int = 100,
        maximumAttempts: Int = 3,
        isCommitted: Bool = true
    ) -> PartitionLedger {
        var ledger = PartitionLedger(
            assignmentEpoch: epoch,
            committedOffset: offset,
            map: map,
            limits: LedgerLimits(window: window, maximumAttempts: maximumAttempts)
        )
        if isCommitted { ledger.noteCommitted() }
        return ledger
    }

    /// The ledger that the next owner builds from what this one commits.
    private static func successor(
        of ledger: PartitionLedger,
        isLast: Bool,
        window: Int = 100
    ) throws -> PartitionLedger {
        let map = try OffsetMap(decoding: ledger.metadata(isLast: isLast), window: window)
        return Self.ledger(from: ledger.committableOffset, epoch: ledger.assignmentEpoch + 1, map: map, window: window)
    }

    @Test("holds the committable offset until the oldest record finishes")
    func outOfOrderCompletion() {
        var ledger = Self.ledger(from: 100, epoch: 7)
        for offset in [100, 101, 105] as [Int64] { #expect(ledger.take(offset) == .run) }

        #expect(ledger.finish(105, epoch: 7) == .finished)
        #expect(ledger.committableOffset == 100)
        #expect(ledger.finish(100, epoch: 7) == .finished)
        #expect(ledger.committableOffset == 101)
        #expect(ledger.finish(101, epoch: 7) == .finished)
        #expect(ledger.committableOffset == 106)
        #expect(ledger.unfinishedCount == 0)
        ledger.checkIntegrity()
    }

    @Test("drops a result that outlived its assignment")
    func staleEpoch() {
        var ledger = Self.ledger(epoch: 8)
        #expect(ledger.take(0) == .run)
        #expect(ledger.finish(0, epoch: 7) == .ignoreStale)
        #expect(ledger.committableOffset == 0)
    }

    @Test("finishes a record once")
    func doubleFinish() {
        var ledger = Self.ledger()
        for offset in 0..<3 as Range<Int64> { #expect(ledger.take(offset) == .run) }
        #expect(ledger.finish(1, epoch: 1) == .finished)
        #expect(ledger.finish(1, epoch: 1) == .ignoreStale)
        #expect(ledger.finish(0, epoch: 1) == .finished)
        #expect(ledger.finish(0, epoch: 1) == .ignoreStale)
    }

    @Test("skips a record the broker delivers again", arguments: [4, 5, 6, 7] as [Int64])
    func redelivery(offset: Int64) {
        var ledger = Self.ledger(from: 5)
        #expect(ledger.take(5) == .run)
        #expect(ledger.take(7) == .run)
        #expect(ledger.take(offset) == .skip)
        #expect(ledger.unfinishedCount == 2)
    }

    @Test("holds a record beyond the window until the window moves")
    func window() {
        var ledger = Self.ledger(window: 4)
        for offset in 0..<4 as Range<Int64> { #expect(ledger.take(offset) == .run) }
        #expect(ledger.room == 0)
        #expect(ledger.take(4) == .hold)
        #expect(ledger.finish(0, epoch: 1) == .finished)
        #expect(ledger.room == 1)
        #expect(ledger.take(4) == .run)
    }

    @Test("passes a gap of any width when nothing below it is unfinished")
    func gap() {
        var ledger = Self.ledger(window: 4)
        #expect(ledger.take(1_000_000) == .run)
        #expect(ledger.committableOffset == 1_000_000)
        #expect(ledger.take(2_000_000) == .hold)
    }

    @Test("the next owner skips what was finished and runs the rest")
    func handover() throws {
        var ledger = Self.ledger()
        for offset in 0..<6 as Range<Int64> { #expect(ledger.take(offset) == .run) }
        for offset in [1, 3, 4] as [Int64] { #expect(ledger.finish(offset, epoch: 1) == .finished) }

        var next = try Self.successor(of: ledger, isLast: true)
        #expect((0..<7).map { next.take($0) } == [.run, .skip, .run, .skip, .skip, .run, .run])
    }

    @Test("marks that were not read yet are kept through an owner that stopped early")
    func unreadMarksSurvive() throws {
        var ledger = Self.ledger()
        for offset in 0..<10 as Range<Int64> { _ = ledger.take(offset) }
        for offset in 2..<10 as Range<Int64> { _ = ledger.finish(offset, epoch: 1) }

        var second = try Self.successor(of: ledger, isLast: true)
        #expect(second.take(0) == .run)
        #expect(second.finish(0, epoch: 2) == .finished)

        var third = try Self.successor(of: second, isLast: true)
        #expect(third.take(1) == .run)
        #expect((2..<10).allSatisfy { third.take($0) == .skip })
        #expect(third.take(10) == .run)
    }

    @Test("runs nothing before a first commit has shown that the partition is open")
    func firstCommit() {
        var ledger = Self.ledger(isCommitted: false)
        #expect(ledger.take(0) == .runAfterCommit)
        ledger.noteCommitted()
        #expect(ledger.take(1) == .run)
    }

    @Test("after an owner that died, everything it may have begun waits for a commit")
    func uncleanTakeover() throws {
        var dead = Self.ledger()
        for offset in 0..<3 as Range<Int64> { _ = dead.take(offset) }
        #expect(dead.begin(1) == 1)

        var next = try Self.successor(of: dead, isLast: false)
        #expect((0..<100).allSatisfy { next.take($0) == .runAfterCommit })
        #expect(next.finish(0, epoch: 2) == .finished)
        #expect(next.take(100) == .run)
        #expect(next.begin(1) == 2)
    }

    @Test("a record that kills every owner runs alone at last, and is then given up")
    func poison() throws {
        var first = Self.ledger()
        for offset in 0..<3 as Range<Int64> { _ = first.take(offset) }
        for offset in 0..<3 as Range<Int64> { #expect(first.begin(offset) == 1) }

        var second = try Self.successor(of: first, isLast: false)
        for offset in 0..<3 as Range<Int64> { #expect(second.take(offset) == .runAfterCommit) }
        for offset in 0..<2 as Range<Int64> { #expect(second.begin(offset) == 2) }

        var third = try Self.successor(of: second, isLast: false)
        #expect((0..<3).map { third.take($0) } == [.runAlone, .runAlone, .runAfterCommit])
        #expect(third.begin(0) == 3)

        var fourth = try Self.successor(of: third, isLast: false)
        #expect((0..<3).map { fourth.take($0) } == [.giveUp(attempts: 3), .runAlone, .runAfterCommit])
    }

    @Test("giving a partition back in good order counts no attempt")
    func cleanEnd() throws {
        var ledger = Self.ledger()
        for offset in 0..<2 as Range<Int64> { _ = ledger.take(offset) }
        #expect(ledger.begin(0) == 1)
        var next = try Self.successor(of: ledger, isLast: true)
        #expect(next.take(0) == .run)
        #expect(next.begin(0) == 1)
    }

    /// Takes, begins, finishes and hands over in random order, against a plain model.
    ///
    /// The invariants: an offset below the committable one is finished; no finished record runs again; no
    /// record is left out. A failure prints the seed that reproduces it.
    @Test("loses nothing and repeats nothing over random lives", arguments: 1...60 as ClosedRange<UInt64>)
    func randomLives(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let exists = (0..<400 as Range<Int64>).filter { _ in Int.random(in: 0..<10, using: &random) > 0 }
        var done: Set<Int64> = []
        var ledger = Self.ledger(window: 50, maximumAttempts: 100)
        while done.count < exists.count {
            var running: [Int64] = []
            var unread = exists.filter { $0 >= ledger.committableOffset }[...]
            for _ in 0..<Int.random(in: 1...200, using: &random) {
                if Bool.random(using: &random), let offset = unread.first {
                    switch ledger.take(offset) {
                    case .hold: break
                    case .skip:
                        #expect(done.contains(offset), "seed \(seed): \(offset) skipped before it was done")
                        unread.removeFirst()
                    case .run, .runAfterCommit, .runAlone:
                        #expect(!done.contains(offset), "seed \(seed): \(offset) would run again")
                        _ = ledger.begin(offset)
                        running.append(offset)
                        unread.removeFirst()
                    case .giveUp: Issue.record("seed \(seed): \(offset) given up")
                    }
                } else if let offset = running.randomElement(using: &random) {
                    running.removeAll { $0 == offset }
                    #expect(ledger.finish(offset, epoch: ledger.assignmentEpoch) == .finished)
                    done.insert(offset)
                }
                ledger.checkIntegrity()
                #expect(exists.prefix { $0 < ledger.committableOffset }.allSatisfy(done.contains), "seed \(seed)")
            }
            ledger = try Self.successor(of: ledger, isLast: true, window: 50)
        }
    }
}
