/// A row-major matrix of f32 in memory of its own: a workspace, or a KV cache.
///
/// The number of rows can change; memory is kept for the largest number so far. Reading a row that nothing has written
/// gives whatever was there.
@safe
public final class FloatMatrix {
    public let columns: Int
    public private(set) var rows: Int
    private var capacity: Int
    private var memory: AlignedMemory

    /// Allocates `rows * columns` floats; the system commits pages as they are touched.
    public init(rows: Int, columns: Int) throws(KernelError) {
        precondition(rows >= 0 && columns >= 1, "a matrix of \(rows) x \(columns)")
        self.columns = columns
        self.rows = rows
        self.capacity = rows
        self.memory = try Self.allocate(rows, columns)
    }

    /// Makes it `rows` rows; what they hold is undefined afterwards.
    public func setRows(_ rows: Int) throws(KernelError) {
        precondition(rows >= 0, "a matrix of \(rows) rows")
        if rows > self.capacity {
            self.memory = try Self.allocate(rows, self.columns)
            self.capacity = rows
        }
        self.rows = rows
    }

    /// The bytes that its memory takes.
    public var bytes: Int { self.capacity * self.columns * MemoryLayout<Float>.size }

    /// One row's values.
    public subscript(row: Int) -> [Float] {
        get {
            precondition(0..<self.rows ~= row, "row \(row) of \(self.rows)")
            // Safe: the row is inside the matrix.
            return unsafe Array(
                UnsafeBufferPointer(start: self.pointer(row: row), count: self.columns)
            )
        }
        set {
            precondition(0..<self.rows ~= row && newValue.count == self.columns, "row \(row) of \(self.rows)")
            // Safe: the row is inside the matrix, and the array has as many elements.
            unsafe newValue.withUnsafeBufferPointer { values in
                guard let first = values.baseAddress else { return }
                unsafe self.pointer(row: row).update(from: first, count: self.columns)
            }
        }
    }

    /// All of it.
    public var all: FloatView { self.view() }

    /// A rectangle of it; nil means all rows, or all columns.
    public func view(rows: Range<Int>? = nil, columns: Range<Int>? = nil) -> FloatView {
        let rows = rows ?? 0..<self.rows
        let columns = columns ?? 0..<self.columns
        precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows, "rows \(rows) of \(self.rows)")
        precondition(
            columns.lowerBound >= 0 && columns.upperBound <= self.columns,
            "columns \(columns) of \(self.columns)"
        )
        return FloatView(matrix: self, rows: rows, columns: columns)
    }

    /// Where row `row` begins; valid until the number of rows grows.
    func pointer(row: Int = 0, column: Int = 0) -> UnsafeMutablePointer<Float> {
        // Safe: callers have a view or have checked; one past the end is a legal address.
        unsafe self.memory.base.assumingMemoryBound(to: Float.self) + row * self.columns + column
    }

    private static func allocate(_ rows: Int, _ columns: Int) throws(KernelError) -> AlignedMemory {
        let (bytes, overflow) = max(rows, 1).multipliedReportingOverflow(by: columns * MemoryLayout<Float>.stride)
        guard !overflow else { throw .outOfMemory(bytes: .max) }
        return try AlignedMemory(bytes: bytes)
    }
}

/// A rectangle of a ``FloatMatrix``.
public struct FloatView {
    public let matrix: FloatMatrix
    public let rows: Range<Int>
    public let columns: Range<Int>

    fileprivate init(matrix: FloatMatrix, rows: Range<Int>, columns: Range<Int>) {
        self.matrix = matrix
        self.rows = rows
        self.columns = columns
    }

    var raw: RawRows {
        precondition(self.rows.upperBound <= self.matrix.rows, "rows \(self.rows) of \(self.matrix.rows)")
        // Safe: the rectangle was inside the matrix when it was made, and its rows still are.
        return unsafe RawRows(
            base: self.matrix.pointer(row: self.rows.lowerBound, column: self.columns.lowerBound),
            stride: self.matrix.columns
        )
    }
}

/// Rows in memory, for the inside of an operator.
@safe
struct RawRows: @unchecked Sendable {
    // Sendable: the operator that makes it lets each thread write rows or columns of its own, and waits for them all.
    let base: UnsafeMutablePointer<Float>
    let stride: Int

    func row(_ index: Int) -> UnsafeMutablePointer<Float> {
        // Safe: operators stay within the views that they were given.
        unsafe self.base + index * self.stride
    }
}
