import InferenceEngine
public import JobContract
import ServingCore
import Synchronization

/// Makes exactly one answer of each job record: decodes it, encodes its prompt, has its choices generated, and puts
/// the result together.
///
/// It knows nothing of Kafka's topics and commits: ``JobRunner`` does for the worker, and `dure run` uses it without.
/// Calls return at once. Decoding, templates, tokenizing and building answers run on its own few threads, never on the
/// caller's or the engine's. What it holds is bounded by its caller, who has at most so many jobs unanswered; a full
/// engine makes jobs wait and loses none.
public final class JobService: Sendable {
    private struct State {
        var board: JobBoard
        var answers: [JobBoard.Number: @Sendable (JobAnswer) -> Void] = [:]
        var isPumping = false
        var isPumpTimed = false
        var isStopped = false
    }

    private let state: Mutex<State>
    private let pool: WorkerPool
    private let decoder: JobDecoder
    private let encoder: PromptEncoder
    private let generator: any SequenceGenerator
    private let composer: AnswerComposer
    private let observer: any JobObserver
    private let configuration: JobServiceConfiguration
    private let wallClock: @Sendable () -> WallTime

    /// Creates a service and starts its threads, which live until ``stop()``.
    ///
    /// - Parameters:
    ///   - decoder: Reads the records.
    ///   - encoder: Makes the prompts.
    ///   - vocabulary: Names tokens for log probabilities: the model's tokenizer.
    ///   - generator: The engine.
    ///   - configuration: Must have no ``JobServiceConfiguration/problems``.
    ///   - observer: Told about every answer, before whoever asked for it.
    ///   - wallClock: Deadlines are held against it.
    public init(
        decoder: JobDecoder,
        encoder: PromptEncoder,
        vocabulary: any TokenVocabulary,
        generator: any SequenceGenerator,
        configuration: JobServiceConfiguration,
        observer: any JobObserver = SilentJobObserver(),
        wallClock: @escaping @Sendable () -> WallTime = WallTime.now
    ) {
        precondition(configuration.problems.isEmpty, configuration.problems.joined(separator: "; "))
        let board = JobBoard(maximumTries: configuration.maximumTries, retryDelay: configuration.retryDelay)
        self.state = Mutex(State(board: board))
        self.pool = WorkerPool(threads: configuration.preparationThreads, name: "prepare")
        self.decoder = decoder
        self.encoder = encoder
        self.generator = generator
        self.composer = AnswerComposer(
            vocabulary: vocabulary,
            systemFingerprint: configuration.systemFingerprint
        )
        self.observer = observer
        self.configuration = configuration
        self.wallClock = wallClock
    }

    /// Ends the threads of a service that nobody has stopped.
    ///
    /// Everybody who waits for an answer holds it.
    deinit { self.pool.beginStop() }

    // MARK: The caller's side

    /// Takes a job; `onAnswer` is called exactly once, on one of the service's threads, and must not block.
    public func run(_ ticket: JobTicket, onAnswer: @escaping @Sendable (JobAnswer) -> Void) {
        let number = self.state.withLock { state -> JobBoard.Number? in
            guard !state.isStopped else { return nil }
            let number = state.board.take(ticket, now: .now)
            state.answers[number] = onAnswer
            return number
        }
        guard let number else {
            let report = JobReport(coordinates: ticket.coordinates, ending: .abandoned)
            return onAnswer(JobAnswer(outcome: .abandoned, report: report))
        }
        if !self.pool.submit({ self.prepare(number) }) { self.finish(number) }
    }

    /// Ends jobs whose result nobody may publish; each is answered as abandoned once the engine has let go of it.
    public func cancel(_ jobs: [JobCoordinates]) {
        let wanted = Set(jobs)
        let numbers = self.state.withLock { $0.board.numbers(at: wanted) }
        for number in numbers { self.conclude(number, .abandoned) }
    }

    public var standing: JobServiceStanding { self.state.withLock { $0.board.standing } }

    /// Ends everything: what is not answered is answered as abandoned, also what the engine never gives back.
    ///
    /// Returns when the threads have ended. Must not be called from one of them.
    public func stop() {
        let numbers = self.state.withLock { state in
            state.isStopped = true
            return state.board.numbers
        }
        for number in numbers { self.conclude(number, .abandoned) }
        self.pool.stop()
        // What the engine still held when the threads ended.
        for number in self.state.withLock({ $0.board.numbers }) { self.finish(number) }
    }

