extension JSONValue {
    /// Whether both say the same: members in any order, and 1 and 1.0 one number.
    ///
    /// `==` tells an integer from a number, because templates print them differently.
    public func isEquivalent(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let one), .array(let other)):
            return one.count == other.count && zip(one, other).allSatisfy { $0.isEquivalent(to: $1) }
        case (.object(let one), .object(let other)):
            return one.count == other.count
                && one.allSatisfy { member in other[member.key].map(member.value.isEquivalent(to:)) ?? false }
        default:
            guard let one = self.double, let other = other.double else { return self == other }
            return one == other
        }
    }
}
