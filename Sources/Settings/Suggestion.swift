/// What may have been meant by a name that does not exist.
enum Suggestion {
    /// Longer names are not compared: nobody mistypes them, and a stranger could make them long.
    private static let longest = 80

    /// The candidate that the name is closest to, if it is close at all.
    ///
    /// Close is: a third of the letters differ at most, or it is the whole beginning or end of just one candidate.
    static func nearest(to name: String, among candidates: [String]) -> String? {
        let name = Array(name.lowercased().utf8)
        guard !name.isEmpty, name.count <= self.longest else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let distance = self.distance(name, Array(candidate.lowercased().utf8))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        if let best, best.distance <= max(1, name.count / 3) { return best.candidate }
        guard name.count >= 3 else { return nil }
        let parts = candidates.filter {
            let letters = $0.lowercased().utf8
            return letters.starts(with: name) || letters.reversed().starts(with: name.reversed())
        }
        return parts.count == 1 ? parts[0] : nil
    }

    /// How many letters must be inserted, removed, replaced or swapped with their neighbour.
    ///
    /// O(a × b); both are short.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard b.count <= self.longest else { return .max }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
