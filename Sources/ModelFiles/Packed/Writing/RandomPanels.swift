import TensorKernels

/// Random panels of packed weights, made at the speed of writing memory; `dure_packed.h` draws what they look like.
///
/// The integers are uniform, the scales vary by a quarter. A panel's bytes depend on seed, name and the panel's number.
struct RandomPanels {
    private let noise: CounterNoise
    private let format: PackedFormat
    /// Little-endian scales, or for bf16 weights, to be chosen from by a byte.
    private let palette: [UInt32]

    /// Standard deviations of the uniform integers: -127...127 with zero twice, and -8...7.
    private static let integerDeviation: (int8: Float, int4: Float) = (73.6, 4.61)

    init(seed: UInt64, name: String, deviation: Float, format: PackedFormat) {
        self.noise = CounterNoise(seed: seed, name: name)
        self.format = format
        self.palette = (0..<256).map { byte in
            // From 0.75 to 1.25.
            let around = 0.75 + Float(byte & 127) / 254
            switch format {
            case .bf16: return UInt32(((Float(byte) - 127.5) / 73.9 * deviation).bfloat16)
            case .int8: return (deviation / Self.integerDeviation.int8 * around).bitPattern
            case .int4g32, .int4g64:
                // Either sign, because -8...7 is not centred on 0.
                let scale = deviation / Self.integerDeviation.int4 * around
                return UInt32((byte < 128 ? scale : -scale).bfloat16)
            }
        }
    }

    /// Writes whole panels.
    ///
    /// - Parameters:
    ///   - rows: Outputs, from a panel's boundary on.
    ///   - columns: Inputs.
    ///   - buffer: Where they go.
    ///   - byteOffset: Where they begin there.
    func write(rows: Range<Int>, columns: Int, to buffer: PageBuffer, at byteOffset: Int) {
        let panelBytes = self.format.panelBytes(columns: columns)
        let first = rows.lowerBound / self.format.panelOutputs
        for index in 0..<self.format.panelCount(rows: rows.count) {
            let start = byteOffset + index * panelBytes
            // Safe: `region` checks the range; the buffer is this thread's.
            let panel = unsafe buffer.region(start..<start + panelBytes)
            unsafe self.fill(panel, words: (first + index) * panelBytes / 8)
            let outputs = rows.count - index * self.format.panelOutputs
            unsafe self.clear(panel, outputs: outputs, columns: columns)
        }
    }

    /// Draws a panel whose random words begin with number `first`.
    private func fill(_ panel: UnsafeMutableRawBufferPointer, words first: Int) {
        let outputs = self.format.panelOutputs
        switch self.format {
        case .bf16:
            for word in 0..<panel.count / 16 {
                let bits = self.noise.bits(first + word)
                // Safe: eight weights of two bytes for each word: panels are whole cache lines.
                for weight in 0..<8 {
                    unsafe self.store(bits >> (8 * weight), 2, in: panel, at: word * 16 + weight * 2)
                }
            }
        case .int8:
            let weights = panel.count - outputs * 4
            for word in 0..<weights / 8 {
                // -128 is no weight: where a byte is 0, its highest bit is set, which makes it one of 0.
                let bits = self.noise.bits(first + word)
                let isSet = ((bits & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F) | bits
                let bytes = bits | (~isSet & 0x8080_8080_8080_8080)
                // Safe: `weights` is a multiple of 64.
                unsafe panel.storeBytes(of: bytes.littleEndian, toByteOffset: word * 8, as: UInt64.self)
            }
            unsafe self.fillScales(panel, at: weights, bytesEach: 4, words: first + weights / 8)
        case .int4g32, .int4g64:
            let weights = (self.format.groupInputs ?? 0) * outputs / 2
            for group in stride(from: 0, to: panel.count, by: weights + outputs * 2) {
                for byte in stride(from: group, to: group + weights, by: 8) {
                    let bits = self.noise.bits(first + byte / 8)
                    // Safe: a panel is whole groups, and a group whole words.
                    unsafe panel.storeBytes(of: bits.littleEndian, toByteOffset: byte, as: UInt64.self)
                }
                let scales = group + weights
                unsafe self.fillScales(panel, at: scales, bytesEach: 2, words: first + scales / 8)
            }
        }
    }

    private func fillScales(
        _ panel: UnsafeMutableRawBufferPointer,
        at byteOffset: Int,
        bytesEach: Int,
        words first: Int
    ) {
        for output in stride(from: 0, to: self.format.panelOutputs, by: 8) {
            let bits = self.noise.bits(first + output / 8)
            for scale in 0..<8 {
                // Safe: a panel has room for a scale of each of its outputs there.
                unsafe self.store(
                    bits >> (8 * scale),
                    bytesEach,
                    in: panel,
                    at: byteOffset + (output + scale) * bytesEach
                )
            }
        }
    }

    /// Stores what the palette has for the lowest byte of `choice`.
    @inline(__always)
    private func store(_ choice: UInt64, _ bytes: Int, in panel: UnsafeMutableRawBufferPointer, at byteOffset: Int) {
        let value = self.palette[Int(choice & 255)].littleEndian
        // Safe: callers stay within the panel.
        if bytes == 2 {
            unsafe panel.storeBytes(of: UInt16(truncatingIfNeeded: value), toByteOffset: byteOffset, as: UInt16.self)
        } else {
            unsafe panel.storeBytes(of: value, toByteOffset: byteOffset, as: UInt32.self)
        }
    }

    /// Makes zeros of what the panel has beyond its outputs and inputs.
    private func clear(_ panel: UnsafeMutableRawBufferPointer, outputs: Int, columns: Int) {
        let step = self.format.groupInputs ?? (self.format == .bf16 ? 2 : 4)
        let padded = (columns + step - 1) / step * step
        for output in 0..<self.format.panelOutputs {
            for input in (output < outputs ? columns : 0)..<padded {
                // Safe: the input and the output are in the panel.
                unsafe self.clear(panel, output, input)
            }
        }
    }

    private func clear(_ panel: UnsafeMutableRawBufferPointer, _ output: Int, _ input: Int) {
        // Safe: places as `dure_packed.h` draws them, of an output and an input that the panel has.
        switch self.format {
        case .bf16:
            unsafe panel.storeBytes(of: 0, toByteOffset: input / 2 * 256 + output * 4 + input % 2 * 2, as: UInt16.self)
        case .int8:
            unsafe panel[input / 4 * 256 + output * 4 + input % 4] = 128
        case .int4g32, .int4g64:
            let size = self.format.groupInputs ?? 32
            let group = input / size * (size * 16 + 64)
            let place = group + input % size / 8 * 128 + output * 4 + input % 4
            let isHigh = input % 8 >= 4
            unsafe panel[place] = panel[place] & (isHigh ? 0x0F : 0xF0) | (isHigh ? 0x80 : 0x08)
        }
    }
}
