import ServingCore

/// Puts special tokens around an encoded text, where the caller asks for them.
struct PostProcessor: Sendable {
    private enum Piece: Sendable {
        case tokens([TokenID])
        case text
    }

    /// One list of pieces for each template, applied one after the other.
    private var templates: [[Piece]] = []

    init() {}

    func apply(to tokens: [TokenID]) -> [TokenID] {
        self.templates.reduce(tokens) { tokens, template in
            template.flatMap { piece in
                switch piece {
                case .tokens(let special): special
                case .text: tokens
                }
            }
        }
    }

    init(_ part: FilePart?) throws(TokenizationError) { if let part { try self.append(part, depth: 0) } }

    private mutating func append(_ part: FilePart, depth: Int) throws(TokenizationError) {
        guard depth < 16, self.templates.count < TokenizerLimits.pipelineSteps else {
            throw part.unsupported("a post-processor of more than \(TokenizerLimits.pipelineSteps) steps")
        }
        let type = try part.string("type")
        switch type {
        case "ByteLevel": break  // It moves the places of tokens in the text, which are not reported.
        case "Sequence":
            for element in try part.required("processors").elements() { try self.append(element, depth: depth + 1) }
        case "TemplateProcessing": self.templates.append(try Self.template(part))
        case "BertProcessing", "RobertaProcessing":
            let (start, end) = (try Self.token(part.required("cls")), try Self.token(part.required("sep")))
            self.templates.append([.tokens([start]), .text, .tokens([end])])
        default: throw part.unsupported("the post-processor `\(type)`")
        }
    }

    /// Reads a token's text and its id, of which the id counts.
    private static func token(_ part: FilePart) throws(TokenizationError) -> TokenID {
        let pair = try part.elements()
        guard pair.count == 2 else { throw part.malformed("expected a token and its id") }
        return TokenID(try pair[1].tokenID())
    }

    private static func template(_ part: FilePart) throws(TokenizationError) -> [Piece] {
        let special = part.part("special_tokens")
        let pieces = try part.required("single").elements()
        guard pieces.count <= TokenizerLimits.pipelineSteps else {
            throw part.unsupported("a template of more than \(TokenizerLimits.pipelineSteps) pieces")
        }
        var template: [Piece] = []
        for piece in pieces {
            if let sequence = piece.part("Sequence") {
                guard try sequence.string("id") == "A" else { throw sequence.unsupported("a second text") }
                template.append(.text)
            } else {
                let name = try piece.required("SpecialToken").string("id")
                guard let token = special?.part(name) else {
                    throw piece.malformed("the special token `\(name)` is not among `special_tokens`")
                }
                var ids: [TokenID] = []
                for id in try token.required("ids").elements() { ids.append(TokenID(try id.tokenID())) }
                template.append(.tokens(ids))
            }
        }
        return template
    }
}
