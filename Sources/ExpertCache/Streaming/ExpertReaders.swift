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
        /// The visit that asked: what comes after it has ended is let go.
        var visit: Int
    }

    typealias Outcome = Result<ExpertPin, ExpertCacheError>

    private let condition = NSCondition()
    private var waiting: [Request] = []
    /// For the next visit, and what of it has come.
    private var ahead: [Request] = []
    private var pinsAhead: [ExpertPin] = []
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

    /// Begins a visit: nobody waits any more for what the one before has asked for, and what it has asked for ahead is urgent now.
    ///
    /// - Returns: What was read ahead; to be let go when the visit has pins of its own.
    func begin(_ visit: Int) -> [ExpertPin] {
        let (pins, old) = self.locked { () -> ([ExpertPin], [Outcome]) in
            self.visit = visit
            self.waiting += self.ahead
            self.ahead = []
            defer { (self.outcomes, self.pinsAhead) = ([], []) }
            return (self.pinsAhead, self.outcomes)
        }
        // The pins of what nobody waits for end here, outside the lock.
        _ = old
        return pins
    }

    func add(_ request: Request, isAhead: Bool = false) {
        self.locked {
            if isAhead {
                self.ahead.append(request)
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
            defer { (self.waiting, self.ahead, self.pinsAhead) = ([], [], []) }
            return self.waiting + self.ahead
        }
        _ = left
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        self.condition.lock()
        defer { self.condition.unlock() }
        return body()
    }

    private func loop() {
        while let (request, isAhead) = self.next() {
            var outcome: Outcome? = Self.read(request)
            // The pin goes with the outcome: one that stayed here would keep the slot when the visit has let go of it.
            self.locked {
                guard request.visit == self.visit, let wanted = outcome.take() else { return }
                if !isAhead {
                    self.outcomes.append(wanted)
                } else if case .success(let pin) = wanted {
                    self.pinsAhead.append(pin)
                }
                self.condition.broadcast()
            }
        }
        self.locked {
            self.running -= 1
            self.condition.broadcast()
        }
    }

    private func next() -> (Request, isAhead: Bool)? {
        self.locked {
            while self.waiting.isEmpty, self.ahead.isEmpty, !self.isStopped { self.condition.wait() }
            if self.isStopped { return nil }
            return self.waiting.isEmpty ? (self.ahead.removeFirst(), true) : (self.waiting.removeFirst(), false)
        }
    }

    /// Reads a record, a second time where the first was not what was packed: what a bus has garbled is right the next time, what
    /// a drive has lost is not.
    private static func read(_ request: Request) -> Outcome {
        var outcome = Self.tryToRead(request)
        if case .failure(let error) = outcome, error.code == .checksumMismatch { outcome = Self.tryToRead(request) }
        if case .failure = outcome {
            request.load.arena.add(to: .failedLoads)
            // The load's own end gives back what this cannot.
            try? request.load.abandon()
        }
        return outcome
    }

    private static func tryToRead(_ request: Request) -> Outcome {
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
