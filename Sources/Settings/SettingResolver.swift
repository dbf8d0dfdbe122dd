/// Puts what the sources say into a command, weak to strong, and keeps what was said by whom.
struct SettingResolver<Root> {
    private(set) var root: Root
    private(set) var configuration = EffectiveConfiguration()
    private(set) var problems: [SettingProblem] = []
    /// What must be given and was not.
    private(set) var missing: [SettingProblem] = []

    init(_ root: Root) { self.root = root }

    /// - Parameters:
    ///   - parameters: What the command declares.
    ///   - sources: By key, weak to strong.
    ///   - prefix: Of the variables, for messages.
    mutating func resolve(_ parameters: [Parameter<Root>], _ sources: [[String: [RawValue]]], prefix: String) {
        for parameter in parameters {
            let descriptor = parameter.descriptor
            let layers = sources.compactMap { $0[descriptor.key] }.filter { !$0.isEmpty }
            if layers.isEmpty, descriptor.isRequired {
                self.missing.append(Self.missing(descriptor, prefix: prefix))
            }
            switch descriptor.arity {
            case .map: self.assignMap(parameter, layers)
            case .one, .flag, .list: self.assign(parameter, layers)
            }
        }
    }

    /// Each layer is read, so that a wrong value is told even where a stronger one hides it.
    private mutating func assign(_ parameter: Parameter<Root>, _ layers: [[RawValue]]) {
        for layer in layers { self.problems += parameter.assign(layer, to: &self.root) }
        let source = layers.last?.last?.source ?? .defaultValue
        self.note(parameter, parameter.texts(self.root), source)
    }

    private mutating func assignMap(_ parameter: Parameter<Root>, _ layers: [[RawValue]]) {
        var entries = parameter.texts(self.root).map { RawValue(text: $0, source: .defaultValue) }
        let malformed = layers.joined().flatMap { raw in
            var scratch = self.root
            return parameter.assign([raw], to: &scratch)
        }
        guard malformed.isEmpty else {
            self.problems += malformed
            return
        }
        for raw in layers.joined() {
            let key = MapEntry.split(raw.text)?.key
            entries.removeAll { MapEntry.split($0.text)?.key == key }
            entries.append(raw)
        }
        self.problems += parameter.assign(entries, to: &self.root)
        guard parameter.descriptor.scope == .setting else { return }
        for raw in entries.sorted(by: { $0.text < $1.text }) {
            guard let entry = MapEntry.split(parameter.descriptor.shown(raw.text)) else { continue }
            let key = "\(parameter.descriptor.key).\(entry.key)"
            self.configuration.entries.append(.init(key: key, texts: [entry.value], isList: false, source: raw.source))
        }
    }

    private mutating func note(_ parameter: Parameter<Root>, _ texts: [String], _ source: ValueSource) {
        let descriptor = parameter.descriptor
        guard descriptor.scope == .setting else { return }
        let entry = EffectiveConfiguration.Entry(
            key: descriptor.key,
            texts: texts.map(descriptor.shown),
            isList: descriptor.arity == .list,
            source: source
        )
        self.configuration.entries.append(entry)
    }

    private static func missing(_ parameter: ParameterDescriptor, prefix: String) -> SettingProblem {
        switch parameter.scope {
        case .argument: SettingProblem(place: parameter.key, message: "required: \(parameter.help)")
        case .option:
            SettingProblem(place: parameter.flag, message: "required: \(parameter.help)")
        case .setting:
            SettingProblem(
                place: parameter.key,
                message: "required: give \(parameter.flag) \(parameter.placeholder), set "
                    + "\(parameter.variable(prefix: prefix)), or write \(parameter.key) in the configuration file"
            )
        }
    }
}
