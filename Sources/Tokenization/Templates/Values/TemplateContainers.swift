// Python's sequences. All of them are constant once they are made: a template can't change a list.

final class TemplateList {
    let elements: [TemplateValue]
    let nesting: Int

    init(_ elements: [TemplateValue]) {
        self.elements = elements
        self.nesting = 1 + elements.deepestNesting
    }
}

final class TemplateTuple {
    let elements: [TemplateValue]
    /// The names by which the elements can be had as well; none for a plain tuple.
    let names: [String]
    let nesting: Int

    init(_ elements: [TemplateValue], names: [String] = []) {
        self.elements = elements
        self.names = names
        self.nesting = 1 + elements.deepestNesting
    }
}

extension [TemplateValue] {
    var deepestNesting: Int {
        var deepest = 0
        for index in self.indices { deepest = Swift.max(deepest, self[index].nesting) }
        return deepest
    }
}

final class TemplateRange {
    let start: Int
    let stop: Int
    let step: Int
    let count: Int

    /// A range without the check that its numbers fit; nil when they do not, or when the step is 0.
    init?(start: Int, stop: Int, step: Int) {
        self.start = start
        self.stop = stop
        self.step = step
        let (distance, overflow) =
            step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
        guard step != 0, step != .min, !overflow else { return nil }
        self.count = distance <= 0 ? 0 : (distance - 1) / Swift.abs(step) + 1
    }

    subscript(position: Int) -> Int { self.start + position * self.step }

    func contains(_ value: Int) -> Bool {
        let (distance, overflow) = value.subtractingReportingOverflow(self.start)
        return !overflow && distance % self.step == 0 && 0..<self.count ~= distance / self.step
    }
}
