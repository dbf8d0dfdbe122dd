import Foundation

/// What single scalars decompose into, in full, as of Unicode 9.0.
///
/// Foundation knows it, but takes long to say so for every scalar of a text. Hangul syllables are left out:
/// ``HangulSyllable`` computes them.
struct Decompositions: Sendable {
    static let canonical = Decompositions { $0.decomposedStringWithCanonicalMapping }
    static let compatible = Decompositions { $0.decomposedStringWithCompatibilityMapping }

    static let version = (major: 9, minor: 0)
    /// Where all scalars are that decompose.
    private static let ranges: [ClosedRange<UInt32>] = [
        0xA0...0x33FF, 0xA600...0xABFF, 0xF900...0xFFEF, 0x10000...0x11FFF, 0x1D000...0x1DFFF, 0x1EE00...0x1F2FF,
        0x2F800...0x2FA1F,
    ]

    /// For each 128 scalars the number of their page; page 0 is empty.
    private var pages = [UInt16](repeating: 0, count: 0x11_0000 >> 7)
    /// For each scalar of each page, where its decomposition lies: `start << 8 | count`, 0 without one.
    private var places = [UInt32](repeating: 0, count: 128)
    private var parts: [Unicode.Scalar] = []

    private init(_ decompose: (String) -> String) {
        for value in Self.ranges.joined() {
            guard let scalar = Unicode.Scalar(value), scalar.isAssigned(asOf: Self.version) else { continue }
            let parts = Array(decompose(String(scalar)).unicodeScalars)
            if parts != [scalar] { self.set(parts, for: scalar) }
        }
    }

    private mutating func set(_ parts: [Unicode.Scalar], for scalar: Unicode.Scalar) {
        let page = Int(scalar.value >> 7)
        if self.pages[page] == 0 {
            self.pages[page] = UInt16(self.places.count / 128)
            self.places += [UInt32](repeating: 0, count: 128)
        }
        let place = Int(self.pages[page]) * 128 + Int(scalar.value & 127)
        self.places[place] = UInt32(self.parts.count << 8 | parts.count)
        self.parts += parts
    }

    /// The parts of `scalar`; nil when it is one.
    subscript(scalar: Unicode.Scalar) -> ArraySlice<Unicode.Scalar>? {
        let page = Int(self.pages[Int(scalar.value >> 7)])
        let place = self.places[page * 128 + Int(scalar.value & 127)]
        guard place > 0 else { return nil }
        let start = Int(place >> 8)
        return self.parts[start..<start + Int(place & 0xFF)]
    }

    /// Every scalar with its parts, ascending.
    var all: [(scalar: Unicode.Scalar, parts: ArraySlice<Unicode.Scalar>)] {
        Self.ranges.joined().compactMap { value in
            guard let scalar = Unicode.Scalar(value), let parts = self[scalar] else { return nil }
            return (scalar, parts)
        }
    }
}