    // MARK: Preparing

    private func prepare(_ number: JobBoard.Number) {
        guard let ticket = self.state.withLock({ $0.board.ticket(number) }) else { return self.finish(number) }
        let record = ticket.record
        let decoded = self.decoder.decode(
            source: JobSource(ticket.coordinates),
            timestamp: record.timestampMs.map(WallTime.init(millisecondsSince1970:)),
            value: record.value,
            headers: record.headers.map { (name: $0.name, value: $0.value) }
        )
        switch decoded {
        case .deadLetter(let reason, let message):
            self.answer(number, .deadLetter(reason, message: message), ending: .deadLetter(reason))
        case .refused(let refusal): self.refuse(number, refusal)
        case .job(let job):
            do throws(RequestError) {
                try self.begin(number, job)
            } catch {
                self.refuse(number, Refusal(job, error))
            }
        }
    }

    private func begin(_ number: JobBoard.Number, _ job: Job) throws(RequestError) {
        let now = ContinuousClock.now
        let timeLeft = job.headers.deadline.map { $0.duration(since: self.wallClock()) }
        if let timeLeft, timeLeft <= .zero {
            return self.answer(number, .result(.expired(job)), headers: job.headers, ending: .expired) {
                $0.customID = job.customID
            }
        }
        let prompt = try self.encoder.encode(job.request)
        let requests = try self.requests(job, prompt, deadline: timeLeft.map { now + $0 })
        guard self.state.withLock({ $0.board.prepared(number, job, requests: requests, now: .now) }) else {
            return self.finish(number)
        }
        self.pump()
    }

    private func requests(
        _ job: Job,
        _ prompt: EncodedPrompt,
        deadline: ContinuousClock.Instant?
    ) throws(RequestError) -> [GenerationRequest] {
        var sampling = job.options.sampling
        let budget = try self.decoder.limits.outputBudget(
            requested: sampling.maxTokens,
            promptTokens: prompt.tokens.count,
            contextLength: self.generator.contextLength,
            field: prompt.field
        )
        guard sampling.minTokens <= budget else {
            throw .contextLength(
                "body.min_tokens",
                "body.min_tokens: expected at most \(budget), which is what the prompt leaves room for, got "
                    + "\(sampling.minTokens)"
            )
        }
        sampling.maxTokens = budget
        return (0..<job.options.choices).map { choice in
            GenerationRequest(
                id: 0,
                prompt: prompt.tokens,
                sampling: sampling,
                seed: job.seed,
                choice: choice,
                priority: job.priority,
                tenant: job.tenant,
                deadline: deadline,
                reasoning: prompt.reasoning
            )
        }
    }

    // MARK: Generating

    /// Gives waiting choices to the engine until there are none or it is full.
    ///
    /// One thread at a time, so that they are given in their order.
    private func pump() {
        let isMine = self.state.withLock { state in
            defer { state.isPumping = true }
            return !state.isPumping
        }
        guard isMine else { return }
        let now = ContinuousClock.now
        for number in self.state.withLock({ $0.board.expire(now: now) }) { self.finish(number) }
        var isFull = false
        while !isFull, let request = self.state.withLock({ $0.board.nextRequest(now: now) }) {
            switch self.generator.generate(request, onFinish: { self.generated($0) }) {
            case .admitted: break
            case .queueFull:
                self.state.withLock { $0.board.putBack(request.id) }
                isFull = true
            case .refused(let reason, let parameter):
                let field = parameter.map { "body.\($0)" } ?? "body"
                let error = RequestError.invalid(field, "invalid_value", "\(field): the engine refuses it: \(reason)")
                self.reject(request.id, .refused(error))
            case .stopped: self.reject(request.id, .abandoned)
            }
        }
        let mustComeBack = self.state.withLock { state in
            state.isPumping = false
            guard state.board.isWaiting, !state.isPumpTimed else { return false }
            state.isPumpTimed = true
            return true
        }
        if mustComeBack {
            self.pool.submit(after: self.configuration.admissionInterval) {
                self.state.withLock { $0.isPumpTimed = false }
                self.pump()
            }
        }
    }

