// Filters that look at each element: `map`, `select` and their kin, `sort`, `groupby`.

/// Where a filter finds what it looks at: `"address.city"`, an index, or the element itself.
struct AttributePath {
    private(set) var parts: [TemplateValue] = []

    init(_ value: TemplateValue) throws(TemplateError) {
        if value.isNone { return }
        guard let text = value.text else {
            self.parts = [value]
            return
        }
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let isNumber = !part.isEmpty && part.unicodeScalars.allSatisfy(PythonCharacter.isDigit)
            self.parts.append(
                isNumber ? Int(part).map(TemplateValue.integer) ?? .string(String(part)) : .string(String(part))
            )
        }
    }

    init() {}
}

extension TemplateRenderer {
    func value(
        at path: AttributePath,
        of element: TemplateValue,
        fallback: TemplateValue? = nil
    ) throws(TemplateError) -> TemplateValue {
        var value = element
        for part in path.parts {
            value = try self.element(part, of: value)
            if let fallback, value.isUndefined { value = fallback }
        }
        return value
    }

    // MARK: Map

    func mapped(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
        let iterator = DeferredIterator(nesting: Swift.max(value.nesting, arguments.nesting)) {
            renderer throws(TemplateError) in
            guard try renderer.isTrue(value) else { return ArrayIterator([]) }
            let transform = try renderer.transform(arguments)
            return GeneratedIterator(try renderer.iterator(over: value), transform)
        }
        return try self.iterator(iterator)
    }

    private func transform(_ arguments: TemplateArguments) throws(TemplateError) -> GeneratedIterator.Transform {
        var arguments = arguments
        if arguments.positional.isEmpty, let attribute = arguments.take("attribute") {
            let fallback = arguments.take("default").flatMap { $0.isNone ? nil : $0 }
            if let unknown = arguments.named.first { throw .runtime("Unexpected keyword argument '\(unknown.name)'") }
            let path = try AttributePath(attribute)
            return { renderer, element throws(TemplateError) in
                try renderer.value(at: path, of: element, fallback: fallback)
            }
        }
        guard !arguments.positional.isEmpty else { throw .runtime("map requires a filter argument") }
        let name = arguments.positional.removeFirst()
        guard let text = name.text, let filter = TemplateFilter(text) else {
            throw .runtime("No filter named \(try self.representation(of: name)).")
        }
        let rest = arguments
        return { renderer, element throws(TemplateError) in try renderer.apply(filter, to: element, rest) }
    }

    // MARK: Select and reject

    func selected(
        _ value: TemplateValue,
        _ arguments: TemplateArguments,
        byAttribute: Bool,
        keeping: Bool
    ) throws(TemplateError) -> TemplateValue {
        let iterator = DeferredIterator(nesting: Swift.max(value.nesting, arguments.nesting)) {
            renderer throws(TemplateError) in
            guard try renderer.isTrue(value) else { return ArrayIterator([]) }
            let condition = try renderer.condition(arguments, byAttribute: byAttribute)
            return GeneratedIterator(try renderer.iterator(over: value)) { renderer, element throws(TemplateError) in
                try condition(renderer, element) == keeping ? element : nil
            }
        }
        return try self.iterator(iterator)
    }

    private func condition(
        _ arguments: TemplateArguments,
        byAttribute: Bool
    ) throws(TemplateError) -> (TemplateRenderer, TemplateValue) throws(TemplateError) -> Bool {
        var arguments = arguments
        var path = AttributePath()
        if byAttribute {
            guard !arguments.positional.isEmpty else { throw .runtime("Missing parameter for attribute name") }
            path = try AttributePath(arguments.positional.removeFirst())
        }
        let fixedPath = path
        guard !arguments.positional.isEmpty else {
            return { renderer, element throws(TemplateError) in
                try renderer.isTrue(try renderer.value(at: fixedPath, of: element))
            }
        }
        let name = arguments.positional.removeFirst()
        let rest = arguments
        guard let text = name.text, let test = TemplateTest(text) else {
            throw .runtime("No test named \(try self.representation(of: name)).")
        }
        return { renderer, element throws(TemplateError) in
            try renderer.apply(test, to: try renderer.value(at: fixedPath, of: element), rest)
        }
    }

    // MARK: Generators

