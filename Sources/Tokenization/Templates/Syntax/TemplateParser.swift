/// Reads tokens into a syntax tree, by the grammar of Jinja 3.1 with loop controls and `generation` blocks.
///
/// This file has the tokens, text and tags in general; `+Statements` has each tag, `+Expressions` what they hold,
/// `+Postfix` what follows a value there.
struct TemplateParser {
    private let tokens: [TemplateToken]
    private var index = 0
    private var nesting = 0
    /// How deep the tree of the expression is that was read last.
    var depth = 0
    /// Brackets and tags inside each other; every level costs stack, here and in what follows.
    private static let nestingLimit = 100
    /// Operations of which each works on the result of the one before; the reference's limit is the same.
    private static let depthLimit = 200

    static func parse(_ source: String) throws(TemplateError) -> [StatementSyntax] {
        var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: source))
        return try parser.body(endTags: [])
    }

    private init(tokens: [TemplateToken]) { self.tokens = tokens }

    // MARK: Tokens

    var current: TemplateToken { self.tokens[self.index] }

    /// The token behind the current one; the last one has itself behind it.
    var next: TemplateToken { self.tokens[min(self.index + 1, self.tokens.count - 1)] }

    var line: Int { self.current.line }

    mutating func advance() { if self.index + 1 < self.tokens.count { self.index += 1 } }

    func isName(_ name: String) -> Bool { self.current.kind == .name(name) }

    func isSign(_ sign: TemplateSign) -> Bool {
        if case .sign(let current) = self.current.kind { return current == sign }
        return false
    }

    mutating func skip(_ name: String) -> Bool {
        guard self.isName(name) else { return false }
        self.advance()
        return true
    }

    mutating func skip(_ sign: TemplateSign) -> Bool {
        guard self.isSign(sign) else { return false }
        self.advance()
        return true
    }

    mutating func expect(_ sign: TemplateSign) throws(TemplateError) {
        guard self.skip(sign) else { throw self.unexpected(sign.rawValue) }
    }

    mutating func expect(_ name: String) throws(TemplateError) {
        guard self.skip(name) else { throw self.unexpected(name) }
    }

    mutating func expect(_ kind: TemplateToken.Kind) throws(TemplateError) {
        guard self.current.kind == kind else {
            throw self.unexpected(TemplateToken(kind: kind, line: 0).description)
        }
        self.advance()
    }

    mutating func expectName() throws(TemplateError) -> String {
        guard case .name(let name) = self.current.kind else { throw self.unexpected("name") }
        self.advance()
        return name
    }

    func fail(_ message: String) -> TemplateError { .syntax(message, line: self.line) }

    private func unexpected(_ expected: String) -> TemplateError {
        self.current.kind == .end
            ? self.fail("unexpected end of template, expected '\(expected)'.")
            : self.fail("expected token '\(expected)', got '\(self.current.description)'")
    }

    /// Goes one level deeper for what `read` reads.
    mutating func nested<Result>(
        _ read: (inout TemplateParser) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        guard self.nesting < Self.nestingLimit else {
            throw TemplateError(
                .limit(.depth),
                "line \(self.line): expected at most \(Self.nestingLimit) constructs inside each other"
            )
        }
        self.nesting += 1
        defer { self.nesting -= 1 }
        return try read(&self)
    }

    /// Notes an operation on the expression that was read last and on one of the given depth.
    mutating func deepen(_ other: Int = 0) throws(TemplateError) {
        self.depth = max(self.depth, other) + 1
        guard self.depth <= Self.depthLimit else {
            throw TemplateError(
                .limit(.depth),
                "line \(self.line): expected at most \(Self.depthLimit) operations on each other"
            )
        }
    }

    // MARK: Text and tags

    /// Text and tags up to one of `endTags`, which stays the current token; up to the template's end without any.
    private mutating func body(endTags: [String]) throws(TemplateError) -> [StatementSyntax] {
        var body: [StatementSyntax] = []
        while true {
            switch self.current.kind {
            case .data(let text):
                body.append(.data(text))
                self.advance()
            case .variableBegin:
                self.advance()
                let line = self.line
                body.append(.output(try self.tuple(), line: line))
                try self.expect(.variableEnd)
            case .blockBegin:
                self.advance()
                if case .name(let name) = self.current.kind, endTags.contains(name) { return body }
                if let statement = try self.nested({ parser throws(TemplateError) in try parser.statement(endTags) }) {
                    body.append(statement)
                }
                try self.expect(.blockEnd)
            default:
                guard endTags.isEmpty else {
                    throw self.fail("Unexpected end of template. Jinja was looking for \(Self.list(endTags)).")
                }
                return body
            }
        }
    }

    static func list(_ tags: [String]) -> String { tags.map { "'\($0)'" }.joined(separator: " or ") }

    /// What a tag's own end opens, up to one of `endTags`, which stays the current token.
    mutating func statements(endTags: String...) throws(TemplateError) -> [StatementSyntax] {
        _ = self.skip(.colon)
        try self.expect(.blockEnd)
        return try self.body(endTags: endTags)
    }

    /// The same with one end tag, which is left behind.
    mutating func statements(closedBy endTag: String) throws(TemplateError) -> [StatementSyntax] {
        let body = try self.statements(endTags: endTag)
        self.advance()
        return body
    }
}
