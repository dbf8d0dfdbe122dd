/// The filters that there are.
enum TemplateFilter: String, CaseIterable, Sendable {
    case abs
    case attr
    case batch
    case capitalize
    case center
    case `default`
    case dictsort
    case escape
    case filesizeformat
    case first
    case float
    case forceescape
    case format
    case groupby
    case indent
    case int
    case items
    case join
    case last
    case length
    case list
    case lower
    case map
    case max
    case min
    case pprint
    case random
    case reject
    case rejectattr
    case replace
    case reverse
    case round
    case safe
    case select
    case selectattr
    case slice
    case sort
    case string
    case striptags
    case sum
    case title
    case tojson
    case trim
    case truncate
    case unique
    case upper
    case urlencode
    case urlize
    case wordcount
    case wordwrap
    case xmlattr

    init?(_ name: String) {
        switch name {
        case "count": self = .length
        case "d": self = .default
        case "e": self = .escape
        default:
            guard let filter = TemplateFilter(rawValue: name) else { return nil }
            self = filter
        }
    }

    /// Whether the filter is more than a name; those that are not print for people, or what nobody can foresee.
    var isSupported: Bool {
        switch self {
        case .pprint, .random, .urlize, .wordwrap: false
        default: true
        }
    }
}

extension TemplateRenderer {
    func apply(
        _ filter: TemplateFilter,
        to value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch filter {
        case .capitalize, .center, .indent, .lower, .replace, .striptags, .title, .trim, .truncate, .upper, .urlencode,
            .wordcount, .xmlattr, .filesizeformat, .escape, .forceescape, .safe, .string, .format, .join, .tojson:
            return try self.textFilter(filter, value, arguments)
        case .abs, .float, .int, .round, .sum: return try self.numberFilter(filter, value, arguments)
        case .map: return try self.mapped(value, arguments)
        case .select: return try self.selected(value, arguments, byAttribute: false, keeping: true)
        case .reject: return try self.selected(value, arguments, byAttribute: false, keeping: false)
        case .selectattr: return try self.selected(value, arguments, byAttribute: true, keeping: true)
        case .rejectattr: return try self.selected(value, arguments, byAttribute: true, keeping: false)
        case .batch, .slice, .unique, .items: return try self.generatingFilter(filter, value, arguments)
        case .dictsort, .groupby, .max, .min, .sort: return try self.orderingFilter(filter, value, arguments)
        case .attr, .default, .first, .last, .length, .list, .reverse:
            return try self.elementFilter(filter, value, arguments)
        case .pprint, .random, .urlize, .wordwrap: throw .unsupported("the filter `\(filter.rawValue)`")
        }
    }

    private func elementFilter(
        _ filter: TemplateFilter,
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch filter {
        case .attr:
            let name = try arguments.bound("attr", ["name"], required: 1)[0] ?? .none
            return try self.typeAttribute(AttributeName(try name.textArgument("attr")), of: value)
        case .default:
            let values = try arguments.bound("default", ["default_value", "boolean"])
            let fallback = values[0] ?? .emptyText
            if value.isUndefined { return fallback }
            guard let boolean = values[1], try self.isTrue(boolean) else { return value }
            return try self.isTrue(value) ? value : fallback
        default: break
        }
        _ = try arguments.bound(filter.rawValue, [])
        switch filter {
        case .first:
            if case .list(let list) = value, let first = list.elements.first { return first }
            return try self.iterator(over: value).next(self)
                ?? .undefined(.hint("No first item, sequence was empty."))
        case .last:
            if case .list(let list) = value, let last = list.elements.last { return last }
            guard let iterator = try self.reversed(value) else {
                throw .runtime("'\(value.typeName)' object is not reversible")
            }
            return try iterator.next(self) ?? .undefined(.hint("No last item, sequence was empty."))
        case .length: return .integer(try self.count(of: value))
        case .list: return try self.list(try self.elements(of: value))
        default:
            if let text = value.text {
                let result = String(String.UnicodeScalarView(text.unicodeScalars.reversed()))
                if case .markup = value { return .markup(result) }
                return try self.string(result)
            }
            if let iterator = try self.reversed(value) { return try self.iterator(iterator) }
            guard self.isIterable(value) else { throw .runtime("argument must be iterable") }
            return try self.list(try self.elements(of: value).reversed())
        }
    }
}
