/// The members of a JSON object, in the order in which they were written.
///
/// A key stands once: setting it again replaces the value and keeps its place. Keys are told apart
/// by their bytes; Swift's string equality would take `é` and `e` + accent for one key.
public struct JSONObject: Sendable {
    public typealias Member = (key: String, value: JSONValue)

    private var members: [Member] = []
    /// Where each key stands.
    ///
    /// Built from `indexThreshold` members on: short objects are searched faster than hashed.
    private var positions: [ExactKey: Int] = [:]
    private static let indexThreshold = 16

    public init() {}

    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    public var keys: [String] { self.members.map(\.key) }

    public subscript(key: String) -> JSONValue? {
        get { self.position(of: key).map { self.members[$0].value } }
        set {
            guard let newValue else { return self.remove(key) }
            if let position = self.position(of: key) {
                self.members[position].value = newValue
            } else {
                self.append(key, newValue)
            }
        }
    }

    /// Adds a member unless the key is already there; says whether it was added.
    mutating func insert(_ key: String, _ value: JSONValue) -> Bool {
        guard self.position(of: key) == nil else { return false }
        self.append(key, value)
        return true
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        self.members.append((key, value))
        if self.members.count == Self.indexThreshold {
            self.reindex()
        } else if self.members.count > Self.indexThreshold {
            self.positions[ExactKey(text: key)] = self.members.count - 1
        }
    }

    private mutating func remove(_ key: String) {
        guard let position = self.position(of: key) else { return }
        self.members.remove(at: position)
        self.reindex()
    }

    private mutating func reindex() {
        self.positions.removeAll(keepingCapacity: true)
        guard self.members.count >= Self.indexThreshold else { return }
        for (position, member) in self.members.enumerated() { self.positions[ExactKey(text: member.key)] = position }
    }

    private func position(of key: String) -> Int? {
        if self.members.count < Self.indexThreshold {
            return self.members.firstIndex { ExactKey(text: $0.key) == ExactKey(text: key) }
        }
        return self.positions[ExactKey(text: key)]
    }

    private struct ExactKey: Hashable {
        let text: String

        static func == (lhs: Self, rhs: Self) -> Bool { lhs.text.utf8.elementsEqual(rhs.text.utf8) }

        func hash(into hasher: inout Hasher) {
            for byte in self.text.utf8 { hasher.combine(byte) }
        }
    }
}

extension JSONObject: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { self.members.count }
    public subscript(position: Int) -> Member { self.members[position] }
}

extension JSONObject: Hashable {
    /// Two objects are equal when they hold the same members, in any order, as JSON defines it.
    public static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.count == rhs.count && lhs.allSatisfy { rhs[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        var combined = 0
        for member in self.members {
            var one = Hasher()
            one.combine(member.key)
            one.combine(member.value)
            combined ^= one.finalize()
        }
        hasher.combine(combined)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
