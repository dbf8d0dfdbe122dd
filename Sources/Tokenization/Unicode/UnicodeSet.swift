import Synchronization

/// Sets of Unicode scalars as the reference's regex engine knows them.
///
/// The reference (Oniguruma in `tokenizers` 0.23) has Unicode 16.0. The standard library's tables may be newer: their
/// scalars of a later age count as unassigned.
struct UnicodeSet: Sendable, Equatable {
    typealias ScalarRange = ClosedRange<UInt32>

    /// Ascending, neither touching nor overlapping.
    private(set) var ranges: [ScalarRange] = []

    static let referenceVersion = (major: 16, minor: 0)

    init(_ ranges: [ScalarRange]) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = self.ranges.last, range.lowerBound <= last.upperBound + 1 {
                self.ranges[self.ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                self.ranges.append(range)
            }
        }
    }

    /// Every scalar that is not in the set.
    var complement: UnicodeSet {
        var gaps: [ScalarRange] = []
        var next: UInt32 = 0
        for range in self.ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return UnicodeSet(gaps)
    }

    func contains(_ scalar: UInt32) -> Bool { self.ranges.contains { $0 ~= scalar } }

    /// Unicode's White_Space: what `\s` means.
    static let whitespace = UnicodeSet([
        0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ])

    /// What `\w` has beyond letters, marks, numbers and connector punctuation: the symbols that count as alphabetic.
    static let alphabeticSymbols = UnicodeSet([
        0x24B6...0x24E9, 0x1F130...0x1F149, 0x1F150...0x1F169, 0x1F170...0x1F189,
    ])

    /// Scripts by their names in patterns, as of Unicode 16.0.
    static let scripts: [String: UnicodeSet] = [
        "han": UnicodeSet([
            0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029,
            0x3038...0x303B, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D, 0xFA70...0xFAD9, 0x16FE2...0x16FE3,
            0x16FF0...0x16FF1, 0x20000...0x2A6DF, 0x2A700...0x2B739, 0x2B740...0x2B81D, 0x2B820...0x2CEA1,
            0x2CEB0...0x2EBE0, 0x2EBF0...0x2EE5D, 0x2F800...0x2FA1D, 0x30000...0x3134A, 0x31350...0x323AF,
        ]),
        "hangul": UnicodeSet([
            0x1100...0x11FF, 0x302E...0x302F, 0x3131...0x318E, 0x3200...0x321E, 0x3260...0x327E, 0xA960...0xA97C,
            0xAC00...0xD7A3, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB, 0xFFA0...0xFFBE, 0xFFC2...0xFFC7, 0xFFCA...0xFFCF,
            0xFFD2...0xFFD7, 0xFFDA...0xFFDC,
        ]),
        "hiragana": UnicodeSet([
            0x3041...0x3096, 0x309D...0x309F, 0x1B001...0x1B11F, 0x1B132...0x1B132, 0x1B150...0x1B152,
            0x1F200...0x1F200,
        ]),
        "katakana": UnicodeSet([
            0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF, 0x32D0...0x32FE, 0x3300...0x3357, 0xFF66...0xFF6F,
            0xFF71...0xFF9D, 0x1AFF0...0x1AFF3, 0x1AFF5...0x1AFFB, 0x1AFFD...0x1AFFE, 0x1B000...0x1B000,
            0x1B120...0x1B122, 0x1B155...0x1B155, 0x1B164...0x1B167,
        ]),
    ]
}

/// A general category, or a group of them, under its name in patterns.
struct CategoryGroup: Sendable {
    /// PCRE2's name, such as `L` or `Lu`.
    let name: String
    let members: Set<Unicode.GeneralCategory>

