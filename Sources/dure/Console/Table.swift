import Settings

/// Rows under a head: aligned for people on a terminal, separated by tabs for programs elsewhere.
struct Table {
    enum Alignment {
        case left, right
    }

    enum Layout {
        /// Aligned on a terminal, tabs elsewhere.
        case automatic
        /// Aligned everywhere, for what only people read.
        case aligned
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// - Parameter columns: A title each; `right` for numbers.
    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    mutating func add(_ cells: String...) {
        precondition(cells.count == self.columns.count, "a row needs a cell for each column")
        self.rows.append(cells)
    }

    func print(to console: Console, layout: Layout = .automatic) throws(ConsoleError) {
        let stream = console.output
        guard stream.isTerminal || layout == .aligned else {
            let lines = ([self.columns.map(\.title)] + self.rows).map { row in
                row.map { DisplayWidth.fitted($0, width: .max) }.joined(separator: "\t")
            }
            return try console.print(lines.joined(separator: "\n"))
        }
        let widths = self.widths(within: stream.isTerminal ? stream.width : .max)
        try console.print(stream.styled(self.line(self.columns.map(\.title), widths), .bold))
        for row in self.rows { try console.print(self.line(row, widths)) }
    }

    private static let gap = 2
    private static let narrowest = 8

    /// As wide as the widest cell; where that is too much, the widest columns give way first.
    private func widths(within width: Int) -> [Int] {
        var widths = self.columns.indices.map { column in
            ([self.columns[column].title] + self.rows.map { $0[column] }).map(DisplayWidth.of).max() ?? 0
        }
        guard width < .max else { return widths }
        var excess = widths.reduce(Self.gap * (widths.count - 1), +) - width
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }) {
            guard widths[widest] > Self.narrowest else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = DisplayWidth.fitted(cell, width: widths[index])
            let space = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(text)))
            let isLast = index == cells.count - 1
            line += self.columns[index].alignment == .right ? space + text : text + (isLast ? "" : space)
            if !isLast { line += String(repeating: " ", count: Self.gap) }
        }
        return line
    }
}
