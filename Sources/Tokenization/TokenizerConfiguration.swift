// Reads what stands beside `tokenizer.json`: which tokens play which part, and the chat templates' text.

import OrderedJSON
public import ServingCore

/// A chat template's text, and the name under which a request may ask for it.
public struct ChatTemplateSource: Sendable, Equatable {
    /// `default` for the one that is used unless another is asked for.
    public var name: String
    public var source: String

    public init(name: String, source: String) {
        self.name = name
        self.source = source
    }
}

/// The parts that tokens may play, in the order in which those that the tokenizer lacks get their ids.
enum TokenRole: String, CaseIterable, Sendable {
    case bos = "bos_token"
    case eos = "eos_token"
    case unk = "unk_token"
    case sep = "sep_token"
    case pad = "pad_token"
    case cls = "cls_token"
    case mask = "mask_token"
}

/// What `tokenizer_config.json`, `special_tokens_map.json` and the template files of a model directory say.
public struct TokenizerConfiguration: Sendable, Equatable {
    /// Tokens by their part, in the form in which they would be added if the tokenizer lacked them.
    var roles: [TokenRole: AddedToken] = [:]
    /// In the order in which they were found; names are unique.
    public var chatTemplates: [ChatTemplateSource] = []
    /// Tokens by the id that the configuration gives them, ascending.
    public var addedTokens: [(id: TokenID, token: AddedToken)] = []

    public init() {}

    public var bosToken: String? {
        get { self.roles[.bos]?.content }
        set { self.roles[.bos] = newValue.map(AddedToken.special) }
    }

    public var eosToken: String? {
        get { self.roles[.eos]?.content }
        set { self.roles[.eos] = newValue.map(AddedToken.special) }
    }

    /// The template called `name`.
    public func chatTemplate(named name: String = "default") -> ChatTemplateSource? {
        self.chatTemplates.first { $0.name == name }
    }

    public static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.roles == rhs.roles && lhs.chatTemplates == rhs.chatTemplates
            && lhs.addedTokens.elementsEqual(rhs.addedTokens) { $0 == $1 }
    }
}

// MARK: - From a model directory

extension TokenizerConfiguration {
    /// Reads the files of `directory`; each of them may be missing.
    ///
    /// A role that `tokenizer_config.json` leaves open is filled from `special_tokens_map.json`. Template files,
    /// `chat_template.jinja` and those in `additional_chat_templates/`, replace the templates of
    /// `tokenizer_config.json`. Throws `unreadable`, `malformed` or `tooLarge`.
    public static func load(directory: String) throws(TokenizationError) -> TokenizerConfiguration {
        let files = ModelDirectory(path: directory)
        var configuration = TokenizerConfiguration()
        let main = try files.json("tokenizer_config.json")
        if let main {
            try configuration.readTokens(from: main)
            try configuration.readAddedTokens(from: main)
            try configuration.readTemplates(from: main)
        }
        if let map = try files.json("special_tokens_map.json") { try configuration.readTokens(from: map) }
        let fileTemplates = try Self.templates(in: files)
        if !fileTemplates.isEmpty { configuration.chatTemplates = fileTemplates }
        return configuration
    }

    /// Fills the roles that are still open.
    private mutating func readTokens(from file: FilePart) throws(TokenizationError) {
        for role in TokenRole.allCases where self.roles[role] == nil {
            guard let part = file.part(role.rawValue) else { continue }
            self.roles[role] = part.value.object == nil ? .special(try part.string()) : try AddedToken(part)
        }
    }

    private mutating func readAddedTokens(from file: FilePart) throws(TokenizationError) {
        guard let part = file.part("added_tokens_decoder") else { return }
        for (key, _) in try part.object() {
            guard let element = part.part(key) else { continue }
            guard let id = TokenID(key), 0..<TokenizerLimits.tokenIDs ~= Int(id) else {
                throw element.malformed("expected a token id as the key")
            }
            self.addedTokens.append((id, try AddedToken(element)))
        }
        self.addedTokens.sort { $0.id < $1.id }
    }

    private mutating func readTemplates(from file: FilePart) throws(TokenizationError) {
        guard let part = file.part("chat_template") else { return }
        if let source = part.value.string {
            self.chatTemplates = [ChatTemplateSource(name: "default", source: source)]
            return
        }
        for element in try part.elements() {
            let name = try element.string("name")
            let source = ChatTemplateSource(name: name, source: try element.string("template"))
            // Of two with one name the later counts, as in the mapping that the reference makes of the list.
            self.chatTemplates.removeAll { $0.name == name }
            self.chatTemplates.append(source)
        }
    }

    private static func templates(in files: ModelDirectory) throws(TokenizationError) -> [ChatTemplateSource] {
        var templates: [ChatTemplateSource] = []
        if let source = try files.text("chat_template.jinja") {
            templates.append(ChatTemplateSource(name: "default", source: source))
        }
        let folder = "additional_chat_templates"
        for file in try files.names(in: folder) where file.hasSuffix(".jinja") {
            let name = String(file.dropLast(".jinja".count))
            guard let source = try files.text("\(folder)/\(file)") else { continue }
            templates.removeAll { $0.name == name }
            templates.append(ChatTemplateSource(name: name, source: source))
        }
        return templates
    }
}
