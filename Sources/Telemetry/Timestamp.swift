/// Instants as RFC 3339 text in UTC with milliseconds.
///
/// Written here because a log line must not pay for a general date formatter.
enum Timestamp {
    static func text(_ secondsSinceEpoch: Double) -> String {
        // Year 1 to year 9999; a clock outside that is broken, and a log must still be written.
        let bounded = min(max(secondsSinceEpoch.isFinite ? secondsSinceEpoch : 0, -62_135_596_800), 253_402_300_799)
        let milliseconds = Int((bounded * 1000).rounded(.down))
        let day = milliseconds.flooredQuotient(by: 86_400_000)
        let inDay = milliseconds - day * 86_400_000
        let date = Self.civil(day)
        return "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T"
            + "\(pad(inDay / 3_600_000, 2)):\(pad(inDay / 60_000 % 60, 2)):\(pad(inDay / 1000 % 60, 2))"
            + ".\(pad(inDay % 1000, 3))Z"
    }

    /// The Gregorian date of a day counted from 1970-01-01.
    ///
    /// Counted in eras of 400 years of 146,097 days that start on 1 March, so that a leap day is a year's last day.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

extension Int {
    fileprivate func flooredQuotient(by divisor: Int) -> Int {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
