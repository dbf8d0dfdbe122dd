import Settings

/// A line on standard error that shows how far something has come; nothing where that is no terminal.
struct ProgressBar {
    private let stream: ConsoleStream
    private let title: String
    private let format: (Int) -> String
    private let showsRate: Bool
    private let start = ContinuousClock.now
    private var lastDrawn: ContinuousClock.Instant?
    private var isDrawn = false

    private static let interval: Duration = .milliseconds(100)

    /// - Parameters:
    ///   - title: What is being done, in one or two words.
    ///   - console: Where it is drawn.
    ///   - showsRate: Whether to say how much is done in a second.
    ///   - format: Writes an amount, such as bytes in GiB.
    init(
        _ title: String,
        on console: Console,
        showsRate: Bool = false,
        format: @escaping (Int) -> String = { String($0) }
    ) {
        self.stream = console.error
        self.title = title
        self.showsRate = showsRate
        self.format = format
    }

    /// Shows the state, at most ten times a second.
    mutating func show(_ done: Int, of total: Int, note: String = "") {
        guard self.stream.isTerminal else { return }
        let now = ContinuousClock.now
        if let lastDrawn, now - lastDrawn < Self.interval, done < total { return }
        self.lastDrawn = now
        self.isDrawn = true
        let line = self.line(done, total, note, elapsed: now - self.start)
        // What is drawn here is never needed.
        try? self.stream.write("\r" + line + "\u{1B}[K")
    }

    /// Takes the line away.
    mutating func finish() {
        guard self.isDrawn else { return }
        self.isDrawn = false
        // As above.
        try? self.stream.write("\r\u{1B}[K")
    }

    private func line(_ done: Int, _ total: Int, _ note: String, elapsed: Duration) -> String {
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
        let amounts = "\(self.format(done)) of \(self.format(total))"
        let end = [amounts, self.rate(done, elapsed), self.remaining(share, elapsed), note].filter { !$0.isEmpty }
            .joined(separator: " · ")
        let width = max(10, min(40, self.stream.width - DisplayWidth.of(self.title) - DisplayWidth.of(end) - 6))
        let filled = Int(Double(width) * share)
        let bar = String(repeating: "━", count: filled) + String(repeating: "╌", count: width - filled)
        // One column stays free: in the last one some terminals break the line.
        return DisplayWidth.fitted("\(self.title) \(bar) \(end)", width: self.stream.width - 1)
    }

    private func rate(_ done: Int, _ elapsed: Duration) -> String {
        let seconds = elapsed / .seconds(1)
        return self.showsRate && seconds > 1 ? "\(self.format(Int(Double(done) / seconds)))/s" : ""
    }

    /// From the mean rate so far.
    private func remaining(_ share: Double, _ elapsed: Duration) -> String {
        let seconds = elapsed / .seconds(1)
        guard share > 0.01, share < 1, seconds > 1 else { return "" }
        let left = Int(seconds / share * (1 - share)) + 1
        if left < 60 { return "\(left) s left" }
        return left < 3600 ? "\(left / 60) min left" : "\(left / 3600) h \(left % 3600 / 60) min left"
    }
}
