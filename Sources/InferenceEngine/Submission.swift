/// A request on its way into the engine, with those who wait for it.
struct Submission: Sendable {
    var request: GenerationRequest
    var submittedAt: ContinuousClock.Instant
    /// Gets the text as it becomes certain.
    var onText: (@Sendable (String) -> Void)?
    var onFinish: @Sendable (GenerationResult) -> Void
}

/// A result, and who is to have it.
struct Ending: Sendable {
    var result: GenerationResult
    var onFinish: @Sendable (GenerationResult) -> Void
}
