import OffsetLedger
import Testing

@testable import Worker

@Suite("A job with one attempt left")
struct LastChanceTests {
    private static let suspect = TopicPartition(topic: "jobs", partition: 0)
    private static let other = TopicPartition(topic: "jobs", partition: 1)

    @Test("is committed before another job is begun beside what would be left of it")
    func committedBeforeOthers() throws {
        var limits = DeliveryLimits()
        limits.ledger = LedgerLimits(window: 40, maximumAttempts: 3)
        var machine = DeliveryStateMachine(limits: limits)
        let map = OffsetMap(marks: [.unfinished(attempts: 2)], isOpen: true)
        let committed = [
            Self.suspect: CommittedOffset(offset: 0, metadata: map.encoded(maximumAttempts: 3)),
            Self.other: CommittedOffset(offset: 0, metadata: OffsetMap().encoded(maximumAttempts: 3)),
        ]
        _ = try machine.assign([Self.suspect, Self.other], committed: committed)
        #expect(machine.take(ConsumedRecord(source: Self.suspect, offset: 0)) == .keep)
        machine.beginLastChance()
        _ = machine.beginCycle()
        let ticket = try #require(machine.cycleCommitted().first)
        #expect(ticket.attempt == 3)

        machine.complete(Completion(coordinates: ticket.coordinates, records: []))
        #expect(machine.room(Self.other) == 0, "its end is not committed: a crash now would leave it no attempt")
        _ = machine.beginCycle()
        machine.cycleAborted()
        #expect(machine.room(Self.other) == 0)
        _ = machine.beginCycle()
        _ = machine.cycleCommitted()
        #expect(machine.room(Self.other) > 0)
        machine.checkIntegrity()
    }
}
