/// One thing that a command can be told: a ``Setting``, an ``Option`` or an ``Argument`` of `Root`.
public struct Parameter<Root>: Sendable {
    public internal(set) var descriptor: ParameterDescriptor
    /// Reads the texts, weak to strong, into the root; else says which is malformed and leaves the root as it was.
    private let read: @Sendable (inout Root, [String]) -> Int?
    /// The value in the root as texts.
    let texts: @Sendable (Root) -> [String]

    init<Value>(
        descriptor: ParameterDescriptor,
        path: any WritableKeyPath<Root, Value> & Sendable,
        format: ValueFormat<Value>
    ) {
        self.descriptor = descriptor
        self.read = { root, texts in
            switch format.read(texts) {
            case .value(let value):
                root[keyPath: path] = value
                return nil
            case .malformed(let index): return index
            }
        }
        self.texts = { format.texts($0[keyPath: path]) }
    }

    private init(
        descriptor: ParameterDescriptor,
        read: @escaping @Sendable (inout Root, [String]) -> Int?,
        texts: @escaping @Sendable (Root) -> [String]
    ) {
        self.descriptor = descriptor
        self.read = read
        self.texts = texts
    }

    /// Reads the values, weak to strong, into the root; what is malformed is returned and leaves the root as it was.
    func assign(_ values: [RawValue], to root: inout Root) -> [SettingProblem] {
        guard let index = self.read(&root, values.map(\.text)) else { return [] }
        return [.malformed(values[index], self.descriptor)]
    }

    /// The same parameter of something that holds a `Root`.
    public func at<Parent>(_ path: any WritableKeyPath<Parent, Root> & Sendable) -> Parameter<Parent> {
        let read = self.read
        let texts = self.texts
        return Parameter<Parent>(
            descriptor: self.descriptor,
            read: { parent, texts in read(&parent[keyPath: path], texts) },
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
