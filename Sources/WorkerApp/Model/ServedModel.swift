import Foundation
public import InferenceEngine
public import MoEModel
import ModelFiles
public import ServingCore
public import Tokenization
public import Worker

/// An opened model directory, with everything that serving it takes: weights, tokenizer, chat templates.
public struct ServedModel: Sendable {
    public let directory: String
    public let model: OpenedModel
    public let tokenizer: Tokenizer
    public let tokenizerConfiguration: TokenizerConfiguration
    /// By name; empty for a model without one, which then serves plain completions only.
    public let templates: [String: ChatTemplate]

    /// Opens a model's directory.
    ///
    /// - Parameters:
    ///   - options: Which model, in what form.
    ///   - threads: As many pack, where weights have to be packed.
    ///   - kvBytes: What the KV cache will take.
    ///   - packing: Called with the share that is packed; see ``OpenedModel/open(_:threads:kvBytes:packing:)``.
    /// - Returns: The model.
    /// - Throws: What its parts say: `ModelFilesError`, `MoEModelError`, `TokenizationError`, `TemplateError`, or
    ///   ``ServedModelError`` where they do not belong together.
    public static func open(
        _ options: ModelOptions,
        threads: Int = 1,
        kvBytes: Int = 0,
        packing: @escaping @Sendable (Double) -> Void = { _ in }
    ) throws -> ServedModel {
        let model = try OpenedModel.open(options, threads: threads, kvBytes: kvBytes, packing: packing)
        return try ServedModel(directory: options.directory, model)
    }

    /// Adds what else serving takes to weights that are open already.
    ///
    /// - Parameters:
    ///   - directory: Where they came from.
    ///   - model: The weights.
    /// - Throws: As ``open(_:threads:kvBytes:packing:)``.
    public init(directory: String, _ model: OpenedModel) throws {
        let tokenizer = try Tokenizer.load(directory: directory)
        let configuration = try TokenizerConfiguration.load(directory: directory)
        var templates: [String: ChatTemplate] = [:]
        for source in configuration.chatTemplates {
            templates[source.name] = try ChatTemplate(source: source.source, name: source.name)
        }
        let vocabularySize = model.configuration.vocabularySize
        guard Int(tokenizer.highestTokenID) < vocabularySize else {
            throw ServedModelError(
                "\(directory): tokenizer.json has token ids up to \(tokenizer.highestTokenID), "
                    + "the model knows \(vocabularySize): they do not belong together"
            )
        }
        self.directory = directory
        self.model = model
        self.tokenizer = tokenizer
        self.tokenizerConfiguration = configuration
        self.templates = templates
    }

    /// What a job's `model` says where nothing else was configured: the directory's name.
    public var defaultName: String {
        let path = URL(filePath: self.directory).standardizedFileURL.lastPathComponent
        return path.isEmpty || path == "/" ? "model" : path
    }

    /// The tokens that end a sequence: what the model's files say, else the tokenizer's end of sequence.
    public var endOfSequenceTokens: [TokenID] {
        let stated = self.model.configuration.endOfSequenceTokens
        if !stated.isEmpty { return stated }
        return self.tokenizerConfiguration.eosToken.flatMap { self.tokenizer.tokenID(of: $0) }.map { [$0] } ?? []
    }

    public func makePromptEncoder() -> PromptEncoder {
        PromptEncoder(
            tokenizer: self.tokenizer,
            configuration: self.tokenizerConfiguration,
            templates: self.templates,
            vocabularySize: self.model.configuration.vocabularySize
        )
    }

    /// Makes the decoder; its KV cache is allocated here.
    public func makeDecoder(_ configuration: DecoderModelConfiguration) throws -> DecoderModel {
        try DecoderModel(self.model.weights, configuration: configuration)
    }

    /// Makes an engine over a decoder of its own.
    public func makeEngine(
        _ configuration: EngineConfiguration,
        decoder: DecoderModelConfiguration,
        observer: any EngineObserver = SilentEngineObserver()
    ) throws -> Engine {
        var configuration = configuration
        if configuration.maxStreamedTokens == nil, let room = self.model.streamedTokens {
            configuration.maxStreamedTokens = max(room, 1)
        }
        return try Engine(
            model: try self.makeDecoder(decoder),
            textDecoder: TokenizerTextDecoder(self.tokenizer),
            endOfSequenceTokens: self.endOfSequenceTokens,
            configuration: configuration,
            observer: observer
        )
    }
}

/// Why the parts of a model directory cannot be served together.
public struct ServedModelError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
