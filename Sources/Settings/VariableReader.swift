/// Reads the settings that the environment names.
struct VariableReader {
    /// `DURE_`.
    let prefix: String
    /// Every setting of the whole program: one that this command does not have is passed over, not an error.
    let catalogue: [ParameterDescriptor]
    /// Variables with the prefix that are someone else's.
    let ignored: Set<String>
    private(set) var values: [String: [RawValue]] = [:]
    private(set) var problems: [SettingProblem] = []

    init(prefix: String, catalogue: [ParameterDescriptor], ignored: Set<String>) {
        self.prefix = prefix
        self.catalogue = catalogue
        self.ignored = ignored
    }

    mutating func read(_ environment: [String: String]) {
        // In order, so that problems are always told in the same one.
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(self.prefix) && !self.ignored.contains(name) {
            self.read(name, value)
        }
    }

    private mutating func read(_ name: String, _ value: String) {
        let source = ValueSource.variable(name)
        if let setting = self.catalogue.first(where: { $0.arity != .map && $0.variable(prefix: self.prefix) == name }) {
            let texts =
                setting.arity == .list
                ? value.split(separator: ",").map { $0.trimmingSpaces } : [value]
            self.values[setting.key, default: []] += texts.map { RawValue(text: $0, source: source) }
        } else if let (map, key) = self.entry(name) {
            self.values[map.key, default: []].append(RawValue(text: "\(key)=\(value)", source: source))
        } else if !Self.isServiceLink(name, value) {
            self.problems.append(self.unknown(name))
        }
    }

    /// The map and its key that a variable names: a dot is `_`, a dash `__`, an underscore `___`.
    private func entry(_ name: String) -> (ParameterDescriptor, String)? {
        for map in self.catalogue where map.arity == .map {
            let prefix = map.variable(prefix: self.prefix) + "_"
            guard name.hasPrefix(prefix), name.count > prefix.count else { continue }
            let key = name.dropFirst(prefix.count).lowercased()
                .replacing("___", with: "\u{0}").replacing("__", with: "-").replacing("_", with: ".")
                .replacing("\u{0}", with: "_")
            return (map, key)
        }
        return nil
    }

    private func unknown(_ name: String) -> SettingProblem {
        let known = self.catalogue.map { $0.variable(prefix: self.prefix) }
        if let map = self.catalogue.first(where: { $0.arity == .map && $0.variable(prefix: self.prefix) == name }) {
            return SettingProblem(
                place: name,
                message: "expected one variable for each key of \(map.key), such as \(name)_CLIENT_ID for client.id"
            )
        }
        let near = Suggestion.nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
        return SettingProblem(place: name, message: "no setting has this variable" + near)
    }

    /// Whether Kubernetes made the variable.
    ///
    /// A service called `dure` or `dure-…` gives every pod of its namespace variables such as `DURE_SERVICE_HOST` and
    /// `DURE_PORT=tcp://10.0.0.1:9464`, which must not keep a worker from starting.
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        guard name.hasSuffix("_PORT") || name.contains("_PORT_") else { return false }
        let ends = ["_TCP", "_UDP", "_SCTP", "_PROTO", "_ADDR", "_PORT"]
        return value.contains("://") || ends.contains { name.hasSuffix($0) }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
