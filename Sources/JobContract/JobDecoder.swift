import OrderedJSON

/// Reads job records: pure, without I/O and without a clock.
///
/// Every record has exactly one answer; `docs/bad-input.md` lists them. Checks run in one order, so that a record with several
/// faults always gets the same answer: the value as a whole, `custom_id`, the headers, `method`, `url`, the body.
public struct JobDecoder: Sendable {
    public let policy: JobPolicy
    public let limits: JobLimits

    public init(policy: JobPolicy, limits: JobLimits = JobLimits()) {
        self.policy = policy
        self.limits = limits
    }

    /// Decodes one record.
    ///
    /// - Parameters:
    ///   - source: Where the record stands; the answer's ids and a seedless job's seed come from it.
    ///   - timestamp: The record's own; becomes `created` of the answer. 1970 where it has none.
    ///   - value: Nil is a tombstone.
    ///   - headers: All of the record's; those of other programs are left alone.
    /// - Returns: A job to run, the result that refuses it, or why it is a dead letter.
    public func decode(
        source: JobSource,
        timestamp: WallTime? = nil,
        value: [UInt8]?,
        headers: [HeaderField] = []
    ) -> DecodedJob {
        guard let value else {
            return .deadLetter(.undecodable, message: "the record has no value (a tombstone); expected a job")
        }
        guard value.count <= self.limits.recordBytes else {
            let message =
                "the record's value has \(value.count) bytes; this worker reads at most \(self.limits.recordBytes)"
            return .deadLetter(.tooLarge, message: message)
        }
        let line: JSONObject
        do throws(JSONError) {
            let limits = JSONLimits(bytes: self.limits.recordBytes, depth: self.limits.jsonDepth)
            let parsed = try JSONValue(parsing: value, limits: limits)
            guard case .object(let object) = parsed else {
                return .deadLetter(
                    .undecodable,
                    message: "the record's value is not a JSON object but of kind \(parsed.kind)"
                )
            }
            line = object
        } catch {
            return .deadLetter(.undecodable, message: "the record's value is not valid JSON: \(error)")
        }
        return self.decode(source: source, timestamp: timestamp, line: line, headers: headers)
    }

    private func decode(
        source: JobSource,
        timestamp: WallTime?,
        line: JSONObject,
        headers fields: [HeaderField]
    ) -> DecodedJob {
        var refusal = Refusal(source: source, customID: nil, error: .internalError(""))
        do throws(RequestError) {
            let reader = FieldReader(line, path: "")
            guard let customID = try reader.identifier("custom_id", atMost: self.limits.customIDBytes) else {
                throw reader.missing("custom_id")
            }
            refusal.customID = customID
            let headers = JobHeaders.reading(fields, limits: self.limits, policy: self.policy)
            refusal.headers = headers.valid
            if let problem = headers.problem { throw problem }
            let job = Job(
                source: source,
                created: timestamp ?? WallTime(millisecondsSince1970: 0),
                customID: customID,
                request: try self.request(reader),
                headers: headers.valid
            )
            return .job(job)
        } catch {
            refusal.error = error
            return .refused(refusal)
        }
    }

    private func request(_ line: FieldReader) throws(RequestError) -> JobRequest {
        let method = try line.requiredString("method")
        guard method == "POST" else {
            throw line.invalid("method", "invalid_value", "expected `POST`, got `\(method.prefix(64))`")
        }
        let url = try line.requiredString("url")
        guard let body = try line.object("body") else { throw line.missing("body") }
        try line.refuseOthers(than: ["custom_id", "method", "url", "body"], self.policy)
        let decoder = BodyDecoder(body: FieldReader(body, path: "body"), policy: self.policy, limits: self.limits)
        switch url {
        case "/v1/chat/completions": return .chat(try decoder.chatCompletion())
        case "/v1/completions": return .completion(try decoder.completion())
        default:
            throw line.invalid(
                "url",
                "invalid_value",
                "expected `/v1/chat/completions` or `/v1/completions`, got `\(url.prefix(64))`"
            )
        }
    }
}
