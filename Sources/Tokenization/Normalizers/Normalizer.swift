/// Rewrites a text before it is cut into words.
///
/// The file's steps, sequences laid out flat.
struct Normalizer: Sendable {
    private enum Step: Sendable {
        case form(UnicodeForm)
        case replace(TextPattern, with: [UInt8])
        case prepend([UInt8])
        case append([UInt8])
        case strip(left: Bool, right: Bool)
        case stripMarks
        case lowercase
        case bert(BertNormalizer)
        case map(CharacterMap)
    }

    private var steps: [Step] = []

    /// Throws `patternLimit`, or `tooLarge` when a step makes too much of the text.
    func normalize(_ text: [UInt8], _ workspace: PCRE2Workspace) throws(TokenizationError) -> NormalizedText {
        var text = NormalizedText(text)
        for step in self.steps {
            switch step {
            case .form(let form): text.rewrite(form.normalize)
            case .replace(let pattern, let content): try text.replace(pattern, with: content, workspace)
            case .prepend(let prefix): text.prepend(prefix)
            case .append(let suffix): text.append(suffix)
            case .strip(let left, let right): text.strip(left: left, right: right)
            case .stripMarks: text.remove(.mark)
            case .lowercase: text.lowercase()
            case .bert(let normalizer): normalizer.normalize(&text)
            case .map(let map): text.rewrite(map.normalize)
            }
            guard text.bytes.count <= TokenizerLimits.textBytes else { throw TokenizerLimits.tooMuchText }
        }
        return text
    }
}

// MARK: - From the file

extension Normalizer {
    init(_ part: FilePart) throws(TokenizationError) { try self.append(part, depth: 0) }

    private mutating func append(_ part: FilePart, depth: Int) throws(TokenizationError) {
        guard depth < 16, self.steps.count < TokenizerLimits.pipelineSteps else {
            throw part.unsupported("a normalizer of more than \(TokenizerLimits.pipelineSteps) steps")
        }
        let type = try part.string("type")
        switch type {
        case "Sequence":
            for element in try part.required("normalizers").elements() { try self.append(element, depth: depth + 1) }
        case "NFC": self.steps.append(.form(.nfc))
        case "NFD": self.steps.append(.form(.nfd))
        case "NFKC": self.steps.append(.form(.nfkc))
        case "NFKD": self.steps.append(.form(.nfkd))
        case "Replace":
            let content = try part.bytes("content", atMost: TokenizerLimits.replacementBytes)
            self.steps.append(.replace(try TextPattern(part.required("pattern")), with: content))
        case "Prepend": self.steps.append(.prepend(try part.bytes("prepend", atMost: TokenizerLimits.replacementBytes)))
        case "Append": self.steps.append(.append(try part.bytes("append", atMost: TokenizerLimits.replacementBytes)))
        case "Strip":
            let left = try part.required("strip_left").bool()
            self.steps.append(.strip(left: left, right: try part.required("strip_right").bool()))
        case "StripAccents": self.steps.append(.stripMarks)
        case "Lowercase": self.steps.append(.lowercase)
        case "BertNormalizer": self.steps.append(.bert(try BertNormalizer(part)))
        case "Precompiled": self.steps.append(.map(try CharacterMap(part.required("precompiled_charsmap"))))
        default: throw part.unsupported("the normalizer `\(type)`")
        }
    }
}
