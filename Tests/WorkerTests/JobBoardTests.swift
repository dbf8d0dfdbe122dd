import InferenceEngine
import JobContract
import OrderedJSON
import ServingCore
import TestSupport
import Testing

@testable import Worker

@Suite("Job board")
struct JobBoardTests {
    private static let start = ContinuousClock.now

    @Test("whatever happens in whatever order, every job leaves once and nothing is left of it", arguments: 1...60)
    func random(seed: UInt64) throws {
        var history = History(seed: seed)
        for _ in 0..<400 { try history.step() }
        try history.finish()
        #expect(history.answers.count == history.taken, "seed \(seed)")
        #expect(history.board.standing.held == 0, "seed \(seed)")
        #expect(history.board.standing.waitingChoices == 0 && history.board.standing.generatingChoices == 0)
        #expect(history.running.isEmpty, "seed \(seed): the engine still has \(history.running.count)")
    }

    /// Does with a board what a service does, in an order that is drawn.
    private struct History {
        var random: SeededRandom
        var board = JobBoard(maximumTries: 3, retryDelay: .seconds(1))
        var now = JobBoardTests.start
        var taken = 0
        /// Numbers of jobs that are prepared later.
        var preparing: [JobBoard.Number] = []
        /// What the engine holds.
        var running: [GenerationRequest] = []
        var answers: Set<JobBoard.Number> = []

        init(seed: UInt64) { self.random = SeededRandom(seed: seed) }

        mutating func step() throws {
            self.now += .milliseconds(Int.random(in: 0...400, using: &self.random))
            switch Int.random(in: 0..<12, using: &self.random) {
            case 0...1: self.take()
            case 2...3: try self.prepare()
            case 4...6: self.submit(room: Int.random(in: 0...4, using: &self.random))
            case 7...9: self.end()
            case 10: self.cancel()
            default: for number in self.board.expire(now: self.now) { self.answer(number) }
            }
            self.board.checkIntegrity()
        }

        mutating func finish() throws {
            while !self.preparing.isEmpty { try self.prepare() }
            for _ in 0..<10_000 where self.answers.count < self.taken {
                self.now += .seconds(10)
                self.submit(room: 100)
                while !self.running.isEmpty { self.end() }
                self.board.checkIntegrity()
            }
        }

        private mutating func take() {
            let ticket = JobServiceHarness.ticket(Int64(self.taken), .null)
            self.taken += 1
            self.preparing.append(self.board.take(ticket, now: self.now))
        }

        private mutating func prepare() throws {
            guard let index = self.preparing.indices.randomElement(using: &self.random) else { return }
            let number = self.preparing.remove(at: index)
            guard self.board.ticket(number) != nil else { return self.answer(number) }
            let requests = (0..<Int.random(in: 1...3, using: &self.random)).map { choice in
                GenerationRequest(
                    id: 0,
                    prompt: [1],
                    sampling: SamplingParameters(),
                    seed: number,
                    choice: choice,
                    priority: Int.random(in: 0...1, using: &self.random),
                    deadline: self.random.chance(0.3) ? self.now + .seconds(2) : nil
                )
            }
            let isWanted = self.board.prepared(
                number,
                try #require(JobBoardTests.job),
                requests: requests,
                now: self.now
            )
            if !isWanted { self.answer(number) }
        }

        private mutating func submit(room: Int) {
            var room = room
            while let request = self.board.nextRequest(now: self.now) {
                if self.random.chance(0.05) {
                    self.follow(self.board.rejected(request.id, .refused(.internalError("no"))))
                } else if room > 0 {
                    room -= 1
                    self.running.append(request)
                } else {
                    return self.board.putBack(request.id)
                }
            }
        }

        private mutating func end() {
            guard let index = self.running.indices.randomElement(using: &self.random) else { return }
            let request = self.running.remove(at: index)
            let reasons: [FinishReason] = [
                .stop(.endOfSequence), .length, .failed("a fault"), .deadline, .failed("a fault"), .cancelled,
            ]
            let reason = reasons.randomElement(using: &self.random) ?? .length
            self.follow(self.board.ended(.answer(to: request, "x", finishReason: reason), now: self.now))
            // A late second call is nobody's.
            self.follow(self.board.ended(.answer(to: request, "x", finishReason: reason), now: self.now))
        }

