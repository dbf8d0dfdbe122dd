/// What a worker serves and how strict it is, beyond the limits.
public struct JobPolicy: Sendable, Equatable {
    public enum UnknownFields: String, Sendable, CaseIterable {
        case refuse, ignore
    }

    /// What a job's `model` may say; `*` accepts every name.
    public var servedModels: [String]
    /// What becomes of a field that no version of the API defines.
    ///
    /// One that is known and not supported is always refused.
    public var unknownFields: UnknownFields
    /// Topics that `dure-reply-topic` may name: exact names, or patterns in which `*` stands for any characters.
    ///
    /// None by default.
    public var replyTopics: [String]

    public init(servedModels: [String], unknownFields: UnknownFields = .refuse, replyTopics: [String] = []) {
        self.servedModels = servedModels
        self.unknownFields = unknownFields
        self.replyTopics = replyTopics
    }

    public func serves(model: String) -> Bool {
        self.servedModels.contains { $0 == "*" || $0.utf8.elementsEqual(model.utf8) }
    }

    public func allowsReply(to topic: String) -> Bool {
        self.replyTopics.contains { Self.matches(Array(topic.utf8), pattern: Array($0.utf8)) }
    }

    /// Greedy matching with one place to go back to: linear in most cases, `topic × pattern` at worst.
    private static func matches(_ text: [UInt8], pattern: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        var textIndex = 0
        var patternIndex = 0
        var retry: (text: Int, pattern: Int)?
        while textIndex < text.count {
            if patternIndex < pattern.count, pattern[patternIndex] == star {
                patternIndex += 1
                retry = (textIndex, patternIndex)
            } else if patternIndex < pattern.count, pattern[patternIndex] == text[textIndex] {
                patternIndex += 1
                textIndex += 1
            } else if let last = retry {
                retry = (last.text + 1, last.pattern)
                textIndex = last.text + 1
                patternIndex = last.pattern
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == star }
    }
}
