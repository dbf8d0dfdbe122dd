import OrderedJSON
import TensorKernels

/// What stands beside random weights and makes their folder a model's: configuration, tokenizer, chat template.
enum SynthesizedFiles {
    /// In the order in which they are to be written: `config.json` comes last, so that a part of a folder does not open.
    static func all(of configuration: ModelConfiguration, element: ElementType) -> [(name: String, bytes: [UInt8])] {
        let endOfSequence = configuration.endOfSequenceTokens.map { JSONValue.integer(Int64($0)) }
        let beginOfSequence = JSONValue.integer(Int64(SynthesizedTokenizer.beginOfSequenceToken))
        let generation: JSONValue = [
            "bos_token_id": beginOfSequence, "eos_token_id": .array(endOfSequence), "do_sample": true,
            "temperature": 0.6, "top_p": 0.95,
        ]
        let tokenizerConfiguration = SynthesizedTokenizer.configuration(contextLength: configuration.contextLength)
        var model = configuration.json(element: element)
        model["bos_token_id"] = beginOfSequence
        return [
            ("chat_template.jinja", Array(SynthesizedTokenizer.chatTemplate.utf8)),
            ("tokenizer.json", SynthesizedTokenizer.json.pretty),
            ("tokenizer_config.json", tokenizerConfiguration.pretty),
            (Checkpoint.generationConfigurationFile, generation.pretty),
            (Checkpoint.configurationFile, JSONValue.object(model).pretty),
        ]
    }
}
