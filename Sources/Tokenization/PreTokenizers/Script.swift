/// The script of a character, as the step that cuts a text where its script changes has it.
///
/// Hiragana, Katakana and Han are one script. A space, and what the reference's table lacks, has none and goes with
/// what stands before it.
enum Script {
    private struct Run {
        var first: UInt32
        var last: UInt32
        var script: UInt16
    }

    /// A number for each script; 0 for none.
    static func number(of scalar: Unicode.Scalar) -> UInt16 {
        switch scalar.value {
        // Han and Hangul, of which texts are full.
        case 0x4E00...0x9FA5: return self.han
        case 0xAC00...0xD7A3: return self.hangul
        default: return self.lookUp(scalar.value)
        }
    }

    private static let han = Self.lookUp(0x4E00)
    private static let hangul = Self.lookUp(0xAC00)

    private static func lookUp(_ value: UInt32) -> UInt16 {
        var low = 0
        var high = self.runs.count
        while low < high {
            let middle = (low + high) / 2
            if self.runs[middle].last < value { low = middle + 1 } else { high = middle }
        }
        guard low < self.runs.count, self.runs[low].first <= value else { return 0 }
        return self.runs[low].script
    }

    /// Appends what becomes of the piece `range` of `text`.
    ///
    /// What stands before the first character that has a script is dropped, as in the reference.
    static func appendPieces(of text: [UInt8], _ range: Range<Int>, to pieces: inout [Range<Int>]) {
        var start: Int?
        var lastScript: UInt16 = 0
        UTF8Text.forEachScalar(in: text, range) { scalar, index in
            let script = self.number(of: scalar)
            guard script > 0, script != lastScript else { return }
            if let start { pieces.append(start..<index) }
            start = index
            lastScript = script
        }
        if let start { pieces.append(start..<range.upperBound) }
    }

    private static let runs: [Run] = Script.table.split(whereSeparator: \.isWhitespace).compactMap { entry in
        let fields = entry.split(separator: ":")
        let bounds = fields[0].split(separator: "-").compactMap { UInt32($0, radix: 16) }
        guard let first = bounds.first, let last = bounds.last, fields.count == 2, let script = UInt16(fields[1]) else {
            return nil
        }
        return Run(first: first, last: last, script: script)
    }
}
