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

/// What `tokenizer_config.json`, `special_tokens_map.json` and the template files of a model directory say.
public struct TokenizerConfiguration: Sendable, Equatable {
    public var bosToken: String?
    public var eosToken: String?
    public var padToken: String?
    public var unkToken: String?
    /// In the order in which they were found; names are unique.
    public var chatTemplates: [ChatTemplateSource] = []
    /// Tokens by the id that the configuration gives them, ascending.
    public var addedTokens: [(id: TokenID, token: AddedToken)] = []
    /// Tokens with a named part, in the form in which they would be added if the tokenizer lacked them.
    var namedTokens: [AddedToken] = []

    public init() {}

    /// The template called `name`; without a name `default`, or the only one there is.
    public func chatTemplate(named name: String? = nil) -> ChatTemplateSource? {
        if let found = self.chatTemplates.first(where: { $0.name == name ?? "default" }) { return found }
        return name == nil && self.chatTemplates.count == 1 ? self.chatTemplates.first : nil
    }

    public static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.bosToken == rhs.bosToken && lhs.eosToken == rhs.eosToken && lhs.padToken == rhs.padToken
            && lhs.unkToken == rhs.unkToken && lhs.chatTemplates == rhs.chatTemplates
            && lhs.addedTokens.elementsEqual(rhs.addedTokens) { $0 == $1 } && lhs.namedTokens == rhs.namedTokens
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
        try self.readToken("bos_token", from: file, \.bosToken)
        try self.readToken("eos_token", from: file, \.eosToken)
        try self.readToken("pad_token", from: file, \.padToken)
        try self.readToken("unk_token", from: file, \.unkToken)
    }

    private mutating func readToken(
        _ key: String,
        from file: FilePart,
        _ role: WritableKeyPath<TokenizerConfiguration, String?>
    ) throws(TokenizationError) {
        guard self[keyPath: role] == nil, let part = file.part(key) else { return }
        let token: AddedToken
        if part.value.object != nil {
            token = try AddedToken(part)
        } else {
            token = .special(try part.string())
        }
        self[keyPath: role] = token.content
        self.namedTokens.append(token)
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
