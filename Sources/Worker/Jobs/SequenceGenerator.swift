public import InferenceEngine

/// What the worker asks of an engine: to generate one sequence, and to stop one.
///
/// Calls return at once and may come from any thread.
public protocol SequenceGenerator: Sendable {
    /// The most tokens a sequence can hold, prompt and completion together.
    var contextLength: Int { get }

    /// Hands a sequence over; `onFinish` is called exactly once for each one that was admitted, on the generator's thread.
    ///
    /// It may be called before this returns, and must not block.
    func generate(
        _ request: GenerationRequest,
        onFinish: @escaping @Sendable (GenerationResult) -> Void
    ) -> SequenceAdmission

    /// Ends a sequence early, as far as it still runs; it finishes with the reason `cancelled`.
    func cancelGeneration(_ id: UInt64)
}

/// Whether a generator took a sequence.
public enum SequenceAdmission: Sendable, Equatable {
    case admitted
    /// There is no room in its waiting queue now; the same request may be taken later.
    case queueFull
    /// It will never take this one, for a reason that lies in the request.
    ///
    /// `parameter` is the field at fault, by its name in the API; nil where none alone is.
    case refused(String, parameter: String?)
    /// It takes nothing any more.
    case stopped
}
