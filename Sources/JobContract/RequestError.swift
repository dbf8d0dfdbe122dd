public import OrderedJSON

/// Why a request is refused: an HTTP status and the members of OpenAI's error object.
public struct RequestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// 400, 404 or 413; 500 for what is this worker's fault.
    public var status: Int
    public var message: String
    /// OpenAI's class of error: `invalid_request_error`, `not_found_error`, `server_error`.
    public var type: String
    /// The field by its path in the record, such as `body.messages[2].content` or `headers.dure-deadline`.
    public var param: String?
    /// OpenAI's code where there is one, such as `unknown_parameter`.
    public var code: String?

    public init(status: Int, message: String, type: String, param: String? = nil, code: String? = nil) {
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code
    }

    public var description: String { "\(self.status) \(self.code ?? self.type): \(self.message)" }

    /// The error as the body of a response.
    public var json: JSONValue {
        [
            "error": [
                "message": .string(self.message), "type": .string(self.type),
                "param": self.param.map(JSONValue.string) ?? .null, "code": self.code.map(JSONValue.string) ?? .null,
            ]
        ]
    }
}

extension RequestError {
    static let invalidRequest = "invalid_request_error"

    /// A field that is there and is not what it must be.
    public static func invalid(_ param: String, _ code: String, _ message: String) -> RequestError {
        RequestError(status: 400, message: message, type: Self.invalidRequest, param: param, code: code)
    }

    /// A part of the record that is larger than its limit.
    public static func overLimit(_ param: String, _ code: String, _ message: String) -> RequestError {
        RequestError(status: 413, message: message, type: Self.invalidRequest, param: param, code: code)
    }

    /// A prompt, or a prompt and its completion, that does not fit.
    public static func contextLength(_ param: String, _ message: String) -> RequestError {
        .invalid(param, "context_length_exceeded", message)
    }

    /// A failure of this worker, not of the request.
    public static func internalError(_ message: String) -> RequestError {
        RequestError(status: 500, message: message, type: "server_error", code: "internal_error")
    }
}
