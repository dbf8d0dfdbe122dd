/// The byte-level alphabet of GPT-2: every byte is written as one printable character.
///
/// Printable Latin-1 bytes stand for themselves; the other 68 follow from U+0100 on, in their order.
enum ByteAlphabet {
    /// The scalar that stands for each byte.
    static let scalars: [UInt32] = {
        var scalars: [UInt32] = []
        var next: UInt32 = 0x100
        for byte in UInt32(0)..<256 {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: scalars.append(byte)
            default:
                scalars.append(next)
                next += 1
            }
        }
        return scalars
    }()

    /// The byte that each scalar below U+0144 stands for; -1 where it stands for none.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// Appends `bytes` written in the alphabet, as UTF-8.
    static func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
        for byte in bytes {
            let scalar = self.scalars[Int(byte)]
            if scalar < 0x80 {
                output.append(UInt8(scalar))
            } else {
                output.append(UInt8(0xC0 | scalar >> 6))
                output.append(UInt8(0x80 | scalar & 0x3F))
            }
        }
    }

    /// The bytes that `token` writes.
    ///
    /// Nil when one of its characters is not of the alphabet.
    static func bytes(of token: some Sequence<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        var lead: UInt32 = 0
        for byte in token {
            let scalar: UInt32
            if lead != 0 {
                scalar = lead << 6 | UInt32(byte & 0x3F)
                lead = 0
            } else if byte < 0x80 {
                scalar = UInt32(byte)
            } else if 0xC2...0xC5 ~= byte {
                lead = UInt32(byte & 0x1F)
                continue
            } else {
                return nil
            }
            guard scalar < self.bytes.count, self.bytes[Int(scalar)] >= 0 else { return nil }
            output.append(UInt8(self.bytes[Int(scalar)]))
        }
        return output
    }
}
