import Foundation

/// Unicode's NFC with the reference's tables, which are those of Unicode 9.0.
///
/// Foundation has newer tables, and on Linux its NFC leaves some Hangul apart and joins some that do not belong
/// together. So it is asked only what one scalar decomposes into; sorting and composing are done here. A scalar that
/// is younger than the reference's tables neither composes nor reorders: nothing moves across it.
enum CanonicalComposition {
    static func compose(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var segment: [Unicode.Scalar] = []
        var isChanged = false
        var index = 0
        while let scalar = index < text.count ? UTF8Text.scalar(in: text, at: index) : nil {
            index += UTF8.width(scalar)
            if self.startsSegment(scalar) {
                isChanged = self.append(segment, to: &output) || isChanged
                segment.removeAll(keepingCapacity: true)
            }
            segment.append(scalar)
        }
        isChanged = self.append(segment, to: &output) || isChanged
        return isChanged ? output : text
    }

    // MARK: Segments

    /// Nothing before the scalar can compose or change places with it.
    private static func startsSegment(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x300, 0x2010...0x2027, 0x3001...0x3029, 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FD5,
            0xAC00...0xD7A3, 0xFF01...0xFF5E:
            true
        default: !self.isKnown(scalar)
        }
    }

    private static let referenceVersion = (major: 9, minor: 0)

    private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        guard let age = scalar.properties.age else { return true }
        return (age.major, age.minor) <= (self.referenceVersion.major, self.referenceVersion.minor)
    }

    /// Composes one segment; says whether that made a difference.
    private static func append(_ segment: [Unicode.Scalar], to output: inout [UInt8]) -> Bool {
        // A lone segment start is composed already, and the first scalar of a text may be anything.
        guard segment.count > 1 || segment.first.map({ !self.startsSegment($0) }) ?? false else {
            for scalar in segment { output.append(contentsOf: String(scalar).utf8) }
            return false
        }
        var composed: [Unicode.Scalar] = []
        if let first = segment.first, !self.isKnown(first) {
            composed = [first] + self.composed(self.decomposed(segment.dropFirst()))
        } else {
            composed = self.composed(self.decomposed(segment[...]))
        }
        for scalar in composed { output.append(contentsOf: String(scalar).utf8) }
        return composed != segment
    }

    // MARK: Decomposition

    /// The scalars' full decomposition, with every run of marks in canonical order.
    private static func decomposed(_ scalars: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        var output: [Unicode.Scalar] = []
        // Marks since the last starter. Sorted with their places, because marks of one class keep their order.
        var marks: [(rank: UInt8, place: Int, scalar: Unicode.Scalar)] = []
        func sortMarks() {
            marks.sort { ($0.rank, $0.place) < ($1.rank, $1.place) }
            for mark in marks { output.append(mark.scalar) }
            marks.removeAll(keepingCapacity: true)
        }
        for scalar in scalars {
            for part in self.decomposition(of: scalar) {
                let rank = self.combiningClass(of: part)
                if rank > 0 {
                    marks.append((rank, marks.count, part))
                } else {
                    sortMarks()
                    output.append(part)
                }
            }
        }
        sortMarks()
        return output
    }

    private static func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        if scalar.value < 0xC0 { return [scalar] }
        if let (leading, vowel, trailing) = Hangul.parts(of: scalar) {
            return [leading, vowel] + (trailing.map { [$0] } ?? [])
        }
        return Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
    }

    private static func combiningClass(of scalar: Unicode.Scalar) -> UInt8 {
        scalar.value < 0x300 ? 0 : scalar.properties.canonicalCombiningClass.rawValue
    }

    // MARK: Composition

    /// Joins each starter with what follows it, as long as nothing stands between that blocks it.
    private static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var output: [Unicode.Scalar] = []
        var starter: Int?
        var lastClass: UInt8 = 0
        for scalar in scalars {
            let rank = self.combiningClass(of: scalar)
            if let place = starter, place == output.count - 1 || lastClass < rank,
                let joined = self.composite(output[place], scalar)
            {
                output[place] = joined
                continue
            }
            if rank == 0 { starter = output.count }
            lastClass = rank
            output.append(scalar)
        }
        return output
    }

    private static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        Hangul.composite(first, second) ?? self.composites[UInt64(first.value) << 32 | UInt64(second.value)]
    }

    /// Every composite of the reference's tables by its two parts, Hangul aside.
    private static let composites: [UInt64: Unicode.Scalar] = {
        var composites: [UInt64: Unicode.Scalar] = [:]
        let ranges: [ClosedRange<UInt32>] = [0xC0...0x30FF, 0x11000...0x11FFF]
        for value in ranges.joined() {
            guard let scalar = Unicode.Scalar(value), !scalar.properties.isFullCompositionExclusion,
                Self.isKnown(scalar), let last = Self.decomposition(of: scalar).last, last != scalar
            else { continue }
            // What is left without its last part composes to a scalar of its own.
            let rest = String(String.UnicodeScalarView(Self.decomposition(of: scalar).dropLast()))
            guard let first = rest.precomposedStringWithCanonicalMapping.unicodeScalars.first else { continue }
            composites[UInt64(first.value) << 32 | UInt64(last.value)] = scalar
        }
        return composites
    }()
}

/// Unicode's arithmetic of Hangul syllables.
private enum Hangul {
    private static let (syllables, leadings, vowels, trailings): (UInt32, UInt32, UInt32, UInt32) = (
        0xAC00, 0x1100, 0x1161, 0x11A7
    )
    private static let (leadingCount, vowelCount, trailingCount): (UInt32, UInt32, UInt32) = (19, 21, 28)

    static func parts(of scalar: Unicode.Scalar) -> (Unicode.Scalar, Unicode.Scalar, Unicode.Scalar?)? {
        guard self.syllables..<self.syllables + self.leadingCount * self.vowelCount * self.trailingCount ~= scalar.value
        else { return nil }
        let index = scalar.value - self.syllables
        let trailing = index % self.trailingCount
        guard let first = Unicode.Scalar(self.leadings + index / (self.vowelCount * self.trailingCount)),
            let second = Unicode.Scalar(self.vowels + index / self.trailingCount % self.vowelCount)
        else { return nil }
        return (first, second, trailing == 0 ? nil : Unicode.Scalar(self.trailings + trailing))
    }

    static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        if self.leadings..<self.leadings + self.leadingCount ~= first.value,
            self.vowels..<self.vowels + self.vowelCount ~= second.value
        {
            let pair = (first.value - self.leadings) * self.vowelCount + second.value - self.vowels
            return Unicode.Scalar(self.syllables + pair * self.trailingCount)
        }
        if let (_, _, trailing) = self.parts(of: first), trailing == nil,
            self.trailings + 1..<self.trailings + self.trailingCount ~= second.value
        {
            return Unicode.Scalar(first.value + second.value - self.trailings)
        }
        return nil
    }
}
