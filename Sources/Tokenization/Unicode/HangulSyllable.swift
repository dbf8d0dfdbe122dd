/// Unicode's arithmetic of Hangul syllables.
enum HangulSyllable {
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
