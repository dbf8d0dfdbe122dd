import JobContract

/// Makes the records that answers become, none larger than the configuration allows.
struct AnswerRecords: Sendable {
    let configuration: JobRunnerConfiguration

    /// Says which part of a dead letter or a result is left out because the record would be too large: `key`, `value`
    /// or `headers`, with commas between.
    static let omittedName = "dure-omitted"
    /// Bytes of a dead letter's message; it may quote what the record says.
    private static let messageBytes = 2048

    // MARK: Results

    /// The record of a result, on the job's reply topic where it has one.
    ///
    /// A result that is too large becomes an error that says so. Should even that not fit, the record has no key.
    func record(of result: JobResult, headers: JobHeaders, to ticket: JobTicket) -> OutgoingRecord {
        let source = JobSource(ticket.coordinates)
        let fields = headers.resultFields(
            source: source,
            attempt: ticket.attempt,
            worker: self.configuration.workerID
        )
        var record = OutgoingRecord(
            topic: headers.replyTopic ?? self.configuration.resultsTopic,
            key: ticket.record.key,
            value: result.serialized(),
            headers: fields.map { RecordHeader(name: $0.name, value: $0.value) }
        )
        let limit = self.configuration.maximumRecordBytes
        guard record.bytes > limit else { return record }
        record.value = JobResult(tooLarge: result, source: source, bytes: record.bytes, limit: limit).serialized()
        if record.bytes > limit { record.omit("key") { $0.key = nil } }
        return record
    }

    // MARK: Dead letters

    /// The record as it came, with the reason; parts that make it too large for the topic are left out.
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
        func record(after fields: [HeaderField]) -> OutgoingRecord {
            OutgoingRecord(
                topic: self.configuration.deadLettersTopic,
                key: original.key,
                value: original.value,
                headers: letter.fields(after: fields).map { RecordHeader(name: $0.name, value: $0.value) }
            )
        }
        let limit = self.configuration.maximumRecordBytes
        var result = record(after: fields)
        if result.bytes > limit { result.omit("value") { $0.value = nil } }
        if result.bytes > limit {
            result = record(after: [])
            result.omit("headers") { _ in }
            if result.bytes > limit { result.omit("value") { $0.value = nil } }
        }
        if result.bytes > limit { result.omit("key") { $0.key = nil } }
        return result
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
        var end = message.utf8.index(message.startIndex, offsetBy: Self.messageBytes)
        while end > message.startIndex, String.Index(end, within: message) == nil {
            end = message.utf8.index(before: end)
        }
        return message[..<end] + "…"
    }
}

extension OutgoingRecord {
    /// What the record costs on the wire, with room for what the protocol adds to each part.
    var bytes: Int {
        let headers = self.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 12 }
        return (self.key?.count ?? 0) + (self.value?.count ?? 0) + headers + 64
    }

    /// Leaves a part out and says so in a header.
    fileprivate mutating func omit(_ part: String, _ change: (inout OutgoingRecord) -> Void) {
        change(&self)
        if let index = self.headers.firstIndex(where: { $0.name == AnswerRecords.omittedName }) {
            self.headers[index].value?.append(contentsOf: Array(",\(part)".utf8))
        } else {
            self.headers.append(RecordHeader(name: AnswerRecords.omittedName, value: Array(part.utf8)))
        }
    }
}
