/// Takes a command line apart: which parameter was given which texts.
struct ArgumentScanner {
    private let parameters: [ParameterDescriptor]
    private var positional: [String] = []
    /// By the parameter's key, in the order in which they were written.
    private(set) var values: [String: [RawValue]] = [:]
    private(set) var problems: [SettingProblem] = []

    init(_ parameters: [ParameterDescriptor]) { self.parameters = parameters }

    mutating func scan(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                self.positional += rest
                break
            } else if argument.hasPrefix("--") {
                self.scanLong(argument, &rest)
            } else if argument.hasPrefix("-"), argument.count > 1, !Self.isNumber(argument) {
                self.scanShort(argument, &rest)
            } else {
                self.positional.append(argument)
            }
        }
        self.assignPositional()
    }

    /// `-1` is a value, not a flag.
    private static func isNumber(_ argument: String) -> Bool {
        argument.dropFirst().first.map { $0.isASCII && $0.isNumber } ?? false
    }

    private mutating func add(_ text: String, to parameter: ParameterDescriptor, _ source: ValueSource) {
        self.values[parameter.key, default: []].append(RawValue(text: text, source: source))
    }

    private mutating func fail(_ place: String, _ message: String) {
        self.problems.append(SettingProblem(place: place, message: message))
    }

    // MARK: Flags

    private mutating func scanLong(_ argument: String, _ rest: inout ArraySlice<String>) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let flag = parts[0]
        let options = self.parameters.filter { $0.scope != .argument }
        if let parameter = options.first(where: { $0.flag == flag }) {
            self.take(parameter, flag, attached: parts.count == 2 ? parts[1] : nil, &rest)
        } else if let parameter = options.first(where: { $0.negatedFlag == flag }) {
            guard parts.count == 1 else { return self.fail(flag, "takes no value") }
            self.add("false", to: parameter, .flag(flag))
        } else {
            let flags = options.flatMap { [$0.flag] + ($0.negatedFlag.map { [$0] } ?? []) }
            let near = Suggestion.nearest(to: flag, among: flags) ?? Self.longerForm(of: flag, among: flags)
            self.fail(QuotedText.name(flag), "no such option" + (near.map { "; did you mean \($0)?" } ?? ""))
        }
    }

    /// A flag that the words are the end of, as `--capacity` of `--expert-cache-capacity`.
    private static func longerForm(of flag: String, among flags: [String]) -> String? {
        let longer = flags.filter { $0.hasSuffix(flag.dropFirst()) }
        return longer.count == 1 ? longer[0] : nil
    }

    private mutating func scanShort(_ argument: String, _ rest: inout ArraySlice<String>) {
        var letters = argument.dropFirst()
        while let letter = letters.popFirst() {
            guard let parameter = self.parameters.first(where: { $0.short == letter }) else {
                let near = Suggestion.nearest(to: "-" + argument, among: self.parameters.map(\.flag))
                self.fail(QuotedText.name(argument), "no such option" + (near.map { "; did you mean \($0)?" } ?? ""))
                return
            }
            guard parameter.arity != .flag else {
                self.add("true", to: parameter, .flag("-\(letter)"))
                continue
            }
            let attached = letters.first == "=" ? letters.dropFirst() : letters
            self.take(parameter, "-\(letter)", attached: letters.isEmpty ? nil : String(attached), &rest)
            return
        }
    }

    /// Takes a flag's value from behind its `=`, or from the next argument.
    private mutating func take(
        _ parameter: ParameterDescriptor,
        _ flag: String,
        attached: String?,
        _ rest: inout ArraySlice<String>
    ) {
        if let attached {
            self.add(attached, to: parameter, .flag(flag))
        } else if parameter.arity == .flag {
            self.add("true", to: parameter, .flag(flag))
        } else if let next = rest.first, next == "-" || !next.hasPrefix("-") || Self.isNumber(next) {
            rest.removeFirst()
            self.add(next, to: parameter, .flag(flag))
        } else {
            let hint = rest.first.map { "; if \(QuotedText.of($0)) is the value, write \(flag)=\($0)" } ?? ""
            self.fail(flag, "expected a value (\(parameter.placeholder))" + hint)
        }
    }

    // MARK: Places

    private mutating func assignPositional() {
        var rest = self.positional[...]
        for parameter in self.parameters where parameter.scope == .argument {
            while let argument = rest.popFirst() {
                self.add(argument, to: parameter, .argument(parameter.key))
                if parameter.arity != .list { break }
            }
        }
        // What follows a flag that does not exist is most likely its value.
        guard self.problems.isEmpty else { return }
        for argument in rest {
            self.fail(QuotedText.of(argument), "expected no further argument")
        }
    }
}
