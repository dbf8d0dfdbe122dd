import Foundation
import MoEModel
import ModelFiles
import OrderedJSON
import ServingCore
import Settings
import TensorKernels
import Tokenization
import WorkerApp

/// Shows what a model computes, to hold it against another implementation.
struct LogitsCommand: Command {
    static let help = CommandHelp(
        "logits",
        "Prints the logits that a model computes for a text or for token ids.",
        example: "dure logits --model /models/tiny --text 'The sky is'",
        moreExamples: [
            "dure logits --model /models/tiny --tokens 1,20,300 --json > logits.json",
            "dure logits --model /models/tiny --text 'The sky is' --precision int8 --compare",
        ],
        discussion: """
            Without --json the likeliest next tokens are shown; with it, every position's logits, as {"tokens": [...], \
            "logits": [[...], ...]}. Token ids need no tokenizer. --compare adds how far they are from those of f32: the \
            Kullback-Leibler divergence in nats, over all positions, and at how many the likeliest token is the same.
            """
    )

    var model = ""
    var text: String?
    var tokens: TokenList?
    var chunk = 512
    var top = 10
    var json = false
    var compares = false
    var precision: Precision?
    var threads = 1
    var kernels = KernelVariant.fastest

    static var parameters: [Parameter<Self>] {
        Option("text", \.text, help: "the prompt; special tokens in it are recognised")
        Option("tokens", \.tokens, help: "the prompt as token ids")
        Option("chunk", \.chunk, .within(1...65536), help: "prompt tokens per pass; changes no result")
        Option("top", \.top, .within(1...1000), help: "how many of the likeliest tokens are shown")
        Option("threads", \.threads, .within(1...1024), help: "threads that compute")
        Option("json", \.json, help: "print one JSON object with all logits")
        Option("compare", \.compares, help: "compute the logits in f32 too, and say how far they are apart")
        ModelLocation.settings.requiring("model").at(\.model)
        Precision.settings.at(\.precision)
        KernelVariant.settings.at(\.kernels)
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let model = try self.open(self.precision, context.console)
        let prompt = try PlainPrompt(
            text: self.text,
            tokens: self.tokens,
            model: self.model,
            vocabularySize: model.configuration.vocabularySize
        )
        let rows = try self.logits(of: prompt, model)
        let divergence = self.compares ? try self.divergence(of: rows, prompt, context.console) : nil
        if self.json {
            let tokens = prompt.tokens.map { JSONValue.integer(Int64($0)) }
            let logits = rows.map { row in JSONValue.array(row.map { .double(Double($0)) }) }
            var object: JSONObject = ["tokens": .array(tokens), "logits": .array(logits)]
            if let divergence { object["against_f32"] = divergence.json }
            try context.console.print(JSONValue.object(object).text())
            return .done
        }
        if let last = rows.last { try self.print(last, prompt, context.console) }
        if let divergence { try context.console.print(divergence.text) }
        return .done
    }

    private func open(_ precision: Precision?, _ console: Console) throws -> OpenedModel {
        try OpenedModel.open(
            ModelOptions(directory: self.model, precision: precision),
            threads: self.threads,
            on: console
        )
    }

    private func logits(of prompt: PlainPrompt, _ model: OpenedModel) throws -> [[Float]] {
        let decoder = try DecoderModel.forOneSequence(
            of: prompt.tokens.count,
            model.weights,
            threads: self.threads,
            kernels: self.kernels
        )
        return try decoder.logits(of: prompt.tokens, chunk: self.chunk, all: self.json || self.compares)
    }

    private func divergence(
        of rows: [[Float]],
        _ prompt: PlainPrompt,
        _ console: Console
    ) throws -> LogitDivergence {
        let reference = try self.logits(of: prompt, self.open(.f32, console))
        var divergence = LogitDivergence()
        for (row, expected) in zip(rows, reference) { divergence.add(row, reference: expected) }
        return divergence
    }

    private func print(_ logits: [Float], _ prompt: PlainPrompt, _ console: Console) throws {
        var table = Table([("token", .right), ("logit", .right), ("text", .left)])
        for id in logits.indices.sorted(by: { (logits[$0], $1) > (logits[$1], $0) }).prefix(self.top) {
            let text = prompt.tokenizer?.decode([TokenID(id)], skippingSpecialTokens: false).debugDescription ?? ""
            table.add(String(id), String(format: "%.5f", logits[id]), text)
        }
        try table.print(to: console)
    }
}

extension LogitDivergence {
    fileprivate var json: JSONValue {
        [
            "positions": .integer(Int64(self.rows)), "mean_kl": .double(self.mean), "largest_kl": .double(self.largest),
            "same_best": .integer(Int64(self.sameBest)),
        ]
    }

    fileprivate var text: String {
        let (mean, largest) = (String(format: "%.2e", self.mean), String(format: "%.2e", self.largest))
        return "against f32: KL divergence \(mean) on average, at most \(largest); "
            + "the likeliest token is the same at \(self.sameBest) of \(self.rows) positions"
    }
}
