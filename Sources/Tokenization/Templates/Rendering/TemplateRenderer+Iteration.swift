// Reading the elements of a value.

extension TemplateRenderer {
    /// Python's `iter(value)`.
    func iterator(over value: TemplateValue) throws(TemplateError) -> TemplateIterator {
        switch value {
        case .list(let list): return ArrayIterator(list)
        case .tuple(let tuple): return ArrayIterator(tuple.elements, typeName: "tuple_iterator")
        case .mapping(let mapping): return ViewIterator(TemplateMappingView(mapping, .keys))
        case .view(let view): return ViewIterator(view)
        case .range(let range): return RangeIterator(range)
        case .string(let text), .markup(let text): return CharacterIterator(text)
        case .iterator(let iterator): return iterator
        case .undefined: return ArrayIterator([])
        default: throw .runtime("'\(value.typeName)' object is not iterable")
        }
    }

    func isIterable(_ value: TemplateValue) -> Bool {
        switch value {
        case .list, .tuple, .mapping, .view, .range, .string, .markup, .iterator, .undefined, .loop: true
        default: false
        }
    }

    /// Python's `len(value)`; nil where there is none.
    func knownCount(of value: TemplateValue) -> Int? {
        switch value {
        case .list(let list): list.elements.count
        case .tuple(let tuple): tuple.elements.count
        case .mapping(let mapping): mapping.entries.count
        case .view(let view): view.count
        case .range(let range): range.count
        case .string(let text), .markup(let text): text.unicodeScalars.count
        case .undefined: 0
        default: nil
        }
    }

    func count(of value: TemplateValue) throws(TemplateError) -> Int {
        if case .loop(let loop) = value { return try loop.count(self) }
        if let text = value.text { try self.charge(reading: text) }
        guard let count = self.knownCount(of: value) else {
            throw .runtime("object of type '\(value.typeName)' has no len()")
        }
        return count
    }

    /// All elements, as Python's `list(value)` has them.
    func elements(of value: TemplateValue) throws(TemplateError) -> [TemplateValue] {
        switch value {
        case .list(let list): return list.elements
        case .tuple(let tuple): return tuple.elements
        default: return try self.elements(of: try self.iterator(over: value))
        }
    }

    func elements(of iterator: TemplateIterator) throws(TemplateError) -> [TemplateValue] {
        var elements: [TemplateValue] = []
        while let element = try iterator.next(self) {
            try self.charge(steps: 1)
            try self.charge(bytes: 24)
            elements.append(element)
        }
        return elements
    }

    /// The elements from the last to the first, as Python's `reversed` gives them; nil where it does not.
    func reversed(_ value: TemplateValue) throws(TemplateError) -> TemplateIterator? {
        switch value {
        case .list, .tuple, .mapping, .view, .range, .string, .markup:
            return ArrayIterator(try self.elements(of: value).reversed(), typeName: "\(value.typeName)_reverseiterator")
        // An undefined value has a length and elements to index, so `reversed` takes it, and there are none.
        case .undefined: return ArrayIterator([])
        default: return nil
        }
    }
}
