import CDureKernels

/// Rows of activations as signed bytes with scales: what products with integer weights take.
///
/// A row with a value that is infinite or no number has NaNs as results. Used by one operator at a time. The number of rows
/// can change; memory is kept for the largest number so far.
@safe
public final class QuantizedRows {
    /// Of the weights that the rows are meant for.
    public let format: PackedFormat
    public let columns: Int
    public private(set) var rows: Int
    /// Of a row; a multiple of 64.
    private let stride: Int
    /// In a row.
    private let groups: Int
    private var capacity: Int
    private var values: AlignedMemory
    private var scales: AlignedMemory
    private var corrections: AlignedMemory

    /// Allocates; what the rows hold is undefined.
    public init(rows: Int, columns: Int, format: PackedFormat) throws(KernelError) {
        precondition(format.isInteger, "\(format) weights take activations as they are")
        precondition(rows >= 0 && 1...PackedFormat.maximumColumns ~= columns, "quantised rows of \(rows) x \(columns)")
        self.format = format
        self.columns = columns
        self.rows = rows
        self.capacity = rows
        self.stride = (columns + 63) / 64 * 64
        self.groups = Int(dure_groups(format.raw, Int64(columns)))
        self.values = try AlignedMemory(bytes: rows * self.stride)
        self.scales = try AlignedMemory(bytes: rows * self.groups * MemoryLayout<Float>.stride)
        self.corrections = try AlignedMemory(bytes: rows * self.groups * MemoryLayout<Int32>.stride)
    }

    /// Makes it `rows` rows; what they hold is undefined afterwards.
    public func setRows(_ rows: Int) throws(KernelError) {
        precondition(rows >= 0, "\(rows) quantised rows")
        if rows > self.capacity {
            self.values = try AlignedMemory(bytes: rows * self.stride)
            self.scales = try AlignedMemory(bytes: rows * self.groups * MemoryLayout<Float>.stride)
            self.corrections = try AlignedMemory(bytes: rows * self.groups * MemoryLayout<Int32>.stride)
            self.capacity = rows
        }
        self.rows = rows
    }

    /// The bytes that its memory takes.
    public var bytes: Int { self.values.bytes + self.scales.bytes + self.corrections.bytes }

    /// One row as the products see it.
    public func floats(row: Int) -> [Float] {
        precondition(0..<self.rows ~= row, "row \(row) of \(self.rows)")
        let group = self.format.groupInputs ?? self.columns
        let raw = self.raw
        // Safe: the row is inside the memory, and so are its groups.
        return (0..<self.columns).map { column in
            unsafe Float(raw.values(row)[column]) * raw.scales(row)[column / group]
        }
    }

    var raw: RawQuantized {
        // Safe: as many values, scales and corrections as were allocated.
        unsafe RawQuantized(
            values: self.values.base.assumingMemoryBound(to: Int8.self),
            scales: self.scales.base.assumingMemoryBound(to: Float.self),
            corrections: self.corrections.base.assumingMemoryBound(to: Int32.self),
            stride: self.stride,
            groups: self.groups
        )
    }
}

/// Quantised rows in memory, for the inside of an operator.
@safe
struct RawQuantized: @unchecked Sendable {
    // Sendable: the operator that makes it lets each thread write rows of its own, and waits for them all.
    let values: UnsafeMutablePointer<Int8>
    let scales: UnsafeMutablePointer<Float>
    let corrections: UnsafeMutablePointer<Int32>
    let stride: Int
    let groups: Int

    // Safe, all three: operators stay within the rows that they were given.
    func values(_ row: Int) -> UnsafeMutablePointer<Int8> { unsafe self.values + row * self.stride }
    func scales(_ row: Int) -> UnsafeMutablePointer<Float> { unsafe self.scales + row * self.groups }
    func corrections(_ row: Int) -> UnsafeMutablePointer<Int32> { unsafe self.corrections + row * self.groups }

    /// As C reads them, from row `row` on.
    func from(row: Int) -> dure_quantized {
        // Safe: as above.
        unsafe dure_quantized(
            values: self.values(row),
            stride: Int64(self.stride),
            scales: self.scales(row),
            corrections: self.corrections(row),
            groups: Int64(self.groups)
        )
    }
}
