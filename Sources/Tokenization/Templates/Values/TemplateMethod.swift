/// The methods and attributes that Python's types have, as far as a template can see them.
///
/// A name of this list counts before a member of the same name: `message.items` is the method.
enum TemplateMethod: String, CaseIterable, Sendable {
    case append
    case bitCount = "bit_count"
    case bitLength = "bit_length"
    case capitalize
    case casefold
    case center
    case changed
    case clear
    case conjugate
    case copy
    case count
    case current
    case cycle
    case encode
    case endswith
    case expandtabs
    case extend
    case find
    case format
    case formatMap = "format_map"
    case fromkeys
    case get
    case hex
    case index
    case insert
    case isInteger = "is_integer"
    case isalnum
    case isalpha
    case isascii
    case isdecimal
    case isdigit
    case isidentifier
    case islower
    case isnumeric
    case isprintable
    case isspace
    case istitle
    case isupper
    case items
    case join
    case keys
    case ljust
    case lower
    case lstrip
    case maketrans
    case next
    case partition
    case pop
    case popitem
    case remove
    case removeprefix
    case removesuffix
    case replace
    case reset
    case reverse
    case rfind
    case rindex
    case rjust
    case rpartition
    case rsplit
    case rstrip
    case setdefault
    case sort
    case split
    case splitlines
    case startswith
    case strip
    case striptags
    case swapcase
    case title
    case translate
    case unescape
    case update
    case upper
    case values
    case zfill

    /// Whether the type of `value` has the method and a template may call it.
    func isAllowed(on value: TemplateValue) -> Bool {
        switch value {
        case .mapping:
            switch self {
            case .copy, .fromkeys, .get, .items, .keys, .values: true
            default: false
            }
        case .string: self.isTextMethod
        case .markup: self.isTextMethod || self == .striptags || self == .unescape
        case .list: self == .copy || self == .count || self == .index
        case .tuple, .range: self == .count || self == .index
        case .loop: self == .cycle || self == .changed
        case .cycler: self == .next || self == .reset
        case .integer, .bool: self == .bitLength || self == .bitCount || self == .conjugate
        case .double: self == .isInteger || self == .conjugate || self == .hex
        case .function(.dict): self == .fromkeys
        default: false
        }
    }

    /// Whether the type of `value` has the method, which would change the value and so is not for templates.
    func isForbidden(on value: TemplateValue) -> Bool {
        switch value {
        case .mapping:
            switch self {
            case .clear, .pop, .popitem, .setdefault, .update: true
            default: false
            }
        case .list:
            switch self {
            case .append, .clear, .pop, .reverse, .insert, .sort, .extend, .remove: true
            default: false
            }
        default: false
        }
    }

    private var isTextMethod: Bool {
        switch self {
        case .capitalize, .casefold, .center, .count, .encode, .endswith, .expandtabs, .find, .format, .formatMap,
            .index, .isalnum, .isalpha, .isascii, .isdecimal, .isdigit, .isidentifier, .islower, .isnumeric,
            .isprintable, .isspace, .istitle, .isupper, .join, .ljust, .lower, .lstrip, .maketrans, .partition,
            .removeprefix, .removesuffix, .replace, .rfind, .rindex, .rjust, .rpartition, .rsplit, .rstrip, .split,
            .splitlines, .startswith, .strip, .swapcase, .title, .translate, .upper, .zfill:
            true
        default: false
        }
    }
}

/// A name behind a dot or in brackets, with the method of that name looked up beforehand.
struct AttributeName: Sendable {
    let text: String
    let method: TemplateMethod?

    init(_ text: String) {
        self.text = text
        self.method = TemplateMethod(rawValue: text)
    }
}
