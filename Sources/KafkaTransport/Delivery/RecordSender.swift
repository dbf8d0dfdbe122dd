internal import Telemetry
internal import Worker

/// A producer that knows what became of each record.
///
/// Used by one thread at a time.
final class RecordSender {
    let client: KafkaClient
    private let queue: KafkaQueue
    private let log: ClientLog
    private var errors: [KafkaError] = []
    /// Tags of this delivery start here: reports of an earlier one, which was given up, are told apart by it.
    private var firstTag = 0

    /// Makes a producer that raises `signal` when it has something to say.
    init(_ properties: KafkaProperties, signal: WakeSignal?, log: ClientLog) throws(KafkaError) {
        self.client = try KafkaClient(.producer, properties)
        self.queue = try self.client.mainQueue()
        self.log = log
        self.queue.raises(signal)
    }

    /// Learns who leads these topics now: a first record would otherwise wait for it, up to a second.
    func prepare(_ topics: [String]) {
        // Where nobody answers, producing will say so.
        for topic in topics { _ = try? self.client.metadata(of: topic, upTo: .seconds(2)) }
    }

    /// Sends records and waits until each has been reported.
    ///
    /// - Returns: The errors of those that failed, by their place; `_TIMED_OUT` for one whose end is not known.
    func deliver(
        _ records: [OutgoingRecord],
        at indexes: some Sequence<Int>,
        upTo timeout: Duration
    ) -> [Int: KafkaError] {
        let deadline = Deadline(after: timeout)
        let base = self.firstTag
        self.firstTag += records.count
        var delivery = Delivery()
        for index in indexes {
            self.send(records[index], at: index, tag: base + index, base: base, deadline: deadline, &delivery)
        }
        while !delivery.pending.isEmpty, !deadline.hasPassed {
            self.serve(upTo: deadline.remaining(atMost: .milliseconds(200)), base: base, &delivery)
        }
        for index in delivery.pending {
            delivery.failures[index] = KafkaError(
                name: "_TIMED_OUT",
                message: "no broker acknowledged a record for `\(records[index].topic)` within \(timeout)"
            )
        }
        return delivery.failures
    }

    private struct Delivery {
        var pending: Set<Int> = []
        var failures: [Int: KafkaError] = [:]
    }

    private func send(
        _ record: OutgoingRecord,
        at index: Int,
        tag: Int,
        base: Int,
        deadline: Deadline,
        _ delivery: inout Delivery
    ) {
        while true {
            do throws(KafkaError) {
                try self.client.produce(record, tag: tag)
                delivery.pending.insert(index)
                return
            } catch {
                guard error.name == "_QUEUE_FULL", !deadline.hasPassed else {
                    delivery.failures[index] = error.during("producing to `\(record.topic)`")
                    return
                }
                self.serve(upTo: deadline.remaining(atMost: .milliseconds(200)), base: base, &delivery)
            }
        }
    }

    private func serve(upTo timeout: Duration, base: Int, _ delivery: inout Delivery) {
        guard let event = self.queue.poll(upTo: timeout) else { return }
        guard event.kind == .deliveryReports else { return self.note(event) }
        event.takeReports { report in
            guard report.tag >= base else { return }
            delivery.pending.remove(report.tag - base)
            if let error = report.error { delivery.failures[report.tag - base] = error }
        }
    }

    private func note(_ event: borrowing KafkaEvent) {
        if event.kind == .logLine { return self.log.write(event) }
        if event.kind == .error, let error = event.error { self.errors.append(error) }
    }

    /// Takes what the producer has reported beside deliveries, without waiting.
    func takeErrors() -> [KafkaError] {
        while let event = self.queue.poll(upTo: .zero) { self.note(event) }
        defer { self.errors = [] }
        return self.errors
    }

    /// Ends the wake-ups, so that the signal may go.
    func detach() { self.queue.raises(nil) }

    /// Why this producer cannot be used any more, in the words of the error that made it so.
    func original(_ error: KafkaError) -> KafkaError {
        error.isFatal ? self.client.fatalError ?? error : error
    }
}
