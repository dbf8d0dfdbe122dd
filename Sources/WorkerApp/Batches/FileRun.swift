import Dispatch
import Foundation
import JobContract
import OrderedJSON
import ServingCore
import Synchronization
public import Worker

/// Runs a batch file to a batch output file in one process, without Kafka.
///
/// Jobs finish out of order and are written as they do. Run again over the same files after an interruption, it runs
/// only what has no answer yet; an answer does not depend on where the run was cut, because a job's seed comes from
/// the file's name and the line.
public final class FileRun: Sendable {
    public struct Progress: Sendable, Equatable {
        /// Lines read so far, without empty ones.
        public var lines = 0
        /// Of these, how many had an answer from an earlier run.
        public var known = 0
        /// Answers in the error file, those of earlier runs included.
        public var failedInAll = 0
        public var running = 0
        public var succeeded = 0
        public var failed = 0
        public var promptTokens = 0
        public var completionTokens = 0

        public init() {}
    }

    private struct State {
        var progress = Progress()
        var firstError: BatchFileError?
        var output: BatchOutput
    }

    private let service: JobService
    private let topic: String
    private let state: Mutex<State>
    private let room: DispatchSemaphore
    private let capacity: Int
    private let isInterrupted = Atomic<Bool>(false)
    private let onProgress: @Sendable (Progress) -> Void

    /// - Parameters:
    ///   - service: Answers the jobs.
    ///   - output: Where answers go.
    ///   - name: The input file's name, which seeds and ids come from.
    ///   - maximumInFlight: How many jobs are with the service at once.
    ///   - onProgress: Called after each answer, on a thread of the service.
    public init(
        service: JobService,
        output: sending BatchOutput,
        name: String,
        maximumInFlight: Int,
        onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        precondition(maximumInFlight > 0)
        self.onProgress = onProgress
        self.service = service
        self.topic = name
        self.capacity = maximumInFlight
        self.room = DispatchSemaphore(value: maximumInFlight)
        self.state = Mutex(State(output: output))
    }

    public var progress: Progress { self.state.withLock { $0.progress } }

    /// Ends the run early: what is in flight gets no answer now, and one in the next run.
    ///
    /// May be called from any thread but the service's; returns when the service has ended.
    public func interrupt() {
        self.isInterrupted.store(true, ordering: .releasing)
        self.service.stop()
    }

    public var wasInterrupted: Bool { self.isInterrupted.load(ordering: .acquiring) }

    /// Runs every line that has no answer yet; blocks until all are answered.
    ///
    /// - Parameter path: The batch file; `-` reads standard input.
    /// - Throws: ``BatchFileError`` when a file cannot be read or written. What was written stays.
    public func run(_ path: String) throws(BatchFileError) {
        let lines = try LineReader(path: path)
        var error: BatchFileError?
        do {
            while !self.wasInterrupted, self.state.withLock({ $0.firstError == nil }), let line = try lines.next() {
                guard !line.isBlank else { continue }
                self.begin(line)
            }
        } catch let failure {
            error = failure
        }
        if error != nil { self.service.stop() }
        for _ in 0..<self.capacity { self.room.wait() }
        // A semaphore must not be released with less than it was made with.
        for _ in 0..<self.capacity { self.room.signal() }
        try self.state.withLock { state throws(BatchFileError) in
            if let failure = error ?? state.firstError { throw failure }
            state.progress.failedInAll = state.output.failed
            try state.output.finish()
        }
    }

    private func begin(_ line: LineReader.Line) {
        let source = TopicPartition(topic: self.topic, partition: 0)
        let offset = Int64(line.number - 1)
        let id = JobIdentity(JobSource(topic: self.topic, partition: 0, offset: offset)).resultID
        let isKnown = self.state.withLock { state in
            state.progress.lines += 1
            guard state.output.contains(id) else { return false }
            state.progress.known += 1
            return true
        }
        guard !isKnown else { return }
        self.room.wait()
        self.state.withLock { $0.progress.running += 1 }
        let record = ConsumedRecord(
            source: source,
            offset: offset,
            timestampMs: WallTime.now().millisecondsSince1970,
            value: line.bytes
        )
        let coordinates = JobCoordinates(source: source, offset: offset, epoch: 0)
        self.service.run(JobTicket(coordinates: coordinates, record: record, attempt: 1)) { answer in
            self.finish(answer, id: id)
        }
    }

    private func finish(_ answer: JobAnswer, id: String) {
        defer { self.room.signal() }
        let result: JobResult
        switch answer.outcome {
        case .abandoned: return self.state.withLock { $0.progress.running -= 1 }
        case .result(let made): result = made
        case .deadLetter(let reason, let message):
            // Without topics there is one place to say so: the error file.
            let failure = JobResult.Failure(code: reason.rawValue, message: message)
            result = JobResult(id: id, customID: nil, response: nil, error: failure)
        }
        let progress = self.state.withLock { state in
            state.progress.running -= 1
            state.progress.promptTokens += answer.report.usage.promptTokens
            state.progress.completionTokens += answer.report.usage.completionTokens
            do throws(BatchFileError) {
                _ = try state.output.append(result.json, id: result.id)
                if result.response?.statusCode == 200 {
                    state.progress.succeeded += 1
                } else {
                    state.progress.failed += 1
                }
            } catch {
                state.firstError = state.firstError ?? error
            }
            return state.progress
        }
        self.onProgress(progress)
    }
}
