import ExpertCache
import Foundation
public import InferenceEngine
public import MoEModel
public import ModelFiles
public import ServingCore
public import Tokenization
public import Worker

/// An opened model directory, with everything that serving it takes: weights, tokenizer, chat templates.
public struct ServedModel: Sendable {
    public let directory: String
    public let checkpoint: Checkpoint
    public let tokenizer: Tokenizer
    public let tokenizerConfiguration: TokenizerConfiguration
    /// By name; empty for a model without one, which then serves plain completions only.
    public let templates: [String: ChatTemplate]

    /// Opens a Hugging Face directory; weights are mapped, not read.
    ///
    /// - Parameter directory: Its path.
    /// - Returns: The model.
    /// - Throws: What its parts say: `ModelFilesError`, `TokenizationError`, `TemplateError`, or ``ServedModelError`` where
    ///   they do not belong together.
    public static func open(directory: String) throws -> ServedModel {
        let checkpoint = try Checkpoint.open(directory: directory)
        let tokenizer = try Tokenizer.load(directory: directory)
        let configuration = try TokenizerConfiguration.load(directory: directory)
        var templates: [String: ChatTemplate] = [:]
        for source in configuration.chatTemplates {
            templates[source.name] = try ChatTemplate(source: source.source, name: source.name)
        }
        let vocabularySize = checkpoint.configuration.vocabularySize
        guard Int(tokenizer.highestTokenID) < vocabularySize else {
            throw ServedModelError(
                "\(directory): tokenizer.json has token ids up to \(tokenizer.highestTokenID), "
                    + "the model knows \(vocabularySize): they do not belong together"
            )
        }
        return ServedModel(
            directory: directory,
            checkpoint: checkpoint,
            tokenizer: tokenizer,
            tokenizerConfiguration: configuration,
            templates: templates
        )
    }

    /// What a job's `model` says where nothing else was configured: the directory's name.
    public var defaultName: String {
        let path = URL(filePath: self.directory).standardizedFileURL.lastPathComponent
        return path.isEmpty || path == "/" ? "model" : path
    }

    /// Model digest and kernel profile: what a completion's bytes depend on beside its job.
    public func systemFingerprint(_ precision: Precision) -> String {
        "dure-\(self.checkpoint.digest.prefix(16))-\(precision.rawValue)"
    }

    /// The tokens that end a sequence: what the model's files say, else the tokenizer's end of sequence.
    public var endOfSequenceTokens: [TokenID] {
        let stated = self.checkpoint.configuration.endOfSequenceTokens
        if !stated.isEmpty { return stated }
        return self.tokenizerConfiguration.eosToken.flatMap { self.tokenizer.tokenID(of: $0) }.map { [$0] } ?? []
    }

    public func makePromptEncoder() -> PromptEncoder {
        PromptEncoder(
            tokenizer: self.tokenizer,
            configuration: self.tokenizerConfiguration,
            templates: self.templates,
            vocabularySize: self.checkpoint.configuration.vocabularySize
        )
    }

    /// Makes the decoder; its KV cache is allocated here.
    public func makeDecoder(_ configuration: DecoderModelConfiguration) throws -> DecoderModel {
        try DecoderModel(
            checkpoint: self.checkpoint,
            experts: MappedExpertSource(checkpoint: self.checkpoint),
            configuration: configuration
        )
    }

    /// Makes an engine over a decoder of its own.
    public func makeEngine(
        _ configuration: EngineConfiguration,
        decoder: DecoderModelConfiguration,
        observer: any EngineObserver = SilentEngineObserver()
    ) throws -> Engine {
        try Engine(
            model: try self.makeDecoder(decoder),
            textDecoder: TokenizerTextDecoder(self.tokenizer),
            endOfSequenceTokens: self.endOfSequenceTokens,
            configuration: configuration,
            observer: observer
        )
    }
}

/// The arithmetic and the weights' form that a model is served in.
public enum Precision: String, Sendable, CaseIterable {
    /// The reference: f32 arithmetic over weights as they are on disk.
    case f32
}

/// Why the parts of a model directory cannot be served together.
public struct ServedModelError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
