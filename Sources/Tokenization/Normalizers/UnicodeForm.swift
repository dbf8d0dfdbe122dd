import Foundation

/// One of Unicode's four normal forms with the reference's tables, which are those of Unicode 9.0.
///
/// Foundation has newer tables, and on Linux its NFC leaves some Hangul apart and joins some that do not belong
/// together. So it is asked only what one scalar decomposes into; sorting and composing are done here. A scalar that
/// is younger than the reference's tables neither composes nor reorders: nothing moves across it.
struct UnicodeForm: Sendable {
    private let decompositions: Decompositions
    private let composes: Bool
    /// Scalars that the form leaves as they are, and that nothing before them composes or changes places with.
    private let inert: [ClosedRange<UInt32>]

    static let nfc = UnicodeForm(
        .canonical,
        composes: true,
        inert: [
            0...0x2FF, 0x2010...0x2027, 0x3001...0x3029, 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FD5,
            0xAC00...0xD7A3, 0xFF01...0xFF5E,
        ]
    )
    static let nfd = UnicodeForm(
        .canonical,
        composes: false,
        inert: [0...0xBF, 0x2010...0x2027, 0x3001...0x3029, 0x4E00...0x9FD5, 0xFF01...0xFF5E]
    )
    static let nfkc = UnicodeForm(
        .compatible,
        composes: true,
        inert: [0...0x9F, 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FD5, 0xAC00...0xD7A3]
    )
    static let nfkd = UnicodeForm(.compatible, composes: false, inert: [0...0x9F, 0x4E00...0x9FD5])

    private init(_ decompositions: Decompositions, composes: Bool, inert: [ClosedRange<UInt32>]) {
        self.decompositions = decompositions
        self.composes = composes
        self.inert = inert
    }

    func normalize(_ text: [UInt8]) -> [UInt8] {
        var index = self.endOfNormalStart(text)
        guard index < text.count else { return text }
        var output = Array(text[..<index])
        output.reserveCapacity(text.count)
        var segment = Segment()
        while index < text.count, let scalar = UTF8Text.scalar(in: text, at: index) {
            if self.isInert(scalar) { segment.flush(composes: self.composes, to: &output) }
            self.append(scalar, to: &segment)
            index += UTF8Text.width(ofLead: text[index])
        }
        segment.flush(composes: self.composes, to: &output)
        return output
    }

    /// Up to where the text surely is in the form already, whatever follows.
    private func endOfNormalStart(_ text: [UInt8]) -> Int {
        var lastInert = 0
        var index = 0
        while index < text.count, let scalar = UTF8Text.scalar(in: text, at: index) {
            guard self.isInert(scalar) else { return lastInert }
            lastInert = index
            index += UTF8Text.width(ofLead: text[index])
        }
        return text.count
    }

    private func isInert(_ scalar: Unicode.Scalar) -> Bool {
        for range in self.inert where scalar.value <= range.upperBound { return range.lowerBound <= scalar.value }
        return false
    }

    private func append(_ scalar: Unicode.Scalar, to segment: inout Segment) {
        if let (leading, vowel, trailing) = HangulSyllable.parts(of: scalar) {
            segment.append(leading)
            segment.append(vowel)
            if let trailing { segment.append(trailing) }
        } else if let parts = self.decompositions[scalar] {
            for part in parts { segment.append(part) }
        } else {
            segment.append(scalar)
        }
    }
}

/// Decomposed scalars of which none composes or changes places with one outside.
private struct Segment {
    private var scalars: [Unicode.Scalar] = []
    /// The scalars' combining classes.
    private var classes: [UInt8] = []
    /// Where the run of marks begins that the segment ends with.
    private var marksStart = 0
    private var isSorted = true

    mutating func append(_ scalar: Unicode.Scalar) {
        let rank = Self.combiningClass(of: scalar)
        if rank == 0 {
            self.sortMarks()
            self.marksStart = self.scalars.count + 1
        } else if self.scalars.count > self.marksStart, let last = self.classes.last, last > rank {
            self.isSorted = false
        }
        self.scalars.append(scalar)
        self.classes.append(rank)
    }

    mutating func flush(composes: Bool, to output: inout [UInt8]) {
        self.sortMarks()
        if composes, self.scalars.count > 1 { self.compose() }
        for scalar in self.scalars { UTF8Text.append(scalar, to: &output) }
        self.scalars.removeAll(keepingCapacity: true)
        self.classes.removeAll(keepingCapacity: true)
        self.marksStart = 0
    }

    /// Puts the marks at the end into canonical order, in which marks of one class keep theirs.
    private mutating func sortMarks() {
        guard !self.isSorted else { return }
        self.isSorted = true
        let places = (self.marksStart..<self.scalars.count).sorted { first, second in
            (self.classes[first], first) < (self.classes[second], second)
        }
        let (scalars, classes) = (places.map { self.scalars[$0] }, places.map { self.classes[$0] })
        self.scalars.replaceSubrange(self.marksStart..., with: scalars)
        self.classes.replaceSubrange(self.marksStart..., with: classes)
    }

    /// Joins each starter with what follows it, as long as nothing stands between that blocks it.
    private mutating func compose() {
        var count = 0
        var starter: Int?
        var lastClass: UInt8 = 0
        for index in self.scalars.indices {
            let scalar = self.scalars[index]
            let rank = self.classes[index]
            if let place = starter, place == count - 1 || lastClass < rank,
                let joined = Self.composite(self.scalars[place], scalar)
            {
                self.scalars[place] = joined
                continue
            }
            if rank == 0 { starter = count }
            lastClass = rank
            self.scalars[count] = scalar
            count += 1
        }
        self.scalars.removeLast(self.scalars.count - count)
    }

    private static func combiningClass(of scalar: Unicode.Scalar) -> UInt8 {
        // Jamo, which Hangul decomposes into, are no marks.
        if scalar.value < 0x300 || 0x1100...0x11FF ~= scalar.value { return 0 }
        let rank = scalar.properties.canonicalCombiningClass.rawValue
        return rank > 0 && scalar.isAssigned(asOf: Decompositions.version) ? rank : 0
    }

    private static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        HangulSyllable.composite(first, second) ?? self.composites[UInt64(first.value) << 32 | UInt64(second.value)]
    }

    /// Every composite by its two parts, Hangul aside.
    private static let composites: [UInt64: Unicode.Scalar] = {
        var composites: [UInt64: Unicode.Scalar] = [:]
        for (scalar, parts) in Decompositions.canonical.all {
            guard !scalar.properties.isFullCompositionExclusion, let last = parts.last else { continue }
            // What is left without its last part composes to a scalar of its own.
            let rest = String(String.UnicodeScalarView(parts.dropLast()))
            guard let first = rest.precomposedStringWithCanonicalMapping.unicodeScalars.first else { continue }
            composites[UInt64(first.value) << 32 | UInt64(last.value)] = scalar
        }
        return composites
    }()
}
