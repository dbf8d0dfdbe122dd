import InferenceEngine
import JobContract
import ServingCore

/// Where each job stands between its record and its answer.
///
/// A value without clock, thread or lock: ``JobService`` performs what it decides. A job leaves it once, by
/// ``remove(_:)``; that is what makes its answer the only one.
struct JobBoard {
    typealias Number = UInt64

    /// Why a job ends without all of its choices.
    enum Verdict: Equatable {
        case abandoned
        case refused(RequestError)
        case failed(String)
    }

    struct HeldJob {
        let ticket: JobTicket
        let taken: ContinuousClock.Instant
        var prepared: ContinuousClock.Instant?
        var job: Job?
        var choices: [Choice] = []
        /// Choices that are with the engine, by the id under which it knows them.
        var running: Set<UInt64> = []
        var verdict: Verdict?
        var retries = 0

        var reasoning: ReasoningSpan? { self.choices.first?.request.reasoning }
    }

    struct Choice {
        var request: GenerationRequest
        var tries = 0
        var result: GenerationResult?
    }

    /// A choice that is to be given to the engine.
    private struct Waiting {
        let number: Number
        let choice: Int
        let priority: Int
        var notBefore: ContinuousClock.Instant?
        /// The last try of a choice that has failed before; no other last try runs beside it.
        var isLastTry = false

        func precedes(_ other: Waiting) -> Bool {
            (self.priority, self.number, self.choice) < (other.priority, other.number, other.choice)
        }
    }

    private let maximumTries: Int
    private let retryDelay: Duration
    private var jobs: [Number: HeldJob] = [:]
    /// In the order in which they are to be given away.
    private var waiting: [Waiting] = []
    private var owners: [UInt64: (number: Number, choice: Int)] = [:]
    /// The sequence that has its last try.
    ///
    /// A sweep that fails takes all its sequences with it, and one of them may be the reason, time after time. Had they all
    /// their last try together, it would ruin the others.
    private var lastTryID: UInt64?
    private var lastNumber: Number = 0
    private var lastRequestID: UInt64 = 0

    init(maximumTries: Int, retryDelay: Duration) {
        self.maximumTries = maximumTries
        self.retryDelay = retryDelay
    }

    // MARK: A job's way

    mutating func take(_ ticket: JobTicket, now: ContinuousClock.Instant) -> Number {
        self.lastNumber += 1
        self.jobs[self.lastNumber] = HeldJob(ticket: ticket, taken: now)
        return self.lastNumber
    }

    /// What a job is about; nil if it ended or is to be abandoned, so that preparing it is of no use.
    func ticket(_ number: Number) -> JobTicket? {
        guard let held = self.jobs[number], held.verdict == nil else { return nil }
        return held.ticket
    }

    /// Enters a prepared job, whose choices now wait for the engine.
    ///
    /// False if it was abandoned meanwhile.
    mutating func prepared(
        _ number: Number,
        _ job: Job,
        requests: [GenerationRequest],
        now: ContinuousClock.Instant
    ) -> Bool {
        guard var held = self.jobs[number], held.verdict == nil else { return false }
        held.job = job
        held.prepared = now
        held.choices = requests.map { Choice(request: $0) }
        self.jobs[number] = held
        for index in requests.indices { self.enqueue(number, index, priority: requests[index].priority) }
        return true
    }

    func held(_ number: Number) -> HeldJob? { self.jobs[number] }

    /// Ends a job's stay, with everything that is known of it.
    mutating func remove(_ number: Number) -> HeldJob? {
        guard let held = self.jobs.removeValue(forKey: number) else { return nil }
        self.answeredCount += 1
        self.waiting.removeAll { $0.number == number }
        for id in held.running { _ = self.release(id) }
        return held
    }

    // MARK: The engine

    /// The next sequence to be given to the engine, under a fresh id; nil when none may be given now.
    mutating func nextRequest(now: ContinuousClock.Instant) -> GenerationRequest? {
        let next = self.waiting.firstIndex { entry in
            (entry.notBefore.map { $0 <= now } ?? true) && !(entry.isLastTry && self.lastTryID != nil)
        }
        guard let index = next else { return nil }
        let entry = self.waiting.remove(at: index)
        guard var held = self.jobs[entry.number] else { return nil }
        self.lastRequestID += 1
        var request = held.choices[entry.choice].request
        request.id = self.lastRequestID
        held.choices[entry.choice].tries += 1
        held.running.insert(request.id)
        self.jobs[entry.number] = held
        self.owners[request.id] = (entry.number, entry.choice)
        if entry.isLastTry { self.lastTryID = request.id }
        return request
    }

    /// Takes a sequence back that the engine had no room for.
    mutating func putBack(_ id: UInt64) {
        guard let (number, choice) = self.release(id) else { return }
        self.jobs[number]?.choices[choice].tries -= 1
        guard let held = self.jobs[number], held.verdict == nil else { return }
        self.enqueue(number, choice, priority: held.choices[choice].request.priority)
    }

    /// Enters how a sequence ended.
    ///
    /// - Returns: What to cancel because its job is over, and the job if it is complete now.
    mutating func ended(_ result: GenerationResult, now: ContinuousClock.Instant) -> (cancel: [UInt64], done: Number?) {
        guard let (number, choice) = self.release(result.id), var held = self.jobs[number] else { return ([], nil) }
        held.choices[choice].result = result
        let tries = held.choices[choice].tries
        if held.verdict == nil, let failure = result.finishReason.failure {
            guard tries < self.maximumTries else {
                self.jobs[number] = held
                return self.conclude(number, .failed(failure))
            }
            held.choices[choice].result = nil
            held.retries += 1
            let delay = self.retryDelay * (1 << min(tries - 1, 16))
            self.jobs[number] = held
            self.enqueue(number, choice, priority: held.choices[choice].request.priority, notBefore: now + delay)
            return ([], nil)
        }
        self.jobs[number] = held
        if held.verdict == nil, result.finishReason == .cancelled { return self.conclude(number, .abandoned) }
        return ([], self.doneNumber(number))
    }

