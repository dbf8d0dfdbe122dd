public import OrderedJSON
public import ServingCore

/// One job: a line of an OpenAI batch file, decoded and checked, with what its record's headers say.
public struct Job: Sendable, Equatable {
    public var source: JobSource
    /// `created` of the completion: the record's own timestamp, so that a repeated run gives the same bytes.
    public var created: WallTime
    public var customID: String
    public var request: JobRequest
    public var headers: JobHeaders

    public init(source: JobSource, created: WallTime, customID: String, request: JobRequest, headers: JobHeaders) {
        self.source = source
        self.created = created
        self.customID = customID
        self.request = request
        self.headers = headers
    }

    public var identity: JobIdentity { JobIdentity(self.source) }
    public var options: GenerationOptions { self.request.options }
    /// `request_id` of the body, or the one derived from the coordinates.
    public var requestID: String { self.options.requestID ?? self.identity.requestID }
    /// The header's priority, else the body's.
    ///
    /// Lower is earlier.
    public var priority: Int { self.headers.priority ?? self.options.priority ?? 0 }
    /// The header's tenant, else `user` of the body, else the empty one.
    public var tenant: String { self.headers.tenant ?? self.options.user ?? "" }
    /// The seed of the body, else the one derived from the coordinates.
    public var seed: UInt64 { self.options.sampling.seed ?? self.identity.seed }
}

/// What a job asks for, by its `url`.
public enum JobRequest: Sendable, Equatable {
    /// `/v1/chat/completions`
    case chat(ChatCompletionRequest)
    /// `/v1/completions`
    case completion(CompletionRequest)

    public var options: GenerationOptions {
        switch self {
        case .chat(let request): request.options
        case .completion(let request): request.options
        }
    }
}

/// What both kinds of request have in common.
public struct GenerationOptions: Sendable, Equatable {
    /// As the request has it; decoding has compared it with the served names.
    public var model: String
    public var sampling = SamplingParameters()
    /// `n`: how many completions of the one prompt.
    public var choices = 1
    public var priority: Int?
    public var requestID: String?
    public var user: String?
    public var metadata: JSONObject?

    public init(model: String) { self.model = model }
}