        private mutating func cancel() {
            let offset = Int64.random(in: 0...Int64(self.taken), using: &self.random)
            let coordinates = JobCoordinates(source: JobServiceHarness.topic, offset: offset, epoch: 1)
            for number in self.board.numbers(at: [coordinates]) { self.follow(self.board.conclude(number, .abandoned)) }
        }

        /// The engine ends what is cancelled, at once.
        private mutating func follow(_ decision: (cancel: [UInt64], done: JobBoard.Number?)) {
            if let done = decision.done { self.answer(done) }
            for id in decision.cancel {
                guard let index = self.running.firstIndex(where: { $0.id == id }) else { continue }
                let request = self.running.remove(at: index)
                self.follow(self.board.ended(.answer(to: request, "", finishReason: .cancelled), now: self.now))
            }
        }

        private mutating func answer(_ number: JobBoard.Number) {
            guard let held = self.board.remove(number) else { return }
            #expect(self.answers.insert(number).inserted, "job \(number) is answered twice")
            guard held.job != nil, held.verdict == nil else { return }
            #expect(held.choices.allSatisfy { $0.result != nil }, "job \(number) is answered without a choice")
            #expect(held.choices.allSatisfy { $0.tries <= 3 })
        }
    }

    @Test("waits longer before each further try")
    func retryDelay() throws {
        var board = JobBoard(maximumTries: 4, retryDelay: .seconds(1))
        let job = try #require(Self.job)
        let number = board.take(JobServiceHarness.ticket(0, .null), now: Self.start)
        let request = GenerationRequest(id: 0, prompt: [1], sampling: SamplingParameters(), seed: 1)
        let isWanted = board.prepared(number, job, requests: [request], now: Self.start)
        #expect(isWanted)
        var now = Self.start
        for delay in [1, 2, 4] {
            let next = board.nextRequest(now: now)
            let running = try #require(next)
            let decision = board.ended(.answer(to: running, "", finishReason: .failed("x")), now: now)
            #expect(decision.done == nil)
            let tooEarly = board.nextRequest(now: now + .seconds(delay) - .milliseconds(1))
            #expect(tooEarly == nil)
            now += .seconds(delay)
        }
        let next = board.nextRequest(now: now)
        let last = try #require(next)
        let decision = board.ended(.answer(to: last, "", finishReason: .failed("x")), now: now)
        #expect(decision.done == number)
    }

    @Test("no two last tries run at once, so that one that always fails ruins nobody's")
    func lastTriesAlone() throws {
        var board = JobBoard(maximumTries: 3, retryDelay: .zero)
        let job = try #require(Self.job)
        let request = GenerationRequest(id: 0, prompt: [1], sampling: SamplingParameters(), seed: 1)
        for offset in 0..<3 {
            let number = board.take(JobServiceHarness.ticket(Int64(offset), .null), now: Self.start)
            _ = board.prepared(number, job, requests: [request], now: Self.start)
        }
        for _ in 0..<2 {
            let together = (0..<3).compactMap { _ in board.nextRequest(now: Self.start) }
            #expect(together.count == 3)
            for request in together {
                _ = board.ended(.answer(to: request, "", finishReason: .failed("x")), now: Self.start)
            }
        }
        var done: [JobBoard.Number] = []
        for round in 0..<3 {
            let next = board.nextRequest(now: Self.start)
            let alone = try #require(next)
            let other = board.nextRequest(now: Self.start)
            #expect(other == nil)
            board.checkIntegrity()
            let reason: FinishReason = round == 1 ? .failed("x") : .length
            let decision = board.ended(.answer(to: alone, "", finishReason: reason), now: Self.start)
            done += [try #require(decision.done)]
        }
        #expect(done == [1, 2, 3])
    }

    private static let job: Job? = {
        let decoded = JobDecoder(policy: JobServiceHarness.policy).decode(
            source: JobSource(topic: "jobs", partition: 0, offset: 0),
            value: JobServiceHarness.completion().serialized()
        )
        guard case .job(let job) = decoded else { return nil }
        return job
    }()
}
