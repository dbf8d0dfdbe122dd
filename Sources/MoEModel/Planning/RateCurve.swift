/// What a unit of work costs, in seconds, by how many rows each weight meets.
///
/// Linear between its points; before the first as there, and behind the last proportional to the rows.
package struct RateCurve: Sendable, Equatable {
    package struct Point: Sendable, Equatable {
        package var rows: Double
        package var seconds: Double

        package init(rows: Double, seconds: Double) {
            self.rows = rows
            self.seconds = seconds
        }
    }

    /// By rows, ascending.
    package let points: [Point]

    package init(_ points: [Point]) {
        precondition(!points.isEmpty, "a curve without points")
        self.points = points.sorted { $0.rows < $1.rows }
    }

    package func seconds(rows: Double) -> Double {
        let (first, last) = (self.points[0], self.points[self.points.count - 1])
        if rows <= first.rows { return first.seconds }
        guard rows < last.rows else { return last.seconds * rows / last.rows }
        let next = self.points.firstIndex { $0.rows > rows } ?? self.points.count - 1
        let (left, right) = (self.points[next - 1], self.points[next])
        let share = (rows - left.rows) / (right.rows - left.rows)
        return left.seconds + share * (right.seconds - left.seconds)
    }
}
