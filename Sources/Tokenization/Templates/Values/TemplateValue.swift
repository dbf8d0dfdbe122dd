import OrderedJSON

/// A value while a template is rendered, with Python's types.
enum TemplateValue {
    case undefined(TemplateUndefined)
    case none
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case string(String)
    /// Text that the template declared safe for HTML: what is put next to it gets escaped.
    case markup(String)
    case list(TemplateList)
    case tuple(TemplateTuple)
    case mapping(TemplateMapping)
    case view(TemplateMappingView)
    case range(TemplateRange)
    case iterator(TemplateIterator)
    case namespace(TemplateNamespace)
    case loop(TemplateLoop)
    case macro(TemplateMacro)
    case function(TemplateFunction)
    case method(TemplateBoundMethod)
    case cycler(TemplateCycler)
    case joiner(TemplateJoiner)
    case blocks(TemplateBlocks)

    static var emptyText: TemplateValue { .string("") }

    /// The name that Python has for the type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .integer: "int"
        case .double: "float"
        case .string: "str"
        case .markup: "Markup"
        case .list: "list"
        case .tuple: "tuple"
        case .mapping: "dict"
        case .view(let view): view.part.rawValue
        case .range: "range"
        case .iterator(let iterator): iterator.typeName
        case .namespace: "TemplateNamespace"
        case .loop: "LoopContext"
        case .macro: "Macro"
        case .function: "function"
        case .method: "builtin_function_or_method"
        case .cycler: "Cycler"
        case .joiner: "Joiner"
        case .blocks: "TemplateReference"
        }
    }

    /// The text of a string, safe or not.
    var text: String? {
        switch self {
        case .string(let text), .markup(let text): text
        default: nil
        }
    }

    /// What counts as an integer where Python wants one.
    var index: Int? {
        switch self {
        case .integer(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    var isNone: Bool { if case .none = self { true } else { false } }

    /// How many containers are inside each other, this one included.
    var nesting: Int {
        switch self {
        case .list(let list): list.nesting
        case .tuple(let tuple): tuple.nesting
        case .mapping(let mapping): mapping.nesting
        case .view(let view): view.mapping.nesting + 1
        case .iterator(let iterator): iterator.nesting
        case .method(let method): method.nesting
        case .loop(let loop): loop.iterator.nesting + 1
        case .cycler(let cycler): cycler.items.nesting + 1
        case .joiner(let joiner): joiner.separator.nesting + 1
        default: 0
        }
    }
}

/// Why a value is undefined; the message is made when an operation fails on it.
final class TemplateUndefined {
    enum Reason {
        case name(String)
        /// With the name of the type that lacks it; the value itself is not kept alive.
        case attribute(String, of: String)
        case element(String, of: String)
        case hint(String)
    }

    let reason: Reason

    init(_ reason: Reason) { self.reason = reason }

    var message: String {
        switch self.reason {
        case .name(let name): "'\(name)' is undefined"
        case .attribute(let name, "NoneType"): "'None' has no attribute '\(name)'"
        case .attribute(let name, let owner): "'\(owner) object' has no attribute '\(name)'"
        case .element(let key, let owner): "\(owner) object has no element \(key)"
        case .hint(let hint): hint
        }
    }

    var error: TemplateError { TemplateError(.runtime, self.message) }
}

extension TemplateValue {
    static func undefined(_ reason: TemplateUndefined.Reason) -> TemplateValue { .undefined(TemplateUndefined(reason)) }

    /// The value of a JSON text; integers stay integers and members keep their order.
    init(_ json: JSONValue, depth: Int = 0) throws(TemplateError) {
        guard depth < TemplateLimits.valueNesting else { throw TemplateError.tooDeepValue }
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(Int(value))
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let elements):
            var values: [TemplateValue] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try TemplateValue(element, depth: depth + 1)) }
            self = .list(TemplateList(values))
        case .object(let members):
            var builder = TemplateMapping.Builder()
            builder.reserveCapacity(members.count)
            for (key, value) in members { builder.addNew(key, try TemplateValue(value, depth: depth + 1)) }
            self = .mapping(builder.mapping())
        }
    }
}

extension TemplateError {
    static func runtime(_ message: String) -> TemplateError { TemplateError(.runtime, message) }

    static func unsupported(_ construct: String) -> TemplateError {
        TemplateError(.unsupported(construct: construct), "\(construct) is not supported")
    }

    static let tooDeepValue = TemplateError(
        .limit(.depth),
        "expected at most \(TemplateLimits.valueNesting) lists and mappings inside each other"
    )
}

extension TemplateLimits {
    /// Lists and mappings inside each other, in the context as in what a template builds.
    static let valueNesting = 256
}
