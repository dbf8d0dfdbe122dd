/// Gives values one after the other, once.
///
/// What filters such as `map` give is one of these: nothing is computed before it is asked for, and once it was read
/// it is empty.
class TemplateIterator {
    let typeName: String
    /// Iterators that read from each other, or the nesting of what is read.
    let nesting: Int

    init(typeName: String, nesting: Int = 0) {
        self.typeName = typeName
        self.nesting = nesting
    }

    func next(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? { nil }
}

/// The elements of a list or tuple.
final class ArrayIterator: TemplateIterator {
    private let elements: [TemplateValue]
    private var position = 0

    init(_ elements: [TemplateValue], typeName: String = "list_iterator") {
        self.elements = elements
        super.init(typeName: typeName, nesting: 1 + elements.deepestNesting)
    }

    init(_ list: TemplateList) {
        self.elements = list.elements
        super.init(typeName: "list_iterator", nesting: list.nesting)
    }

    override func next(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? {
        guard self.position < self.elements.count else { return nil }
        defer { self.position += 1 }
        return self.elements[self.position]
    }
}

final class RangeIterator: TemplateIterator {
    private let range: TemplateRange
    private var position = 0

    init(_ range: TemplateRange) {
        self.range = range
        super.init(typeName: "range_iterator")
    }

    override func next(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? {
        guard self.position < self.range.count else { return nil }
        defer { self.position += 1 }
        return .integer(self.range[self.position])
    }
}

final class ViewIterator: TemplateIterator {
    private let view: TemplateMappingView
    private var position = 0

    init(_ view: TemplateMappingView) {
        self.view = view
        super.init(typeName: "dict_iterator", nesting: view.mapping.nesting + 1)
    }

    override func next(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? {
        guard self.position < self.view.count else { return nil }
        defer { self.position += 1 }
        return self.view[self.position]
    }
}

/// The characters of a text.
final class CharacterIterator: TemplateIterator {
    private var scalars: String.UnicodeScalarView.Iterator

    init(_ text: String) {
        self.scalars = text.unicodeScalars.makeIterator()
        super.init(typeName: "str_iterator")
    }

    override func next(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? {
        self.scalars.next().map { .string(String($0)) }
    }
}

/// Values that something makes of those of another iterator: `nil` from `transform` leaves one out.
final class GeneratedIterator: TemplateIterator {
    typealias Transform = (TemplateRenderer, TemplateValue) throws(TemplateError) -> TemplateValue?

    private let source: TemplateIterator
    private let transform: Transform

    init(_ source: TemplateIterator, _ transform: @escaping Transform) {
        self.source = source
        self.transform = transform
        super.init(typeName: "generator", nesting: source.nesting + 1)
    }

    override func next(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? {
        while let value = try self.source.next(renderer) {
            try renderer.charge(steps: 1)
            if let result = try self.transform(renderer, value) { return result }
        }
        return nil
    }
}

/// Values that are all computed when the first of them is asked for.
final class DeferredIterator: TemplateIterator {
    typealias Compute = (TemplateRenderer) throws(TemplateError) -> TemplateIterator

    private var compute: Compute?
    private var values: TemplateIterator?

    init(nesting: Int, _ compute: @escaping Compute) {
        self.compute = compute
        super.init(typeName: "generator", nesting: nesting + 1)
    }

    override func next(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? {
        if let compute = self.compute {
            self.compute = nil
            self.values = try compute(renderer)
        }
        return try self.values?.next(renderer)
    }
}
