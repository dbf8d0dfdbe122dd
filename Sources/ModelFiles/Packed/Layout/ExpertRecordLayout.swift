public import TensorKernels

/// Where the three matrices of a routed expert lie in its record; the same in all records of a pack.
public struct ExpertRecordLayout: Sendable, Equatable {
    /// One matrix of a record.
    public struct Matrix: Sendable, Equatable {
        public let rows: Int
        public let columns: Int
        /// From the record's beginning.
        public let byteRange: Range<Int>
    }

    public let format: PackedFormat
    public let gate: Matrix
    public let up: Matrix
    public let down: Matrix

    /// Of the header that a record begins with.
    public static let headerBytes = 64

    /// Bytes after the header up to the end of the last matrix.
    public var payloadBytes: Int { self.down.byteRange.upperBound - Self.headerBytes }

    /// From one record to the next: whole pages.
    public var stride: Int { PackLayout.roundedUp(self.down.byteRange.upperBound, to: PackLayout.pageBytes) }

    // Sizes are at most `PackedFormat.maximumColumns`, so nothing overflows.
    init(hiddenSize: Int, width: Int, format: PackedFormat) {
        var end = Self.headerBytes
        func next(_ rows: Int, _ columns: Int) -> Matrix {
            let start = PackLayout.roundedUp(end, to: PackLayout.matrixAlignment)
            end = start + PackedMatrix.byteCount(format, rows: rows, columns: columns)
            return Matrix(rows: rows, columns: columns, byteRange: start..<end)
        }
        self.format = format
        self.gate = next(width, hiddenSize)
        self.up = next(width, hiddenSize)
        self.down = next(hiddenSize, width)
    }

    /// Where a record begins in its layer's file.
    public func byteOffset(ofExpert expert: Int) -> Int { PackLayout.pageBytes + expert * self.stride }
}
