import Foundation

/// `strftime` in the C locale, for the local time of a moment.
struct TemplateTime {
    private let parts: DateComponents
    private let zone: TimeZone
    private let moment: Date

    init(_ moment: Date, zone: TimeZone = .current) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.parts = calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second, .nanosecond, .weekday, .dayOfYear],
            from: moment
        )
        self.zone = zone
        self.moment = moment
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    func text(_ format: String) throws(TemplateError) -> String {
        var output = ""
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%", var directive = scalars.next() else {
                output.unicodeScalars.append(scalar)
                continue
            }
            // glibc's flags: `-` leaves padding out, `_` pads with spaces, `0` with zeros.
            var padding: Character?
            if directive == "-" || directive == "_" || directive == "0" {
                padding = Character(directive)
                guard let next = scalars.next() else { return output + "%" + String(directive) }
                directive = next
            }
            guard let text = self.text(directive, padding) else {
                throw .unsupported("`%\(directive)` in strftime_now")
            }
            output += text
        }
        return output
    }

    private func text(_ directive: Unicode.Scalar, _ padding: Character?) -> String? {
        let (hour, weekday, month) = (self.parts.hour ?? 0, (self.parts.weekday ?? 1) - 1, (self.parts.month ?? 1) - 1)
        let hour12 = hour % 12 == 0 ? 12 : hour % 12
        func number(_ value: Int?, _ width: Int, _ usual: Character = "0") -> String {
            let digits = String(value ?? 0)
            let fill = padding == "_" ? " " : padding ?? usual
            return padding == "-"
                ? digits : String(repeating: fill, count: max(width - digits.count, 0)) + digits
        }
        switch directive {
        case "Y": return number(self.parts.year, 1)
        case "C": return number((self.parts.year ?? 0) / 100, 2)
        case "y": return number((self.parts.year ?? 0) % 100, 2)
        case "m": return number(self.parts.month, 2)
        case "d": return number(self.parts.day, 2)
        case "e": return number(self.parts.day, 2, " ")
        case "H": return number(hour, 2)
        case "k": return number(hour, 2, " ")
        case "I": return number(hour12, 2)
        case "l": return number(hour12, 2, " ")
        case "M": return number(self.parts.minute, 2)
        case "S": return number(self.parts.second, 2)
        case "j": return number(self.parts.dayOfYear, 3)
        case "f": return number((self.parts.nanosecond ?? 0) / 1000, 6)
        case "u": return number(weekday == 0 ? 7 : weekday, 1)
        case "w": return number(weekday, 1)
        case "s": return number(Int(self.moment.timeIntervalSince1970.rounded(.down)), 1)
        case "B": return Self.months[month]
        case "b", "h": return String(Self.months[month].prefix(3))
        case "A": return Self.days[weekday]
        case "a": return String(Self.days[weekday].prefix(3))
        case "p": return hour < 12 ? "AM" : "PM"
        case "P": return hour < 12 ? "am" : "pm"
        // The moment has no time zone in Python, so these are empty.
        case "Z", "z": return ""
        case "n": return "\n"
        case "t": return "\t"
        case "%": return "%"
        default: return self.composed(directive)
        }
    }

    /// Directives that stand for several others.
    private func composed(_ directive: Unicode.Scalar) -> String? {
        let parts: [(Unicode.Scalar, String)]
        switch directive {
        case "D", "x": parts = [("m", "/"), ("d", "/"), ("y", "")]
        case "F": parts = [("Y", "-"), ("m", "-"), ("d", "")]
        case "T", "X": parts = [("H", ":"), ("M", ":"), ("S", "")]
        case "R": parts = [("H", ":"), ("M", "")]
        case "r": parts = [("I", ":"), ("M", ":"), ("S", " "), ("p", "")]
        case "c": parts = [("a", " "), ("b", " "), ("e", " "), ("T", " "), ("Y", "")]
        default: return nil
        }
        return parts.reduce(into: "") { $0 += (self.text($1.0, nil) ?? "") + $1.1 }
    }
}
