import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("WaitingQueue")
struct WaitingQueueTests {
    /// Sequences of one queue, in order of arrival.
    private struct Line {
        var queue: WaitingQueue
        var shares = TenantShares()
        var arrivals: UInt64 = 0
        private let start = ContinuousClock.now

        init(maxOvertakes: Int = 1000) { self.queue = WaitingQueue(maxOvertakes: maxOvertakes) }

        mutating func add(
            priority: Int = 0,
            tenant: String = "",
            deadline: Int? = nil,
            preemptions: Int = 0
        ) {
            let request = GenerationRequest.of(self.arrivals) {
                $0.priority = priority
                $0.tenant = tenant
                $0.deadline = deadline.map { self.start + .seconds($0) }
            }
            let submission = Submission(request: request, submittedAt: self.start, onFinish: { _ in })
            let sequence = ActiveSequence(
                request: request,
                ordinal: self.arrivals,
                tenant: self.shares.begin(tenant),
                sampling: SamplingState(request, endOfSequenceTokens: [], vocabularySize: 64),
                completion: CompletionBuilder(
                    submission,
                    maxTokens: 1,
                    endOfSequenceTokens: [],
                    stream: ByteTextDecoder().makeStream(skippingSpecialTokens: true)
                )
            )
            sequence.preemptions = preemptions
            self.arrivals += 1
            self.queue.add(sequence)
            self.queue.checkIntegrity()
        }

        /// Takes the next one, charges its tenant `tokens`, and returns its id.
        mutating func take(charging tokens: Int = 1) -> UInt64? {
            guard let next = self.queue.next(self.shares) else { return nil }
            self.queue.take(next)
            self.queue.checkIntegrity()
            self.shares.charge(next.tenant, tokens: tokens)
            return next.id
        }

        mutating func takeAll() -> [UInt64] {
            var ids: [UInt64] = []
            while let id = self.take() { ids.append(id) }
            return ids
        }
    }

    @Test("the order is priority, then deadline, then arrival")
    func order() {
        var line = Line()
        line.add()
        line.add(deadline: 20)
        line.add(priority: 1, deadline: 1)
        line.add(priority: -1)
        line.add(deadline: 10)
        line.add()
        line.add(priority: -1)
        #expect(line.takeAll() == [3, 6, 4, 1, 0, 5, 2])
    }

    @Test("tenants take turns by what they have had")
    func fairness() {
        var line = Line()
        for _ in 0..<4 { line.add(tenant: "many") }
        line.add(tenant: "few")
        line.add(tenant: "few")
        // Both have had nothing: arrival decides, then the share.
        #expect(line.take(charging: 10) == 0)
        #expect(line.take(charging: 4) == 4)
        #expect(line.take(charging: 4) == 5)
        #expect(line.takeAll() == [1, 2, 3])
    }

    @Test("fairness is within one priority and deadline")
    func fairnessWithin() {
        var line = Line()
        line.add(tenant: "a")
        line.add(tenant: "b", deadline: 5)
        line.add(tenant: "b", deadline: 5)
        #expect(line.takeAll() == [1, 2, 0])
    }

    @Test("one that ran before comes before all of its priority")
    func preempted() {
        var line = Line()
        line.add(deadline: 1)
        line.add(preemptions: 1)
        line.add(preemptions: 2)
        line.add(priority: -1)
        #expect(line.takeAll() == [3, 1, 2, 0])
    }

    @Test("nobody is overtaken more often than allowed, whatever comes")
    func patience() throws {
        var line = Line(maxOvertakes: 10)
        line.add(priority: 100)
        var overtakes = 0
        while true {
            line.add(priority: -1)
            if line.take() == 0 { break }
            overtakes += 1
            try #require(overtakes <= 10)
        }
        #expect(overtakes == 10)
    }

    @Test("with no overtaking the order is that of arrival")
    func noOvertaking() {
        var line = Line(maxOvertakes: 0)
        for index in 0..<5 { line.add(priority: -index, deadline: 5 - index) }
        #expect(line.takeAll() == [0, 1, 2, 3, 4])
    }
}

@Suite("TenantShares")
struct TenantSharesTests {
    @Test("one that comes back begins with the least that another has had")
    func comesBack() {
        var shares = TenantShares()
        let first = shares.begin("first")
        shares.charge(first, tokens: 100)
        let second = shares.begin("second")
        #expect(shares.served(second) == 100)
        shares.charge(second, tokens: 50)
        shares.end(first)
        #expect(shares.tenantCount == 1)
        let third = shares.begin("third")
        #expect(shares.served(third) == 150)
        #expect(shares.begin("second") == second)
        shares.end(second)
        #expect(shares.tenantCount == 2)
        shares.end(second)
        shares.end(third)
        #expect(shares.tenantCount == 0)
    }
}
