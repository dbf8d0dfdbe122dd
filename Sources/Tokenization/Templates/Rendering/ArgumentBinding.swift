extension TemplateArguments {
    var isEmpty: Bool { self.positional.isEmpty && self.named.isEmpty }

    /// The arguments by parameter, nil for those that were not given, as Python binds them to a function.
    ///
    /// - Throws: `runtime` for an unknown name, for one argument too many, and for a missing one of the first
    ///   `required`.
    func bound(_ function: String, _ parameters: [String], required: Int = 0) throws(TemplateError) -> [TemplateValue?]
    {
        guard self.positional.count <= parameters.count else {
            throw .runtime(
                "\(function)() takes at most \(parameters.count) arguments, got \(self.positional.count)"
            )
        }
        var values: [TemplateValue?] = self.positional
        values += Array(repeating: nil, count: parameters.count - values.count)
        for (name, value) in self.named {
            guard let position = parameters.firstIndex(of: name) else {
                throw .runtime("\(function)() got an unexpected keyword argument '\(name)'")
            }
            guard position >= self.positional.count else {
                throw .runtime("\(function)() got multiple values for argument '\(name)'")
            }
            values[position] = value
        }
        for position in 0..<required where values[position] == nil {
            throw .runtime("\(function)() missing required argument: '\(parameters[position])'")
        }
        return values
    }

    /// The arguments of one of Python's own functions, which take no names.
    func unnamed(_ function: String, _ count: ClosedRange<Int>) throws(TemplateError) -> [TemplateValue] {
        guard self.named.isEmpty else { throw .runtime("\(function)() takes no keyword arguments") }
        guard count ~= self.positional.count else {
            throw .runtime(
                "\(function)() expected \(count.lowerBound) to \(count.upperBound) arguments, got \(self.positional.count)"
            )
        }
        return self.positional
    }
}

extension TemplateValue {
    /// The value as a text argument.
    func textArgument(_ function: String) throws(TemplateError) -> String {
        guard let text = self.text else {
            throw .runtime("\(function)() argument must be str, not \(self.typeName)")
        }
        return text
    }

    /// The value as an integer argument.
    func integerArgument() throws(TemplateError) -> Int {
        guard let index = self.index else {
            if case .undefined(let undefined) = self { throw undefined.error }
            throw .runtime("'\(self.typeName)' object cannot be interpreted as an integer")
        }
        return index
    }
}
