import ExpertCache

/// A drawing of a cache over time: for each layer a row, for each expert a column, the darker the longer it was resident; one panel for each
/// part of the time.
struct ResidencyPicture {
    private static let panels = 4
    private static let shades = 8
    private static let cell = 4

    let svg: String

    /// Replays the stream once and draws it.
    init(_ replay: CacheReplay, _ contender: CacheReplay.Contender, slots: CacheSlots, seed: UInt64) {
        let geometry = replay.stream.geometry
        let visits = replay.stream.visits.count
        // Looked at once a sweep, which is as often as most experts are asked for.
        let looks = max(visits / geometry.sparseLayers, 1)
        var (counts, totals) = (
            [[Int]](repeating: Array(repeating: 0, count: geometry.entryCount), count: Self.panels),
            [Int](repeating: 0, count: Self.panels)
        )
        var seen = 0
        let outcome = replay.run(contender, slots: slots, seed: seed) { number, cache in
            guard (number + 1) % geometry.sparseLayers == 0 || number + 1 == visits else { return }
            let panel = min(seen * Self.panels / looks, Self.panels - 1)
            seen += 1
            totals[panel] += 1
            for entry in 0..<geometry.entryCount where cache.isResident(entry) { counts[panel][entry] += 1 }
        }
        let asked = Set(replay.stream.visits.map(\.layer)).sorted()
        let (width, height) = (geometry.experts * Self.cell, asked.count * Self.cell)
        var body = ""
        for panel in 0..<Self.panels {
            let top = 40 + panel * (height + 30)
            body += "<text x=\"10\" y=\"\(top - 6)\">part \(panel + 1) of \(Self.panels) of the time</text>\n"
            body += "<rect x=\"10\" y=\"\(top)\" width=\"\(width)\" height=\"\(height)\" fill=\"#f2f2f2\"/>\n"
            for (row, layer) in asked.enumerated() {
                let shades = (0..<geometry.experts).map { expert in
                    counts[panel][geometry.entry(layer: layer, expert: expert)] * Self.shades / max(totals[panel], 1)
                }
                body += Self.row(shades, y: top + row * Self.cell)
            }
        }
        let title =
            "\(contender.name), \(slots.count) slots of \(geometry.expertCount) experts: \(outcome.hits) hits, "
            + "\(outcome.misses) misses; rows are layers, columns experts"
        let size = "width=\"\(max(width, 640) + 20)\" height=\"\(50 + Self.panels * (height + 30))\""
        self.svg = """
            <svg xmlns="http://www.w3.org/2000/svg" \(size) font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            <text x="10" y="16">\(title)</text>
            \(body)</svg>

            """
    }

    /// Neighbours of one shade are one rectangle.
    private static func row(_ shades: [Int], y: Int) -> String {
        var (text, first) = ("", 0)
        while first < shades.count {
            var end = first + 1
            while end < shades.count, shades[end] == shades[first] { end += 1 }
            if shades[first] > 0 {
                let lightness = 85 - 60 * min(shades[first], Self.shades) / Self.shades
                let place = "x=\"\(10 + first * Self.cell)\" y=\"\(y)\" width=\"\((end - first) * Self.cell)\""
                text += "<rect \(place) height=\"\(Self.cell)\" fill=\"hsl(210 60% \(lightness)%)\"/>\n"
            }
            first = end
        }
        return text
    }
}
