import Settings

/// The points of a curve, between commas: `1,8,64`.
struct Points: SettingValue, ExpressibleByArrayLiteral {
    var values: [Int]

    init(arrayLiteral values: Int...) { self.values = values }

    private init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        self.values = parts.compactMap { Int($0) }.filter { 1...1_000_000 ~= $0 }
        guard self.values.count == parts.count else { return nil }
    }

    static var format: ValueFormat<Points> {
        ValueFormat(
            placeholder: "N,N,…",
            expected: "whole numbers from 1 to 1000000 between commas",
            parse: { Points($0) },
            text: { $0.values.map(String.init).joined(separator: ",") }
        )
    }
}