    /// On the engine's thread.
    private func generated(_ result: GenerationResult) {
        let (cancel, done) = self.state.withLock { $0.board.ended(result, now: .now) }
        // Called back by the engine: cancelling goes over to our own threads too.
        self.pool.submit {
            for id in cancel { self.generator.cancelGeneration(id) }
            if let done { self.finish(done) }
            if self.state.withLock({ $0.board.isWaiting }) { self.pump() }
        }
    }

    private func conclude(_ number: JobBoard.Number, _ verdict: JobBoard.Verdict) {
        let (cancel, done) = self.state.withLock { $0.board.conclude(number, verdict) }
        for id in cancel { self.generator.cancelGeneration(id) }
        if let done { self.pool.submit { self.finish(done) } }
    }

    private func reject(_ id: UInt64, _ verdict: JobBoard.Verdict) {
        let (cancel, done) = self.state.withLock { $0.board.rejected(id, verdict) }
        for id in cancel { self.generator.cancelGeneration(id) }
        if let done { self.finish(done) }
    }

    // MARK: Answering

    private func refuse(_ number: JobBoard.Number, _ refusal: Refusal) {
        let code = refusal.error.code ?? refusal.error.type
        self.answer(
            number,
            .result(JobResult(refusal: refusal)),
            headers: refusal.headers,
            ending: .refused(status: refusal.error.status, code: code)
        ) { $0.customID = refusal.customID }
    }

    /// Answers a job with what came of its choices, or with why they were not all generated.
    private func finish(_ number: JobBoard.Number) {
        guard let held = self.state.withLock({ $0.board.held(number) }) else { return }
        guard let job = held.job else { return self.answer(number, .abandoned, ending: .abandoned) }
        let results = held.choices.compactMap(\.result)
        let fill: (inout JobReport) -> Void = { report in
            report.customID = job.customID
            report.usage = AnswerComposer.usage(results)
            report.requestedTokens = job.options.sampling.maxTokens
            report.choices = results.map {
                .init(
                    finishReason: AnswerFinishReason($0.finishReason),
                    completionTokens: $0.usage.completionTokens,
                    timings: $0.timings
                )
            }
        }
        switch held.verdict {
        case .abandoned: self.answer(number, .abandoned, headers: job.headers, ending: .abandoned, fill)
        case .refused(let error):
            let ending = JobReport.Ending.refused(status: error.status, code: error.code ?? error.type)
            let result = JobResult(refusal: Refusal(job, error))
            self.answer(number, .result(result), headers: job.headers, ending: ending, fill)
        case .failed(let reason):
            let tries = self.configuration.maximumTries
            let error = RequestError.internalError("the engine failed \(tries) times, at last with: \(reason)")
            let result = JobResult(refusal: Refusal(job, error))
            self.answer(number, .result(result), headers: job.headers, ending: .failed, fill)
        case nil:
            let result = self.composer.result(job, held.reasoning, results)
            let ending: JobReport.Ending = result.error == nil ? .completed : .expired
            self.answer(number, .result(result), headers: job.headers, ending: ending, fill)
        }
    }

    private func answer(
        _ number: JobBoard.Number,
        _ outcome: JobAnswer.Outcome,
        headers: JobHeaders = JobHeaders(),
        ending: JobReport.Ending,
        _ fill: (inout JobReport) -> Void = { _ in }
    ) {
        let taken = self.state.withLock { state -> (JobBoard.HeldJob, @Sendable (JobAnswer) -> Void)? in
            guard let held = state.board.remove(number), let onAnswer = state.answers.removeValue(forKey: number)
            else { return nil }
            return (held, onAnswer)
        }
        guard let (held, onAnswer) = taken else { return }
        let isAbandoned = held.verdict == .abandoned
        var report = JobReport(
            coordinates: held.ticket.coordinates,
            ending: isAbandoned ? .abandoned : ending
        )
        report.total = .now - held.taken
        report.preparation = (held.prepared ?? .now) - held.taken
        report.retries = held.retries
        fill(&report)
        self.observer.jobEnded(report)
        onAnswer(JobAnswer(outcome: isAbandoned ? .abandoned : outcome, headers: headers, report: report))
    }
}

extension JobSource {
    init(_ coordinates: JobCoordinates) {
        self.init(
            topic: coordinates.source.topic,
            partition: coordinates.source.partition,
            offset: coordinates.offset
        )
    }
}