    func generatingFilter(
        _ filter: TemplateFilter,
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch filter {
        case .items: _ = try arguments.bound("items", [])
        case .unique: _ = try arguments.bound("unique", ["case_sensitive", "attribute"])
        case .batch: _ = try arguments.bound("batch", ["linecount", "fill_with"], required: 1)
        default: _ = try arguments.bound("slice", ["slices", "fill_with"], required: 1)
        }
        let iterator = DeferredIterator(nesting: Swift.max(value.nesting, arguments.nesting)) {
            renderer throws(TemplateError) in
            switch filter {
            case .items:
                if value.isUndefined { return ArrayIterator([]) }
                guard case .mapping(let mapping) = value else {
                    throw .runtime("Can only get item pairs from a mapping.")
                }
                return ViewIterator(TemplateMappingView(mapping, .items))
            case .unique: return try renderer.unique(value, arguments)
            case .batch: return ArrayIterator(try renderer.batches(value, arguments))
            default: return ArrayIterator(try renderer.slices(value, arguments))
            }
        }
        return try self.iterator(iterator)
    }

    private func unique(
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateIterator {
        let values = try arguments.bound("unique", ["case_sensitive", "attribute"])
        let isSensitive = try self.isTrue(values[0] ?? .none)
        let path = try AttributePath(values[1] ?? .none)
        var seen: Set<TemplateKey> = []
        return GeneratedIterator(try self.iterator(over: value)) { renderer, element throws(TemplateError) in
            let value = try renderer.value(at: path, of: element)
            guard let key = TemplateKey(isSensitive ? value : try renderer.caseless(value)) else {
                throw .runtime("unhashable type: '\(value.typeName)'")
            }
            return seen.insert(key).inserted ? element : nil
        }
    }

    private func batches(
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> [TemplateValue] {
        let values = try arguments.bound("batch", ["linecount", "fill_with"], required: 1)
        let size = try (values[0] ?? .none).integerArgument()
        var batches: [TemplateValue] = []
        var batch: [TemplateValue] = []
        for element in try self.elements(of: value) {
            if batch.count == size {
                batches.append(try self.list(batch))
                batch = []
            }
            batch.append(element)
        }
        guard !batch.isEmpty else { return batches }
        if let fill = values[1], !fill.isNone, batch.count < size {
            try self.charge(bytes: size.multipliedSaturating(by: 24))
            batch += Array(repeating: fill, count: size - batch.count)
        }
        return batches + [try self.list(batch)]
    }

    private func slices(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> [TemplateValue]
    {
        let values = try arguments.bound("slice", ["slices", "fill_with"], required: 1)
        let elements = try self.elements(of: value)
        let count = try (values[0] ?? .none).integerArgument()
        guard count != 0 else { throw .runtime("integer division or modulo by zero") }
        guard count > 0 else { return [] }
        try self.charge(bytes: count.multipliedSaturating(by: 64))
        var slices: [TemplateValue] = []
        var start = 0
        for position in 0..<count {
            let hasExtra = position < elements.count % count
            let end = start + elements.count / count + (hasExtra ? 1 : 0)
            var slice = Array(elements[start..<end])
            if let fill = values[1], !fill.isNone, !hasExtra { slice.append(fill) }
            slices.append(try self.list(slice))
            start = end
        }
        return slices
    }

    // MARK: Order

    func orderingFilter(
        _ filter: TemplateFilter,
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch filter {
        case .sort:
            let values = try arguments.bound("sort", ["reverse", "case_sensitive", "attribute"])
            let isSensitive = try self.isTrue(values[1] ?? .none)
            let paths = try Self.paths(values[2] ?? .none)
            let elements = try self.elements(of: value)
            var keys: [TemplateValue] = []
            for element in elements {
                var key: [TemplateValue] = []
                for path in paths { key.append(try self.key(path, element, isSensitive: isSensitive)) }
                keys.append(.list(TemplateList(key)))
            }
            let order = try self.sortedPositions(keys, isReversed: try self.isTrue(values[0] ?? .none))
            return try self.list(order.map { elements[$0] })
        case .dictsort: return try self.sortedMembers(value, arguments)
        case .groupby: return try self.grouped(value, arguments)
        default: return try self.extreme(filter, value, arguments)
        }
    }

    private func caseless(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
        guard let text = value.text else { return value }
        return try self.string(TextCase.lower(text))
    }

    private func key(
        _ path: AttributePath,
        _ element: TemplateValue,
        isSensitive: Bool,
        fallback: TemplateValue? = nil
    ) throws(TemplateError) -> TemplateValue {
        let value = try self.value(at: path, of: element, fallback: fallback)
        return isSensitive ? value : try self.caseless(value)
    }

    /// Several attributes with commas between them.
    private static func paths(_ value: TemplateValue) throws(TemplateError) -> [AttributePath] {
        guard let text = value.text else { return [try AttributePath(value)] }
        var paths: [AttributePath] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            paths.append(try AttributePath(.string(String(part))))
        }
        return paths
    }

    /// The positions of the keys in order; equal ones stay as they were.
    func sortedPositions(_ keys: [TemplateValue], isReversed: Bool) throws(TemplateError) -> [Int] {
        var order = Array(keys.indices)
        var width = 1
        // A merge sort from the bottom up: comparing can fail, and must not change the order of equals.
        while width < order.count {
            var merged: [Int] = []
            merged.reserveCapacity(order.count)
            for start in stride(from: 0, to: order.count, by: 2 * width) {
                var left = start
                let middle = min(start + width, order.count)
                var right = middle
                let end = min(start + 2 * width, order.count)
                while left < middle, right < end {
                    try self.charge(steps: 1)
                    let (first, second) = (keys[order[left]], keys[order[right]])
                    let isSwapped =
                        try isReversed
                        ? self.isOrdered(first, second, .less) : self.isOrdered(second, first, .less)
                    merged.append(order[isSwapped ? right : left])
                    if isSwapped { right += 1 } else { left += 1 }
                }
                merged += order[left..<middle]
                merged += order[right..<end]
            }
            order = merged
            width *= 2
        }
        return order
    }

    private func sortedMembers(
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        let values = try arguments.bound("dictsort", ["case_sensitive", "by", "reverse"])
        let isSensitive = try self.isTrue(values[0] ?? .none)
        let by = values[1] == nil ? "key" : values[1]?.text ?? ""
        guard by == "key" || by == "value" else { throw .runtime("You can only sort by either \"key\" or \"value\"") }
        guard case .mapping(let mapping) = value else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("'\(value.typeName)' object has no attribute 'items'")
        }
        var keys: [TemplateValue] = []
        for entry in mapping.entries {
            let key = by == "key" ? entry.key : entry.value
            keys.append(isSensitive ? key : try self.caseless(key))
        }
        var members: [TemplateValue] = []
        for position in try self.sortedPositions(keys, isReversed: try self.isTrue(values[2] ?? .none)) {
            members.append(try self.tuple([mapping.entries[position].key, mapping.entries[position].value]))
        }
        return try self.list(members)
    }

    private func grouped(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue
    {
        let values = try arguments.bound("groupby", ["attribute", "default", "case_sensitive"], required: 1)
        let path = try AttributePath(values[0] ?? .none)
        let fallback = values[1].flatMap { $0.isNone ? nil : $0 }
        let isSensitive = try self.isTrue(values[2] ?? .none)
        let elements = try self.elements(of: value)
        var keys: [TemplateValue] = []
        for element in elements {
            keys.append(try self.key(path, element, isSensitive: isSensitive, fallback: fallback))
        }
        var groups: [(key: TemplateValue, members: [TemplateValue])] = []
        for position in try self.sortedPositions(keys, isReversed: false) {
            if let last = groups.last, try self.isEqual(last.key, keys[position]) {
                groups[groups.count - 1].members.append(elements[position])
            } else {
                groups.append((keys[position], [elements[position]]))
            }
        }
        var result: [TemplateValue] = []
        for group in groups {
            let key = isSensitive ? group.key : try self.value(at: path, of: group.members[0], fallback: fallback)
            result.append(try self.tuple([key, try self.list(group.members)], names: ["grouper", "list"]))
        }
        return try self.list(result)
    }

    private func extreme(
        _ filter: TemplateFilter,
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        let values = try arguments.bound(filter.rawValue, ["case_sensitive", "attribute"])
        let isSensitive = try self.isTrue(values[0] ?? .none)
        let path = try AttributePath(values[1] ?? .none)
        let iterator = try self.iterator(over: value)
        guard var best = try iterator.next(self) else {
            return .undefined(.hint("No aggregated item, sequence was empty."))
        }
        var bestKey = try self.key(path, best, isSensitive: isSensitive)
        while let element = try iterator.next(self) {
            try self.charge(steps: 1)
            let key = try self.key(path, element, isSensitive: isSensitive)
            if try self.isOrdered(key, bestKey, filter == .min ? .less : .greater) { (best, bestKey) = (element, key) }
        }
        return best
    }
}
