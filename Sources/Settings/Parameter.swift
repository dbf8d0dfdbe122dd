/// One thing that a command can be told: a ``Setting``, an ``Option`` or an ``Argument`` of `Root`.
public struct Parameter<Root>: Sendable {
    public internal(set) var descriptor: ParameterDescriptor
    /// Reads the texts, weak to strong, into the root; what is malformed is returned and leaves the root as it was.
    let assign: @Sendable (inout Root, [RawValue]) -> [SettingProblem]
    /// The value in the root as texts.
    let texts: @Sendable (Root) -> [String]

    init<Value>(
        descriptor: ParameterDescriptor,
        path: any WritableKeyPath<Root, Value> & Sendable,
        format: ValueFormat<Value>
    ) {
        self.descriptor = descriptor
        self.assign = { root, raw in
            switch format.read(raw.map(\.text)) {
            case .value(let value):
                root[keyPath: path] = value
                return []
            case .malformed(let index):
                return [.malformed(raw[index], descriptor, expected: format.expected)]
            }
        }
        self.texts = { format.texts($0[keyPath: path]) }
    }

    private init(
        descriptor: ParameterDescriptor,
        assign: @escaping @Sendable (inout Root, [RawValue]) -> [SettingProblem],
        texts: @escaping @Sendable (Root) -> [String]
    ) {
        self.descriptor = descriptor
        self.assign = assign
        self.texts = texts
    }

    /// The same parameter of something that holds a `Root`.
    func at<Parent>(_ path: any WritableKeyPath<Parent, Root> & Sendable) -> Parameter<Parent> {
        let assign = self.assign
        let texts = self.texts
        return Parameter<Parent>(
            descriptor: self.descriptor,
            assign: { parent, raw in assign(&parent[keyPath: path], raw) },
            texts: { texts($0[keyPath: path]) }
        )
    }

    /// The descriptor with the default that the root has.
    func described(defaults root: Root) -> ParameterDescriptor {
        var descriptor = self.descriptor
        if let note = descriptor.defaultNote {
            descriptor.defaultText = note
        } else {
            let texts = self.texts(root).map(descriptor.shown)
            descriptor.defaultText = texts.isEmpty || texts == [""] ? nil : texts.joined(separator: ", ")
        }
        return descriptor
    }
}

/// Gathers what a command or a group declares.
@resultBuilder
public enum ParameterBuilder<Root> {
    public static func buildExpression(_ setting: Setting<Root>) -> [Parameter<Root>] { [setting.parameter] }
    public static func buildExpression(_ option: Option<Root>) -> [Parameter<Root>] { [option.parameter] }
    public static func buildExpression(_ argument: Argument<Root>) -> [Parameter<Root>] { [argument.parameter] }
    public static func buildExpression(_ group: SettingGroup<Root>) -> [Parameter<Root>] { group.parameters }
    public static func buildExpression(_ parameters: [Parameter<Root>]) -> [Parameter<Root>] { parameters }
    public static func buildBlock(_ parts: [Parameter<Root>]...) -> [Parameter<Root>] { parts.flatMap(\.self) }
}
