import JobContract
import OrderedJSON

/// Makes the records that answers become, none larger than the configuration allows.
struct AnswerRecords: Sendable {
    let configuration: JobRunnerConfiguration

    /// Says which parts are left out of a record that would be too large, with commas between: `value`, `key`,
    /// `headers`.
    ///
    /// A result's value is not left out but an error in the place of the completion.
    static let omittedName = "dure-omitted"
    /// Bytes of a dead letter's message; it may quote what the record says.
    private static let messageBytes = 2048

    private enum Part: String {
        case value, key, headers
    }

    // MARK: Results

    /// The record of a result, on the job's reply topic where it has one.
    func record(of result: JobResult, headers: JobHeaders, to ticket: JobTicket) -> OutgoingRecord {
        let fields = headers.resultFields(
            source: JobSource(ticket.coordinates),
            attempt: ticket.attempt,
            worker: self.configuration.workerID
        )
        let record = OutgoingRecord(
            topic: headers.replyTopic ?? self.configuration.resultsTopic,
            key: ticket.record.key,
            value: result.serialized(),
            headers: fields.map { RecordHeader(name: $0.name, value: $0.value) }
        )
        return self.fitting(record, of: ticket.coordinates)
    }

    // MARK: Dead letters

    /// The record as it came, with the reason.
    func deadLetter(_ reason: DeadLetterReason, _ message: String, of ticket: JobTicket) -> OutgoingRecord {
        let original = ticket.record
        let fields = original.headers.map { (name: $0.name, value: $0.value) }
        let letter = DeadLetter(
            source: JobSource(ticket.coordinates),
            group: self.configuration.group,
            deliveryCount: ticket.attempt,
            reason: reason,
            message: Self.cut(message),
            firstSeen: Self.firstSeen(original, fields)
        )
        let record = OutgoingRecord(
            topic: self.configuration.deadLettersTopic,
            key: original.key,
            value: original.value,
            headers: letter.fields(after: fields).map { RecordHeader(name: $0.name, value: $0.value) }
        )
        return self.fitting(record, of: ticket.coordinates)
    }

    /// What an earlier dead letter of the same job says, else the record's own time.
    private static func firstSeen(_ record: ConsumedRecord, _ fields: [HeaderField]) -> WallTime {
        let noted = fields.first { $0.name == HeaderName.firstSeen }?.value
            .flatMap { String(validating: $0, as: UTF8.self) }
            .flatMap(WallTime.init(rfc3339:))
        return noted ?? record.timestampMs.map(WallTime.init(millisecondsSince1970:)) ?? .now()
    }

    private static func cut(_ message: String) -> String {
        guard message.utf8.count > Self.messageBytes else { return message }
        return String(decoding: message.utf8.prefix(Self.messageBytes), as: UTF8.self) + "…"
    }

    // MARK: Records that are too large

    private func fitting(_ record: OutgoingRecord, of job: JobCoordinates) -> OutgoingRecord {
        let limit = self.configuration.maximumRecordBytes
        var record = record
        while record.bytes > limit {
            let message = "its record would have \(record.bytes) bytes; this worker writes at most \(limit)"
            guard let smaller = self.smaller(record, of: job, because: .tooLarge(message)) else { break }
            record = smaller
        }
        return record
    }

    /// The record with its next part left out; nil when nothing is left to leave out.
    func smaller(_ record: OutgoingRecord, of job: JobCoordinates, because error: RequestError) -> OutgoingRecord? {
        let isDeadLetter = record.headers.contains { $0.name == HeaderName.reason }
        // A result without its key is still found by its custom_id; a dead letter's headers are only history.
        let order: [Part] = isDeadLetter ? [.value, .headers, .key] : [.value, .key, .headers]
        let omitted = record.omittedParts
        for part in order where !omitted.contains(part.rawValue) {
            var smaller = record
            switch part {
            case .value where isDeadLetter: smaller.value = nil
            case .value: smaller.value = Self.error(error, inPlaceOf: record.value, of: job)
            case .key: smaller.key = nil
            case .headers: smaller.headers = Self.essential(record.headers)
            }
            smaller.omittedParts = omitted + [part.rawValue]
            if smaller.bytes < record.bytes { return smaller }
        }
        return nil
    }

    private static func error(_ error: RequestError, inPlaceOf value: [UInt8]?, of job: JobCoordinates) -> [UInt8] {
        // Losing the error is right: the value is our own, and without it the coordinates still name the job.
        let line = value.flatMap { try? JSONValue(parsing: $0, limits: JSONLimits(bytes: .max)) }
        let result = JobResult(
            JobSource(job),
            customID: line?["custom_id"]?.string,
            requestID: line?["response"]?["request_id"]?.string,
            unwritable: error
        )
        return result.serialized()
    }

    /// Those that say which job the record is about.
    private static func essential(_ headers: [RecordHeader]) -> [RecordHeader] {
        let fields = headers.map { (name: $0.name, value: $0.value) }
        if let letter = DeadLetter(reading: fields) {
            return letter.fields(after: []).map { RecordHeader(name: $0.name, value: $0.value) }
        }
        let names = [HeaderName.batchID, HeaderName.source, HeaderName.attempt, HeaderName.worker]
        return headers.filter { names.contains($0.name) || $0.name == Self.omittedName }
    }
}

extension RequestError {
    static func tooLarge(_ reason: String) -> RequestError {
        .overLimit(
            "body",
            "result_too_large",
            "body: the result cannot be written: \(reason). Ask for fewer choices, tokens or log probabilities"
        )
    }
}

extension OutgoingRecord {
    /// What the record costs on the wire, with room for what the protocol adds to each part.
    var bytes: Int {
        let headers = self.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 12 }
        return (self.key?.count ?? 0) + (self.value?.count ?? 0) + headers + 64
    }

    fileprivate var omittedParts: [String] {
        get {
            let header = self.headers.last { $0.name == AnswerRecords.omittedName }?.value ?? []
            return String(decoding: header, as: UTF8.self).split(separator: ",").map(String.init)
        }
        set {
            self.headers.removeAll { $0.name == AnswerRecords.omittedName }
            let value = Array(newValue.joined(separator: ",").utf8)
            self.headers.append(RecordHeader(name: AnswerRecords.omittedName, value: value))
        }
    }
}
