import ExpertCache
import InferenceEngine
import JobContract
import MoEModel
import ModelFiles
import OrderedJSON
import ServingCore
import Settings
import TensorKernels
import Tokenization
import Worker
import WorkerApp

/// One completion, to see what a model says.
struct GenerateCommand: Command {
    static let help = CommandHelp(
        "generate",
        "Prints a model's completion of one prompt as it is made.",
        example: "dure generate --model /models/tiny --chat '대한민국의 수도는?'",
        moreExamples: [
            "dure generate --model /models/tiny --text 'Once upon a time' --max-tokens 64 --temperature 0.7 --seed 1",
            "dure generate --model /models/tiny --tokens 1,20,300 --json",
        ],
        discussion: """
            Greedy unless a temperature is given. --chat takes the prompt through the model's chat template, as the user's \
            message; --text does not. With --json one object is printed at the end: the completion's token ids, text, \
            finish reason and usage.
            """
    )

    var model = ModelOptions()
    var chat: String?
    var text: String?
    var tokens: TokenList?
    var system: String?
    var thinks = false
    var maxTokens = 128
    var temperature = 0.0
    var topP = 1.0
    var topK = 0
    var seed: UInt64 = 0
    var stop: [String] = []
    var ignoresEnd = false
    var threads = 1
    var kernels = KernelVariant.fastest
    var json = false

    static var parameters: [Parameter<Self>] {
        Option("chat", \.chat, help: "a user's message")
        Option("text", \.text, help: "a text to go on with")
        Option("tokens", \.tokens, help: "token ids to go on with")
        Option("system", \.system, help: "a system message before that of --chat")
        Option("thinking", \.thinks, help: "let the chat template ask for thinking")
        Option("max-tokens", \.maxTokens, .within(1...1_000_000), help: "the most tokens that are generated")
        Option("temperature", \.temperature, .within(0...2), help: "0 is greedy")
        Option("top-p", \.topP, .within(0.0001...1), help: "the least probability that the kept tokens add up to")
        Option("top-k", \.topK, .within(0...1_000_000), help: "how many of the likeliest tokens are kept; 0 keeps all")
        Option("seed", \.seed, help: "of the random numbers")
        Option("stop", \.stop, help: "a text that ends the completion; may be given several times")
        Option("ignore-eos", \.ignoresEnd, help: "go on after an end-of-sequence token")
        Option("threads", \.threads, .within(1...1024), help: "threads that compute")
        Option("json", \.json, help: "print one JSON object at the end")
        ModelLocation.settings.requiring("model").at(\.model.directory)
        ModelOptions.formParameters.map { $0.at(\.model) }
        ExpertCacheConfiguration.parameters.map { $0.at(\.model.expertCache) }
        KernelVariant.settings.at(\.kernels)
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let model = try OpenedModel.open(self.model, threads: self.threads, on: context.console)
        defer { model.close() }
        let prompt = try self.prompt(model)
        let decoder = try DecoderModel.forOneSequence(
            of: prompt.tokens.count + self.maxTokens,
            model.weights,
            threads: self.threads,
            kernels: self.kernels
        )
        let engine = try Engine(
            model: decoder,
            textDecoder: prompt.tokenizer.map { TokenizerTextDecoder($0) as any TokenTextDecoder } ?? NoText(),
            endOfSequenceTokens: model.configuration.endOfSequenceTokens,
            configuration: EngineConfiguration()
        )
        engine.start()
        defer { engine.stop() }
        let result = try await self.generate(prompt.tokens, on: engine, context.console)
        if let reason = result.finishReason.failure { throw CommandError(reason) }
        if self.json {
            try context.console.print(Self.json(of: result, prompt: prompt.tokens).text())
        } else {
            try context.console.print()
            if prompt.tokenizer == nil {
                try context.console.print(result.tokens.map(String.init).joined(separator: ","))
            }
        }
        return .done
    }

    private func prompt(_ model: OpenedModel) throws -> PlainPrompt {
        guard let chat else {
            return try PlainPrompt(
                text: self.text,
                tokens: self.tokens,
                model: self.model.directory,
                vocabularySize: model.configuration.vocabularySize
            )
        }
        guard self.text == nil, self.tokens == nil else {
            throw UsageError("--chat, --text and --tokens are three ways to give the same: give one")
        }
        let served = try ServedModel(directory: self.model.directory, model)
        var messages = [ChatMessage(role: .user, content: chat)]
        if let system { messages.insert(ChatMessage(role: .system, content: system), at: 0) }
        var request = ChatCompletionRequest(options: GenerationOptions(model: self.model.directory), messages: messages)
        request.templateArguments["enable_thinking"] = .bool(self.thinks)
        let encoded = try served.makePromptEncoder().encode(.chat(request))
        return PlainPrompt(tokens: encoded.tokens, tokenizer: served.tokenizer)
    }

    private func generate(_ prompt: [TokenID], on engine: Engine, _ console: Console) async throws -> GenerationResult {
        var sampling = SamplingParameters()
        sampling.temperature = self.temperature
        sampling.topP = self.topP
        sampling.topK = self.topK
        sampling.maxTokens = self.maxTokens
        sampling.stop = self.stop
        sampling.ignoreEndOfSequence = self.ignoresEnd
        let request = GenerationRequest(id: 0, prompt: prompt, sampling: sampling, seed: self.seed)
        let (events, feed) = AsyncStream.makeStream(of: GenerationEvent.self)
        try engine.submit(
            request,
            onText: { feed.yield(.text($0)) },
            onFinish: { result in
                feed.yield(.finished(result))
                feed.finish()
            }
        )
        for await event in events {
            switch event {
            case .text(let piece): if !self.json { try console.print(piece, terminator: "") }
            case .finished(let result): return result
            }
        }
        throw CommandError("the engine ended without a result")
    }

    private static func json(of result: GenerationResult, prompt: [TokenID]) -> JSONValue {
        [
            "prompt": .array(prompt.map { .integer(Int64($0)) }),
            "tokens": .array(result.tokens.map { .integer(Int64($0)) }),
            "text": .string(result.text),
            "finish_reason": .string(result.finishReason == .length ? "length" : "stop"),
            "usage": [
                "prompt_tokens": .integer(Int64(result.usage.promptTokens)),
                "completion_tokens": .integer(Int64(result.usage.completionTokens)),
            ],
        ]
    }
}

/// What the engine's thread tells the command.
private enum GenerationEvent: Sendable {
    case text(String)
    case finished(GenerationResult)
}

/// For a model without a tokenizer: its completions have no text.
private struct NoText: TokenTextDecoder {
    struct Stream: TokenTextStream {
        func append(_ token: TokenID) -> String { "" }

        func finish() -> String { "" }
    }

    func makeStream(skippingSpecialTokens: Bool) -> any TokenTextStream { Stream() }
}
