import Foundation
import MoEModel
import ModelFiles
import OrderedJSON
import ServingCore
import Settings
import Tokenization
import WorkerApp

/// Shows what a model computes, to hold it against another implementation.
struct LogitsCommand: Command {
    static let help = CommandHelp(
        "logits",
        "Prints the logits that a model computes for a text or for token ids.",
        example: "dure logits --model /models/tiny --text 'The sky is'",
        moreExamples: ["dure logits --model /models/tiny --tokens 1,20,300 --json > logits.json"],
        discussion: """
            Arithmetic is f32, the reference profile. Without --json the likeliest next tokens are shown; with it, every \
            position's logits, as {"tokens": [...], "logits": [[...], ...]}. Token ids need no tokenizer.
            """
    )

    var model = ""
    var text: String?
    var tokens: TokenList?
    var chunk = 512
    var top = 10
    var json = false
    var threads = 1

    static var parameters: [Parameter<Self>] {
        Option("text", \.text, help: "the prompt; special tokens in it are recognised")
        Option("tokens", \.tokens, help: "the prompt as token ids")
        Option("chunk", \.chunk, .within(1...65536), help: "prompt tokens per pass; changes no result")
        Option("top", \.top, .within(1...1000), help: "how many of the likeliest tokens are shown")
        Option("threads", \.threads, .within(1...1024), help: "threads that compute")
        Option("json", \.json, help: "print one JSON object with all logits")
        ModelLocation.settings.requiring("model").at(\.model)
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let checkpoint = try Checkpoint.open(directory: self.model)
        let prompt = try PlainPrompt(text: self.text, tokens: self.tokens, model: self.model, checkpoint: checkpoint)
        let decoder = try DecoderModel.forOneSequence(
            of: prompt.tokens.count,
            checkpoint,
            threads: self.threads
        )
        let rows = try decoder.logits(of: prompt.tokens, chunk: self.chunk, all: self.json)
        if self.json {
            let tokens = prompt.tokens.map { JSONValue.integer(Int64($0)) }
            let logits = rows.map { row in JSONValue.array(row.map { .double(Double($0)) }) }
            try context.console.print(JSONValue.object(["tokens": .array(tokens), "logits": .array(logits)]).text())
        } else if let last = rows.last {
            var table = Table([("token", .right), ("logit", .right), ("text", .left)])
            for id in last.indices.sorted(by: { (last[$0], $1) > (last[$1], $0) }).prefix(self.top) {
                let text = prompt.tokenizer?.decode([TokenID(id)], skippingSpecialTokens: false).debugDescription ?? ""
                table.add(String(id), String(format: "%.5f", last[id]), text)
            }
            try table.print(to: context.console)
        }
        return .done
    }
}
