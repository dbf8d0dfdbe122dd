public import InferenceEngine
public import ServingCore
import Synchronization
public import Worker

/// A generator that does what a test tells it.
///
/// A request is either answered at once, by what the script returns, or held until the test finishes it.
public final class ScriptedGenerator: SequenceGenerator {
    public typealias Script = @Sendable (_ request: GenerationRequest) -> GenerationResult?

    private struct State {
        var held: [UInt64: (request: GenerationRequest, onFinish: @Sendable (GenerationResult) -> Void)] = [:]
        var requests: [GenerationRequest] = []
        var cancelled: [UInt64] = []
        var capacity: Int
        var refusal: SequenceAdmission?
    }

    public let contextLength: Int
    private let script: Script
    private let state: Mutex<State>

    /// - Parameters:
    ///   - contextLength: The most tokens of a sequence.
    ///   - capacity: How many requests it holds; a further one finds it full.
    ///   - script: The answer to a request; nil holds it.
    public init(contextLength: Int = 100_000, capacity: Int = .max, script: @escaping Script = { _ in nil }) {
        self.contextLength = contextLength
        self.script = script
        self.state = Mutex(State(capacity: capacity))
    }

    public func generate(
        _ request: GenerationRequest,
        onFinish: @escaping @Sendable (GenerationResult) -> Void
    ) -> SequenceAdmission {
        let refusal = self.state.withLock { state -> SequenceAdmission? in
            if let refusal = state.refusal { return refusal }
            if state.held.count >= state.capacity { return .queueFull }
            state.requests.append(request)
            return nil
        }
        if let refusal { return refusal }
        if let result = self.script(request) {
            onFinish(result)
        } else {
            self.state.withLock { $0.held[request.id] = (request, onFinish) }
        }
        return .admitted
    }

    public func cancelGeneration(_ id: UInt64) {
        let held = self.state.withLock { state in
            state.cancelled.append(id)
            return state.held.removeValue(forKey: id)
        }
        if let (request, onFinish) = held { onFinish(.answer(to: request, "", finishReason: .cancelled)) }
    }

    // MARK: The test's side

    /// Every request that was admitted, in order.
    public var requests: [GenerationRequest] { self.state.withLock { $0.requests } }
    public var cancelled: [UInt64] { self.state.withLock { $0.cancelled } }
    public var held: [GenerationRequest] {
        self.state.withLock { $0.held.values.map(\.request).sorted { $0.id < $1.id } }
    }

    /// From now on every request is turned away like this; nil admits again.
    public func turnAway(_ admission: SequenceAdmission?) { self.state.withLock { $0.refusal = admission } }

    public func setCapacity(_ capacity: Int) { self.state.withLock { $0.capacity = capacity } }

    /// Finishes a held request; false if it is not held.
    @discardableResult
    public func finish(_ request: GenerationRequest, _ text: String = "ok", finishReason: FinishReason? = nil) -> Bool {
        guard let held = self.state.withLock({ $0.held.removeValue(forKey: request.id) }) else { return false }
        held.onFinish(.answer(to: held.request, text, finishReason: finishReason ?? .stop(.endOfSequence)))
        return true
    }
}

extension GenerationResult {
    /// An answer of one token per byte of `text`.
    public static func answer(
        to request: GenerationRequest,
        _ text: String,
        finishReason: FinishReason = .stop(.endOfSequence)
    ) -> GenerationResult {
        let tokens = text.utf8.map { TokenID($0) }
        return GenerationResult(
            id: request.id,
            choice: request.choice,
            tokens: tokens,
            text: text,
            finishReason: finishReason,
            usage: TokenUsage(promptTokens: request.prompt.count, completionTokens: tokens.count)
        )
    }
}
