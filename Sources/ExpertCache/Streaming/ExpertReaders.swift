import Foundation
import ModelFiles

/// Threads that read experts into the slots that were taken for them, and publish them pinned.
///
/// Requests are served in the order in which they were made; what is read ahead only when nothing else is asked for.
///
/// `@unchecked Sendable`: everything that changes is only touched with `condition` locked.
final class ExpertReaders: @unchecked Sendable {
    struct Request: Sendable {
        var load: ExpertLoad
        var reader: ExpertRecordReader
        /// The visit that it is for: what comes after that has ended is let go.
        var visit: Int
    }

    struct Outcome: Sendable {
        var key: ExpertKey
        var result: Result<ExpertPin, ExpertCacheError>
    }

    /// What was asked for ahead of a visit.
    struct Ahead: Sendable {
        /// What has come.
        var pins: [ExpertKey: ExpertPin] = [:]
        /// What is still to come, among the visit's outcomes.
        var outstanding: Set<ExpertKey> = []
    }

    private let condition = NSCondition()
    private var waiting: [Request] = []
    /// Of the next visit: what is asked for and not begun, and what becomes of all that was asked for.
    private var waitingAhead: [Request] = []
    private var ahead = Ahead()
    private var outcomes: [Outcome] = []
    private var visit = 0
    private var isStopped = false
    private var running: Int

    init(threads: Int) {
        self.running = threads
        for index in 0..<threads {
            let thread = Thread { [self] in self.loop() }
            thread.name = "dure-reader-\(index)"
            thread.start()
        }
    }

    /// Begins a visit: nobody waits any more for what the one before has asked for, and what was asked for ahead of this one is
    /// urgent now.
    func begin(_ visit: Int) -> Ahead {
        let (ahead, old) = self.locked { () -> (Ahead, [Outcome]) in
            self.visit = visit
            self.waiting += self.waitingAhead
            self.waitingAhead = []
            defer { (self.outcomes, self.ahead) = ([], Ahead()) }
            return (self.ahead, self.outcomes)
        }
        // The pins of what nobody waits for end here, outside the lock.
        _ = old
        return ahead
    }

    /// Asks for an expert, for this visit or for the one after it.
    func add(_ request: Request) {
        self.locked {
            if request.visit > self.visit {
                self.waitingAhead.append(request)
                self.ahead.outstanding.insert(request.load.key)
            } else {
                self.waiting.append(request)
            }
            self.condition.broadcast()
        }
    }

    /// What has come since the last call; waits for something where there is nothing.
    ///
    /// - Parameter limit: How long to wait; zero: not at all.
    /// - Returns: Nothing where nothing came.
    func outcomes(waitingAtMost limit: Duration) -> [Outcome] {
        let deadline = Date().addingTimeInterval(limit / .seconds(1))
        return self.locked {
            while self.outcomes.isEmpty, limit > .zero {
                if !self.condition.wait(until: deadline) { break }
            }
            defer { self.outcomes = [] }
            return self.outcomes
        }
    }

    /// Ends the threads, after what they are reading; what is asked for and not begun is given back.
    func stop() {
        let left = self.locked { () -> [Request] in
            self.isStopped = true
            self.condition.broadcast()
            while self.running > 0 { self.condition.wait() }
            defer { (self.waiting, self.waitingAhead, self.ahead) = ([], [], Ahead()) }
            return self.waiting + self.waitingAhead
        }
        _ = left
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        self.condition.lock()
        defer { self.condition.unlock() }
        return body()
    }

    private func loop() {
        while let request = self.next() {
            let key = request.load.key
            var result: Result<ExpertPin, ExpertCacheError>? = Self.read(request)
            // The pin goes with the outcome: one that stayed here would keep the slot when the visit has let go of it.
            self.locked {
                guard request.visit >= self.visit, let wanted = result.take() else { return }
                if request.visit == self.visit {
                    self.outcomes.append(Outcome(key: key, result: wanted))
                } else {
                    self.ahead.outstanding.remove(key)
                    // What could not be read is asked for again when it is its turn.
                    if case .success(let pin) = wanted { self.ahead.pins[key] = pin }
                }
                self.condition.broadcast()
            }
        }
        self.locked {
            self.running -= 1
            self.condition.broadcast()
        }
    }

    private func next() -> Request? {
        self.locked {
            while self.waiting.isEmpty, self.waitingAhead.isEmpty, !self.isStopped { self.condition.wait() }
            if self.isStopped { return nil }
            return self.waiting.isEmpty ? self.waitingAhead.removeFirst() : self.waiting.removeFirst()
        }
    }

    /// Reads a record, a second time where the first was not what was packed: what a bus has garbled is right the next time, what
    /// a drive has lost is not.
    private static func read(_ request: Request) -> Result<ExpertPin, ExpertCacheError> {
        var outcome = Self.tryToRead(request)
        if case .failure(let error) = outcome, error.code == .checksumMismatch { outcome = Self.tryToRead(request) }
        if case .failure = outcome {
            request.load.arena.add(to: .failedLoads)
            // The load's own end gives back what this cannot.
            try? request.load.abandon()
        }
        return outcome
    }

    private static func tryToRead(_ request: Request) -> Result<ExpertPin, ExpertCacheError> {
        let (load, file) = (request.load, request.reader.file)
        do throws(ExpertCacheError) {
            // Safe: the slot is this load's alone until it is published, and as long as a record.
            let record = unsafe load.record
            try unsafe request.reader.read(load.key.expert, into: record)
            let checksum: (byteRange: Range<Int>, checksum: UInt32)
            do throws(ModelFilesError) {
                // Safe: as above.
                checksum = try unsafe file.weightsChecksum(
                    inRecord: UnsafeRawBufferPointer(record),
                    ofExpert: load.key.expert
                )
            } catch {
                throw ExpertCacheError(.checksumMismatch, "\(error)")
            }
            let pin = try load.publishPinned(checksum: checksum.checksum, of: checksum.byteRange)
            load.arena.add(file.recordBytes, to: .bytesRead)
            return .success(pin)
        } catch {
            return .failure(error)
        }
    }
}
