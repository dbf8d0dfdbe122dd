public import InferenceEngine

extension Engine: SequenceGenerator {
    public func generate(
        _ request: GenerationRequest,
        onFinish: @escaping @Sendable (GenerationResult) -> Void
    ) -> SequenceAdmission {
        do throws(EngineError) {
            try self.submit(request, onFinish: onFinish)
            return .admitted
        } catch {
            switch error.code {
            case .queueFull: return .queueFull
            case .stopped: return .stopped
            case .invalidConfiguration, .invalidRequest, .tooLong, .duplicateID:
                return .refused(error.message, parameter: error.parameter)
            }
        }
    }

    public func cancelGeneration(_ id: UInt64) { self.cancel(id) }
}
