import Glibc

/// A row-major matrix of f32 in memory of its own: a workspace, or a KV cache.
///
/// The number of rows can change; memory is kept for the largest number so far. Reading a row that nothing has written
/// gives whatever was there.
@safe
public final class FloatMatrix {
    /// More than a process can address on some systems; nobody means it.
    private static let maximumBytes = 1 << 46

    public let columns: Int
    public private(set) var rows: Int
    private var capacity: Int
    private var memory: UnsafeMutablePointer<Float>

    /// Allocates `rows * columns` floats at a cache line's boundary; the system commits pages as they are touched.
    public init(rows: Int, columns: Int) throws(KernelError) {
        precondition(rows >= 0 && columns >= 1, "a matrix of \(rows) x \(columns)")
        self.columns = columns
        self.rows = rows
        self.capacity = rows
        // Safe: owned by this object alone, freed in `deinit`.
        unsafe self.memory = try Self.allocate(rows, columns)
    }

    deinit {
        // Safe: allocated by `allocate`, freed once.
        unsafe free(self.memory)
    }

    /// Makes it `rows` rows; what they hold is undefined afterwards.
    public func setRows(_ rows: Int) throws(KernelError) {
        precondition(rows >= 0, "a matrix of \(rows) rows")
        if rows > self.capacity {
            let memory = unsafe try Self.allocate(rows, self.columns)
            // Safe: allocated by `allocate`, and replaced before anyone can use it.
            unsafe free(self.memory)
            unsafe self.memory = memory
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
                UnsafeBufferPointer(start: self.memory + row * self.columns, count: self.columns)
            )
        }
        set {
            precondition(0..<self.rows ~= row && newValue.count == self.columns, "row \(row) of \(self.rows)")
            // Safe: the row is inside the matrix, and the array has as many elements.
            unsafe newValue.withUnsafeBufferPointer { values in
                guard let first = values.baseAddress else { return }
                unsafe (self.memory + row * self.columns).update(from: first, count: self.columns)
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
        unsafe self.memory + row * self.columns + column
    }

    private static func allocate(_ rows: Int, _ columns: Int) throws(KernelError) -> UnsafeMutablePointer<Float> {
        let (bytes, overflow) = max(rows, 1).multipliedReportingOverflow(by: columns * MemoryLayout<Float>.stride)
        guard !overflow else { throw .outOfMemory(bytes: .max) }
        guard bytes <= Self.maximumBytes else { throw .outOfMemory(bytes: bytes) }
        var memory: UnsafeMutableRawPointer?
        // Safe: `memory` is set only where the call returns 0; the alignment is a power of two.
        guard unsafe posix_memalign(&memory, 64, bytes) == 0, let memory = unsafe memory else {
            throw .outOfMemory(bytes: bytes)
        }
        return unsafe memory.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
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