    /// Decides that a job ends now: its waiting choices are dropped, and its running ones are to be cancelled.
    ///
    /// - Returns: What to cancel, and the job if it is complete already.
    mutating func conclude(_ number: Number, _ verdict: Verdict) -> (cancel: [UInt64], done: Number?) {
        guard let held = self.jobs[number] else { return ([], nil) }
        if held.verdict == nil { self.jobs[number]?.verdict = verdict }
        self.waiting.removeAll { $0.number == number }
        // Sorted, so that equal histories give equal calls.
        return (held.running.sorted(), held.job == nil ? nil : self.doneNumber(number))
    }

    /// Decides what comes of a sequence that the engine did not admit and never will.
    mutating func rejected(_ id: UInt64, _ verdict: Verdict) -> (cancel: [UInt64], done: Number?) {
        guard let (number, _) = self.release(id) else { return ([], nil) }
        return self.conclude(number, verdict)
    }

    /// Ends the waiting choices whose deadline has passed; returns the jobs that are complete by that.
    mutating func expire(now: ContinuousClock.Instant) -> [Number] {
        var done: [Number] = []
        for entry in self.waiting {
            guard let request = self.jobs[entry.number]?.choices[entry.choice].request,
                let deadline = request.deadline, deadline <= now
            else { continue }
            let usage = TokenUsage(promptTokens: request.prompt.count, completionTokens: 0)
            self.jobs[entry.number]?.choices[entry.choice].result = GenerationResult(
                id: 0,
                choice: request.choice,
                tokens: [],
                text: "",
                finishReason: .deadline,
                usage: usage
            )
            if let number = self.doneNumber(entry.number) { done.append(number) }
        }
        self.waiting.removeAll { self.jobs[$0.number]?.choices[$0.choice].result != nil }
        return done
    }

    // MARK: Cancelling

    func numbers(at coordinates: Set<JobCoordinates>) -> [Number] {
        self.jobs.filter { coordinates.contains($0.value.ticket.coordinates) }.map(\.key).sorted()
    }

    var numbers: [Number] { self.jobs.keys.sorted() }

    // MARK: To be seen

    private var answeredCount: UInt64 = 0

    var isWaiting: Bool { !self.waiting.isEmpty }

    var standing: JobServiceStanding {
        var standing = JobServiceStanding()
        standing.answered = self.answeredCount
        standing.held = self.jobs.count
        standing.preparing = self.jobs.values.count { $0.job == nil }
        standing.waitingChoices = self.waiting.count
        standing.generatingChoices = self.owners.count
        return standing
    }

    /// Proves that the parts agree with one another.
    func checkIntegrity() {
        precondition(self.waiting.allSatisfy { self.jobs[$0.number]?.choices[$0.choice].result == nil })
        precondition(self.owners.count == self.jobs.values.reduce(0) { $0 + $1.running.count })
        if let id = self.lastTryID { precondition(self.owners[id] != nil, "a last try is with nobody") }
        for (id, owner) in self.owners { precondition(self.jobs[owner.number]?.running.contains(id) == true) }
        for (number, held) in self.jobs where held.verdict == nil && held.job != nil {
            let open = held.choices.count { $0.result == nil }
            let waiting = self.waiting.count { $0.number == number }
            precondition(open == waiting + held.running.count, "a choice of job \(number) is nowhere, or twice")
        }
    }

    private mutating func release(_ id: UInt64) -> (number: Number, choice: Int)? {
        guard let owner = self.owners.removeValue(forKey: id) else { return nil }
        self.jobs[owner.number]?.running.remove(id)
        if self.lastTryID == id { self.lastTryID = nil }
        return owner
    }

    /// The job if nothing of it is with the engine and nothing is still to come.
    private func doneNumber(_ number: Number) -> Number? {
        guard let held = self.jobs[number], held.running.isEmpty else { return nil }
        return held.verdict != nil || held.choices.allSatisfy { $0.result != nil } ? number : nil
    }

    private mutating func enqueue(
        _ number: Number,
        _ choice: Int,
        priority: Int,
        notBefore: ContinuousClock.Instant? = nil
    ) {
        let tries = self.jobs[number]?.choices[choice].tries ?? 0
        let entry = Waiting(
            number: number,
            choice: choice,
            priority: priority,
            notBefore: notBefore,
            isLastTry: tries > 0 && tries == self.maximumTries - 1
        )
        var low = 0
        var high = self.waiting.count
        while low < high {
            let middle = (low + high) / 2
            if self.waiting[middle].precedes(entry) { low = middle + 1 } else { high = middle }
        }
        self.waiting.insert(entry, at: low)
    }
}

/// How many jobs a service holds, and what they are doing.
public struct JobServiceStanding: Sendable, Equatable {
    /// Answered so far.
    public var answered: UInt64 = 0
    /// Taken and not answered.
    public var held = 0
    /// Not yet decoded and encoded.
    public var preparing = 0
    /// Choices that the engine had no room for yet, or that wait to be tried again.
    public var waitingChoices = 0
    /// Choices that the engine holds.
    public var generatingChoices = 0

    public init() {}
}