    /// The group called `name`, where case, spaces, `_` and `-` do not count.
    init?(named name: String) {
        let key = String(name.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" })
        guard let group = Self.groups[key] ?? Self.groups[Self.longNames[key] ?? ""] else { return nil }
        self = group
    }

    private init(_ name: String, _ members: Set<Unicode.GeneralCategory>) {
        self.name = name
        self.members = members
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        self.members.contains(Self.referenceCategory(of: scalar))
    }

    /// The scalar's category in the reference's Unicode version.
    private static func referenceCategory(of scalar: Unicode.Scalar) -> Unicode.GeneralCategory {
        let properties = scalar.properties
        if properties.generalCategory == .privateUse { return .privateUse }
        guard let age = properties.age,
            (age.major, age.minor) <= (UnicodeSet.referenceVersion.major, UnicodeSet.referenceVersion.minor)
        else { return .unassigned }
        // LATIN LETTER PHARYNGEAL VOICED FRICATIVE became an uncased letter in Unicode 17.
        if scalar.value == 0x295 { return .lowercaseLetter }
        return properties.generalCategory
    }

    /// All of the group's scalars.
    ///
    /// Slow the first time: it looks at every scalar there is.
    func allScalars() -> UnicodeSet { self.union(of: Self.scalarsByCategory) }

    private static let scalarsByCategory = Self.scalarsByCategory { _ in true }

    /// The group's scalars that are younger than PCRE2's tables.
    func scalarsUnknownToPCRE2() -> UnicodeSet { self.union(of: Self.youngScalarsByCategory) }

    /// Assigned in the reference's version of Unicode, but not yet in PCRE2's.
    private static let youngScalarsByCategory = Self.scalarsByCategory {
        guard let age = $0.properties.age else { return false }
        let reference = UnicodeSet.referenceVersion
        return (age.major, age.minor) > (PCRE2Regex.unicodeVersion.major, PCRE2Regex.unicodeVersion.minor)
            && (age.major, age.minor) <= (reference.major, reference.minor)
    }

    private func union(of sets: [Unicode.GeneralCategory: UnicodeSet]) -> UnicodeSet {
        UnicodeSet(self.members.flatMap { sets[$0]?.ranges ?? [] })
    }

    private static func scalarsByCategory(
        where isIncluded: (Unicode.Scalar) -> Bool
    ) -> [Unicode.GeneralCategory: UnicodeSet] {
        var scalars: [Unicode.GeneralCategory: [Unicode.Scalar]] = [:]
        for scalar in (0...0x10FFFF).lazy.compactMap(Unicode.Scalar.init) where isIncluded(scalar) {
            scalars[Self.referenceCategory(of: scalar), default: []].append(scalar)
        }
        return scalars.mapValues { UnicodeSet(Self.runs(of: $0)) }
    }

    private static func runs(of scalars: some Sequence<Unicode.Scalar>) -> [UnicodeSet.ScalarRange] {
        var runs: [UnicodeSet.ScalarRange] = []
        for scalar in scalars {
            if let last = runs.last, last.upperBound + 1 == scalar.value {
                runs[runs.count - 1] = last.lowerBound...scalar.value
            } else {
                runs.append(scalar.value...scalar.value)
            }
        }
        return runs
    }

    private static let groups: [String: CategoryGroup] = {
        let single: [(String, Unicode.GeneralCategory)] = [
            ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter),
            ("Lo", .otherLetter), ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark),
            ("Nd", .decimalNumber), ("Nl", .letterNumber), ("No", .otherNumber), ("Pc", .connectorPunctuation),
            ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation), ("Pi", .initialPunctuation),
            ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol), ("Sc", .currencySymbol),
            ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator), ("Zl", .lineSeparator),
            ("Zp", .paragraphSeparator),
        ]
        var groups: [String: CategoryGroup] = [:]
        for (name, category) in single {
            groups[name.lowercased()] = CategoryGroup(name, [category])
            let initial = String(name.prefix(1))
            let members = groups[initial.lowercased()]?.members ?? []
            groups[initial.lowercased()] = CategoryGroup(initial, members.union([category]))
        }
        return groups
    }()

    private static let longNames = [
        "letter": "l", "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt",
        "modifierletter": "lm", "otherletter": "lo", "mark": "m", "nonspacingmark": "mn", "spacingmark": "mc",
        "enclosingmark": "me", "number": "n", "decimalnumber": "nd", "letternumber": "nl", "othernumber": "no",
        "punctuation": "p", "connectorpunctuation": "pc", "dashpunctuation": "pd", "openpunctuation": "ps",
        "closepunctuation": "pe", "initialpunctuation": "pi", "finalpunctuation": "pf", "otherpunctuation": "po",
        "symbol": "s", "mathsymbol": "sm", "currencysymbol": "sc", "modifiersymbol": "sk", "othersymbol": "so",
        "separator": "z", "spaceseparator": "zs", "lineseparator": "zl", "paragraphseparator": "zp",
    ]
}
