/// A set of characters in a pattern: a class, or what `\p{L}` and its like stand for.
///
/// General categories stay names for as long as they can, since PCRE2 finds those in tables of its own. Only what its
/// classes cannot say, a negated set or an intersection inside a class, is written out as ranges.
struct PatternSet {
    private enum Part {
        case category(CategoryGroup)
        case scalars(UnicodeSet)
    }

    /// The set is what any of them has, or what none of them has.
    private var parts: [Part] = []
    private var isNegated = false

    init() {}

    init(_ range: ClosedRange<Unicode.Scalar>) {
        self.parts = [.scalars(UnicodeSet([range.lowerBound.value...range.upperBound.value]))]
    }

    /// Whether nothing was put in yet.
    var isEmpty: Bool { self.parts.isEmpty }

    /// Whether it lists letters of ASCII, for which case means the same to both engines.
    var isLettersOfASCII: Bool {
        !self.isNegated
            && self.parts.allSatisfy { part in
                guard case .scalars(let set) = part else { return false }
                return set.ranges.allSatisfy { range in
                    [0x41...0x5A, 0x61...0x7A].contains { $0 ~= range.lowerBound && $0 ~= range.upperBound }
                }
            }
    }

    mutating func insert(_ group: CategoryGroup) { self.parts.append(.category(group)) }

    mutating func insert(_ set: UnicodeSet) { self.parts.append(.scalars(set)) }

    mutating func negate() { self.isNegated.toggle() }

    mutating func formUnion(_ other: PatternSet) {
        guard !self.isEmpty else {
            self = other
            return
        }
        if self.isNegated { self = PatternSet(listing: self.scalars) }
        self.parts += other.isNegated ? [.scalars(other.scalars)] : other.parts
    }

    func intersection(_ other: PatternSet) -> PatternSet {
        PatternSet(listing: UnicodeSet(self.scalars.complement.ranges + other.scalars.complement.ranges).complement)
    }

    private init(listing set: UnicodeSet) { self.parts = [.scalars(set)] }

    /// All of its scalars.
    private var scalars: UnicodeSet {
        let union = UnicodeSet(
            self.parts.flatMap { part in
                switch part {
                case .category(let group): group.allScalars().ranges
                case .scalars(let set): set.ranges
                }
            }
        )
        return self.isNegated ? union.complement : union
    }

    // MARK: In PCRE2's words

    /// The set as a class.
    var text: String {
        let members = self.parts.map(Self.text).joined()
        // A class cannot be empty, but it can leave out everything.
        guard !members.isEmpty else { return (self.isNegated ? "[" : "[^") + "\\x{0}-\\x{10ffff}]" }
        return (self.isNegated ? "[^" : "[") + members + "]"
    }

    private static func text(of part: Part) -> String {
        switch part {
        case .scalars(let set): return self.text(of: set)
        case .category(let group):
            let reference = UnicodeSet.referenceVersion
            // Tables newer than the reference's know letters that it does not: then every scalar is listed.
            if PCRE2Regex.unicodeVersion > (reference.major, reference.minor) {
                return self.text(of: group.allScalars())
            }
            return "\\p{\(group.name)}" + self.text(of: group.scalarsUnknownToPCRE2())
        }
    }

    private static func text(of set: UnicodeSet) -> String {
        // Surrogates are no scalars, and PCRE2 refuses a range that ends in them.
        let ranges = set.ranges.flatMap { range -> [UnicodeSet.ScalarRange] in
            guard range.overlaps(0xD800...0xDFFF) else { return [range] }
            return [(range.lowerBound, 0xD7FF), (0xE000, range.upperBound)].compactMap { $0 <= $1 ? $0...$1 : nil }
        }
        return ranges.map { range in
            let first = "\\x{" + String(range.lowerBound, radix: 16) + "}"
            return range.count == 1 ? first : first + "-\\x{" + String(range.upperBound, radix: 16) + "}"
        }.joined()
    }
}
