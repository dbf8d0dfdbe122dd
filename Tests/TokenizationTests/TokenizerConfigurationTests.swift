import Foundation
import OrderedJSON
import ServingCore
import Testing

@testable import Tokenization

@Suite("TokenizerConfiguration")
struct TokenizerConfigurationTests {
    /// Runs `body` on a fresh directory with the given files.
    private func withDirectory(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer {
            // A left-over directory of a test is no failure.
            try? FileManager.default.removeItem(at: directory)
        }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, text) in files {
            let file = directory.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        try body(directory.path)
    }

    @Test("roles come as texts or as objects, and the token map fills those that are open")
    func roles() throws {
        let config =
            #"{"bos_token": null, "eos_token": {"content": "<|im_end|>", "lstrip": false, "special": true}, "unk_token": "u"}"#
        let map =
            #"{"bos_token": "<s>", "eos_token": "not this", "pad_token": {"content": "<pad>"}, "cls_token": "[CLS]"}"#
        try self.withDirectory(["tokenizer_config.json": config, "special_tokens_map.json": map]) { directory in
            let configuration = try TokenizerConfiguration.load(directory: directory)
            #expect(configuration.bosToken == "<s>")
            #expect(configuration.eosToken == "<|im_end|>")
            let variables = configuration.templateVariables
            #expect(
                variables["pad_token"] == "<pad>" && variables["unk_token"] == "u" && variables["cls_token"] == "[CLS]"
            )
            #expect(variables.count == 5)
            #expect(configuration.chatTemplates.isEmpty && configuration.chatTemplate() == nil)
        }
    }

    @Test("a template is one text, or one of several with names")
    func templates() throws {
        try self.withDirectory(["tokenizer_config.json": #"{"chat_template": "one"}"#]) { directory in
            let configuration = try TokenizerConfiguration.load(directory: directory)
            #expect(configuration.chatTemplate()?.source == "one")
        }
        let several =
            #"{"chat_template": [{"name": "default", "template": "a"}, {"name": "tool_use", "template": "b"}]}"#
        try self.withDirectory(["tokenizer_config.json": several]) { directory in
            let configuration = try TokenizerConfiguration.load(directory: directory)
            #expect(configuration.chatTemplate()?.source == "a")
            #expect(configuration.chatTemplate(named: "tool_use")?.source == "b")
            #expect(configuration.chatTemplate(named: "none") == nil)
        }
    }

    @Test("template files replace what the configuration has")
    func templateFiles() throws {
        let files = [
            "tokenizer_config.json": #"{"chat_template": "old"}"#, "chat_template.jinja": "new",
            "additional_chat_templates/rag.jinja": "rag", "additional_chat_templates/notes.txt": "no template",
        ]
        try self.withDirectory(files) { directory in
            let configuration = try TokenizerConfiguration.load(directory: directory)
            #expect(
                configuration.chatTemplates == [
                    ChatTemplateSource(name: "default", source: "new"), ChatTemplateSource(name: "rag", source: "rag"),
                ]
            )
        }
    }

    @Test("a directory's tokenizer has the tokens and flags that its configuration adds")
    func addedTokens() throws {
        let tokenizer = String(decoding: try TokenizerFixtures.bytes("bloom.json"), as: UTF8.self)
        let config = #"""
            {"added_tokens_decoder": {"800": {"content": "<|new|>", "lstrip": false, "normalized": false, "rstrip": true,
             "single_word": false, "special": true}}, "eos_token": "<|end|>"}
            """#
        try self.withDirectory(["tokenizer.json": tokenizer, "tokenizer_config.json": config]) { directory in
            let tokenizer = try Tokenizer.load(directory: directory)
            #expect(try tokenizer.encode("<|new|>  <|end|>") == [800, 801])
            #expect(tokenizer.isSpecial(800) && tokenizer.isSpecial(801))
        }
    }

    @Test("tokens that only have a part to play get their ids in the order of the parts")
    func addedRoles() throws {
        let tokenizer = String(decoding: try TokenizerFixtures.bytes("bloom.json"), as: UTF8.self)
        let files = [
            "tokenizer.json": tokenizer,
            "tokenizer_config.json": #"{"pad_token": "<pad>", "mask_token": "<mask>", "bos_token": "<s>"}"#,
            "special_tokens_map.json": #"{"unk_token": "<unk>", "sep_token": "<sep>", "pad_token": "<other>"}"#,
        ]
        try self.withDirectory(files) { directory in
            let tokenizer = try Tokenizer.load(directory: directory)
            #expect(try tokenizer.encode("<s><unk><sep><pad><mask>") == [800, 801, 802, 803, 804])
        }
    }

    @Test("a directory without a tokenizer, and files that are broken, are refused by name")
    func refusals() throws {
        try self.withDirectory([:]) { directory in
            let error = #expect(throws: TokenizationError.self) { try Tokenizer.load(directory: directory) }
            #expect(error?.code == .unreadable && error?.message.contains("tokenizer.json") == true)
            let configuration = try TokenizerConfiguration.load(directory: directory)
            #expect(configuration == TokenizerConfiguration())
        }
        for (text, reason) in [
            ("{", "tokenizer_config.json"), (#"{"bos_token": 3}"#, "bos_token"),
            (#"{"chat_template": [{}]}"#, "chat_template[0]"),
        ] {
            try self.withDirectory(["tokenizer_config.json": text]) { directory in
                let error = #expect(throws: TokenizationError.self) {
                    try TokenizerConfiguration.load(directory: directory)
                }
                #expect(error?.code == .malformed && error?.message.contains(reason) == true)
            }
        }
    }
}
