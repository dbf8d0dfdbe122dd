/// Python's upper, lower and title case, for all of Unicode.
enum TextCase {
    static func upper(_ text: String) -> String {
        self.mapped(text) {
            $0.isASCII ? nil : $0.properties.uppercaseMapping
        } ascii: {
            $0.uppercase
        }
    }

    static func lower(_ text: String) -> String {
        guard text.unicodeScalars.contains("\u{3A3}") else {
            return self.mapped(text) {
                $0.isASCII ? nil : $0.properties.lowercaseMapping
            } ascii: {
                $0.lowercase
            }
        }
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.reduce(into: "") { $0 += self.lower(scalars, at: $1) }
    }

    /// What the scalar at `index` is in lower case, where a sigma at a word's end has a form of its own.
    private static func lower(_ scalars: [Unicode.Scalar], at index: Int) -> String {
        guard scalars[index] == "\u{3A3}" else { return scalars[index].properties.lowercaseMapping }
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
        return isFinal ? "\u{3C2}" : "\u{3C3}"
    }

    private static func mapped(
        _ text: String,
        _ mapping: (Unicode.Scalar) -> String?,
        ascii: (UInt8) -> UInt8
    ) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if let mapped = mapping(scalar) { output += mapped.utf8 } else { output.append(ascii(UInt8(scalar.value))) }
        }
        return String(decoding: output, as: UTF8.self)
    }

    static func capitalize(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.reduce(into: "") {
            $0 += $1 == 0 ? scalars[0].properties.titlecaseMapping : self.lower(scalars, at: $1)
        }
    }

    /// Each run of letters with case starts in title case and goes on in lower case.
    static func title(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var output = ""
        var isInside = false
        for index in scalars.indices {
            output += isInside ? self.lower(scalars, at: index) : scalars[index].properties.titlecaseMapping
            isInside = scalars[index].properties.isCased
        }
        return output
    }

    static func swap(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.reduce(into: "") { output, index in
            let scalar = scalars[index]
            if scalar.properties.isUppercase {
                output += self.lower(scalars, at: index)
            } else {
                output += scalar.properties.isLowercase ? scalar.properties.uppercaseMapping : String(scalar)
            }
        }
    }

    static func fold(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { output, scalar in
            // The dotless i would come back with its dot.
            if scalar == "\u{131}" {
                output.unicodeScalars.append(scalar)
            } else {
                for upper in scalar.properties.uppercaseMapping.unicodeScalars {
                    output += upper.properties.lowercaseMapping
                }
            }
        }
    }

    static func isLower(_ text: String) -> Bool {
        var hasCase = false
        for scalar in text.unicodeScalars {
            if PythonCharacter.isUppercase(scalar) || PythonCharacter.isTitlecase(scalar) { return false }
            if PythonCharacter.isLowercase(scalar) { hasCase = true }
        }
        return hasCase
    }

    static func isUpper(_ text: String) -> Bool {
        var hasCase = false
        for scalar in text.unicodeScalars {
            if PythonCharacter.isLowercase(scalar) || PythonCharacter.isTitlecase(scalar) { return false }
            if PythonCharacter.isUppercase(scalar) { hasCase = true }
        }
        return hasCase
    }

    static func isTitle(_ text: String) -> Bool {
        var (hasCase, isInside) = (false, false)
        for scalar in text.unicodeScalars {
            if PythonCharacter.isUppercase(scalar) || PythonCharacter.isTitlecase(scalar) {
                if isInside { return false }
                (hasCase, isInside) = (true, true)
            } else if PythonCharacter.isLowercase(scalar) {
                if !isInside { return false }
                hasCase = true
            } else {
                isInside = false
            }
        }
        return hasCase
    }
}

extension UInt8 {
    fileprivate var uppercase: UInt8 { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self ? self - 32 : self }

    fileprivate var lowercase: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self + 32 : self }
}
