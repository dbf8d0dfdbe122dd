/// An instant of civil time, to the millisecond, as Kafka's timestamps have it.
public struct WallTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var millisecondsSince1970: Int64

    public init(millisecondsSince1970: Int64) { self.millisecondsSince1970 = millisecondsSince1970 }

    /// Whole seconds since 1970, rounded down.
    public var secondsSince1970: Int64 {
        let (quotient, remainder) = self.millisecondsSince1970.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.millisecondsSince1970 < rhs.millisecondsSince1970 }

    /// How long it is from `earlier` to this; negative if `earlier` is later.
    public func duration(since earlier: WallTime) -> Duration {
        let (difference, overflow) = self.millisecondsSince1970.subtractingReportingOverflow(
            earlier.millisecondsSince1970
        )
        return .milliseconds(overflow ? (self > earlier ? Int64.max : Int64.min) : difference)
    }

    public var description: String { self.rfc3339 }
}

// MARK: RFC 3339

extension WallTime {
    /// Reads the RFC 3339 form, strictly: `2026-11-24T05:00:00Z`, `2026-11-24t14:00:00.25+09:00`; nil for anything else.
    ///
    /// Date and time are separated by `T`, in either case; an offset or `Z` is required; a leap second is read as the
    /// second after it; digits past the millisecond are cut off.
    public init?(rfc3339 text: String) {
        var reader = DigitReader(bytes: Array(text.utf8))
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2, in: 1...12),
            reader.skip("-"), let day = reader.number(digits: 2, in: 1...31),
            day <= Self.days(inMonth: month, year: year),
            reader.skip("T") || reader.skip("t"), let hour = reader.number(digits: 2, in: 0...23), reader.skip(":"),
            let minute = reader.number(digits: 2, in: 0...59), reader.skip(":"),
            let second = reader.number(digits: 2, in: 0...60)
        else { return nil }
        guard let millisecond = reader.fraction(), let offsetMinutes = reader.zone(), reader.isAtEnd else { return nil }
        let minutes = (Self.daysSince1970(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offsetMinutes
        self.init(millisecondsSince1970: (minutes * 60 + second) * 1000 + millisecond)
    }

    /// The instant in UTC: `2026-11-24T05:00:00.250Z`, without the fraction where it is zero.
    public var rfc3339: String {
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let seconds = self.secondsSince1970
        let millisecond = self.millisecondsSince1970 - seconds * 1000
        let secondOfDay = ((seconds % 86400) + 86400) % 86400
        let (year, month, day) = Self.civil(daysSince1970: (seconds - secondOfDay) / 86400)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let clock = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map { padded($0, 2) }
        let fraction = millisecond == 0 ? "" : "." + padded(millisecond, 3)
        return "\(date)T\(clock.joined(separator: ":"))\(fraction)Z"
    }

    private static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Both conversions count in eras of 400 years (146,097 days) from 1 March of year 0, so that the leap day is
    // the last of its year. `marchMonth` is 0 for March and 11 for February.

    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let marchMonth = (month + 9) % 12
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

/// Reads the fixed-width parts of a timestamp, one after another.
private struct DigitReader {
    let bytes: [UInt8]
    var cursor = 0

    var isAtEnd: Bool { self.cursor == self.bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard self.cursor < self.bytes.count, self.bytes[self.cursor] == UInt8(ascii: character) else { return false }
        self.cursor += 1
        return true
    }

    mutating func digit() -> Int64? {
        guard self.cursor < self.bytes.count, case 0x30...0x39 = self.bytes[self.cursor] else { return nil }
        self.cursor += 1
        return Int64(self.bytes[self.cursor - 1]) - 0x30
    }

    mutating func number(digits: Int, in range: ClosedRange<Int64> = 0...9999) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = self.digit() else { return nil }
            value = value * 10 + digit
        }
        return range.contains(value) ? value : nil
    }

    /// Milliseconds of a fraction; 0 if there is none, nil if there is a point without digits.
    mutating func fraction() -> Int64? {
        guard self.skip(".") else { return 0 }
        guard var value = self.digit() else { return nil }
        var digits = 1
        while let digit = self.digit() {
            if digits < 3 {
                value = value * 10 + digit
                digits += 1
            }
        }
        while digits < 3 {
            value *= 10
            digits += 1
        }
        return value
    }

    /// Minutes east of UTC.
    mutating func zone() -> Int64? {
        if self.skip("Z") || self.skip("z") { return 0 }
        let sign: Int64
        if self.skip("+") { sign = 1 } else if self.skip("-") { sign = -1 } else { return nil }
        guard let hours = self.number(digits: 2, in: 0...23), self.skip(":"),
            let minutes = self.number(digits: 2, in: 0...59)
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
