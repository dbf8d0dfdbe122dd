/// One token of a template, and the line on which it starts.
struct TemplateToken: Sendable {
    enum Kind: Sendable, Equatable {
        /// Text between tags, ready to be printed.
        case data(String)
        case blockBegin
        case blockEnd
        case variableBegin
        case variableEnd
        case name(String)
        case string(String)
        case integer(Int)
        case double(Double)
        case sign(TemplateSign)
        /// The end of the template.
        case end
    }

    let kind: Kind
    let line: Int

    /// What it is, in the words of an error message.
    var description: String {
        switch self.kind {
        case .data: "template data / text"
        case .blockBegin: "begin of statement block"
        case .blockEnd: "end of statement block"
        case .variableBegin: "begin of print statement"
        case .variableEnd: "end of print statement"
        case .name(let name): name
        case .string(let text): text
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .sign(let sign): sign.rawValue
        case .end: "end of template"
        }
    }
}

/// The operators and delimiters of expressions.
enum TemplateSign: String, Sendable {
    case floorDivision = "//"
    case power = "**"
    case equal = "=="
    case notEqual = "!="
    case greaterOrEqual = ">="
    case lessOrEqual = "<="
    case plus = "+"
    case minus = "-"
    case division = "/"
    case multiplication = "*"
    case remainder = "%"
    case tilde = "~"
    case bracketOpen = "["
    case bracketClose = "]"
    case parenthesisOpen = "("
    case parenthesisClose = ")"
    case braceOpen = "{"
    case braceClose = "}"
    case greater = ">"
    case less = "<"
    case assign = "="
    case dot = "."
    case colon = ":"
    case pipe = "|"
    case comma = ","
    case semicolon = ";"

    /// What closes an opening bracket.
    var closing: TemplateSign? {
        switch self {
        case .bracketOpen: .bracketClose
        case .parenthesisOpen: .parenthesisClose
        case .braceOpen: .braceClose
        default: nil
        }
    }

    var isClosing: Bool { self == .bracketClose || self == .parenthesisClose || self == .braceClose }
}
