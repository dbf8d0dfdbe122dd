import CDureKernels

/// Vectors of equal size in each row of a matrix, such as one for each attention head.
public struct RowVectors {
    public let matrix: FloatMatrix
    /// First column of a row's first vector.
    public let first: Int
    /// Columns from one vector to the next.
    public let stride: Int

    public init(_ matrix: FloatMatrix, first: Int, stride: Int) {
        self.matrix = matrix
        self.first = first
        self.stride = stride
    }

    func check(count: Int, size: Int) {
        let end = self.first + (count - 1) * self.stride + size
        precondition(
            self.first >= 0 && end <= self.matrix.columns,
            "vectors up to column \(end) of \(self.matrix.columns)"
        )
    }
}

/// The cosines and sines of a sweep's tokens, `[tokens, headSize / 2]` each.
public struct Rotations {
    let cosines: FloatMatrix
    let sines: FloatMatrix
    let headSize: Int
    let interleaved: Bool

    public init(_ table: RoPETable) throws(KernelError) {
        self.headSize = table.headSize
        self.interleaved = table.interleaved
        self.cosines = try FloatMatrix(rows: 0, columns: table.headSize / 2)
        self.sines = try FloatMatrix(rows: 0, columns: table.headSize / 2)
    }

    /// Fills in the values for `positions`.
    public func set(_ positions: [Int32], of table: RoPETable) throws(KernelError) {
        try self.cosines.setRows(positions.count)
        try self.sines.setRows(positions.count)
        for (row, position) in positions.enumerated() {
            (self.cosines[row], self.sines[row]) = table.rotations(at: position)
        }
    }
}

/// Where the latents of a sweep's tokens, and of those before them, lie in a KV cache.
public struct LatentLayout: Sendable {
    /// Token positions, one for each row of queries.
    public var positions: [Int32]
    /// The block tables of all sequences, one after the other.
    public var blocks: [Int32]
    /// Where in `blocks` each row's table begins.
    public var tables: [Int]
    public var blockTokens: Int

    public init(positions: [Int32], blocks: [Int32], tables: [Int], blockTokens: Int) {
        self.positions = positions
        self.blocks = blocks
        self.tables = tables
        self.blockTokens = blockTokens
    }
}

extension TensorOperators {
    /// Copies vectors and rotates the copies by their token's position.
    ///
    /// - Parameters:
    ///   - input: `count` vectors of the rotations' head size in each row.
    ///   - output: Receives them, one row for each of `rows`; may be `input`.
    ///   - count: Vectors per row.
    ///   - rows: The input's rows, which are also those of `rotations`; the first becomes the output's row 0.
    ///   - rotations: The sweep's.
    public func rotate(
        _ input: RowVectors,
        into output: RowVectors,
        count: Int,
        rows: Range<Int>,
        by rotations: Rotations
    ) {
        let size = rotations.headSize
        input.check(count: count, size: size)
        output.check(count: count, size: size)
        precondition(rows.upperBound <= rotations.cosines.rows && rows.upperBound <= input.matrix.rows, "rotate: rows")
        precondition(rows.count <= output.matrix.rows, "rotate: output's rows")
        let from = input.matrix.view(columns: input.first..<input.matrix.columns).raw
        let to = output.matrix.view(columns: output.first..<output.matrix.columns).raw
        let (inputStride, outputStride) = (input.stride, output.stride)
        let (cosines, sines) = (rotations.cosines.all.raw, rotations.sines.all.raw)
        let interleaved: Int32 = rotations.interleaved ? 1 : 0
        self.eachRange(rows.count, elementsEach: count * size) { range, _ in
            for row in range {
                let source = rows.lowerBound + row
                // Safe: `check` has made sure that all vectors of a row are inside it, and the rows exist.
                for vector in 0..<count {
                    unsafe (to.row(row) + vector * outputStride)
                        .update(from: from.row(source) + vector * inputStride, count: size)
                }
                unsafe dure_rotate_f32(
                    to.row(row),
                    Int64(outputStride),
                    Int64(count),
                    cosines.row(source),
                    sines.row(source),
                    Int64(size / 2),
                    interleaved
                )
            }
        }
    }

    /// Keeps latents: row `rows[i]` of `output` becomes row `i` of `input`, rounded to what `output` holds.
    ///
    /// - Parameters:
    ///   - input: As wide as `output`.
    ///   - output: Rows that are not named keep their values.
    ///   - rows: All different, all inside `output`.
    public func store(_ input: FloatView, to output: LatentMatrix, rows: [Int]) {
        precondition(input.columns.count == output.width && rows.count == input.rows.count, "store: shapes")
        let (from, width, limit, variant) = (input.raw, output.width, output.rows, self.variant)
        self.eachRange(rows.count, elementsEach: width) { range, _ in
            for index in range {
                precondition(0..<limit ~= rows[index], "row \(rows[index]) of \(limit)")
                // Safe: both rows exist and have `width` elements, those of the output as wide as its element.
                unsafe output.write(from.row(index), row: rows[index], variant)
            }
        }
    }

    /// Attention over latents, for all heads of several tokens: `output = softmax(scale · queries · keysᵀ) · values`.
    ///
    /// A token attends to the positions of its sequence up to its own.
    ///
    /// - Parameters:
    ///   - queries: One query per head in each row, `[tokens, heads * width]`.
    ///   - rows: Which rows of `layout` the tokens are.
    ///   - layout: Where their sequences' keys lie.
    ///   - cache: Keys; the first `rank` of them are the values.
    ///   - firstRow: Where in `cache` block 0 of this layer begins.
    ///   - scale: Multiplies the scores.
    ///   - output: Receives `rank` numbers per head, `[tokens, heads * rank]`. Overwritten.
    public func attend(
        queries: FloatMatrix,
        rows: Range<Int>,
        layout: LatentLayout,
        cache: LatentMatrix,
        firstRow: Int,
        scale: Float,
        into output: FloatMatrix
    ) {
        let width = cache.width
        let heads = queries.columns / width
        let rank = output.columns / heads
        precondition(
            heads * width == queries.columns && heads * rank == output.columns && rank <= width,
            "attend: shapes"
        )
        precondition(queries.rows >= rows.count && output.rows >= rows.count, "attend: rows")
        let (from, to, variant) = (queries.all.raw, output.all.raw, self.variant)
        let headsPerUnit = min(heads, Int(DURE_ATTEND_ROWS))
        let unitsPerRow = (heads + headsPerUnit - 1) / headsPerUnit
        let tokens = rows.reduce(0) { $0 + Int(layout.positions[$1]) + 1 }
        let compute: @Sendable (Int, Int) -> Void = { unit, _ in
            let row = unit / unitsPerRow
            let head = unit % unitsPerRow * headsPerUnit
            // Safe: the pointer does not leave the closure.
            unsafe layout.blocks.withUnsafeBufferPointer { blocks in
                guard let table = blocks.baseAddress else { return }
                // Safe: the caller's block tables were checked against the cache's size; the heads are inside both rows.
                let latents = unsafe dure_latents(
                    base: cache.address(row: firstRow),
                    element: cache.element.kernelElement,
                    blocks: table + layout.tables[rows.lowerBound + row],
                    block_tokens: Int64(layout.blockTokens),
                    width: Int64(width),
                    rank: Int64(rank)
                )
                unsafe variant.table.pointee.attend(
                    to.row(row) + head * rank,
                    Int64(rank),
                    from.row(row) + head * width,
                    Int64(width),
                    Int64(min(headsPerUnit, heads - head)),
                    latents,
                    Int64(layout.positions[rows.lowerBound + row]) + 1,
                    scale
                )
            }
        }
        let units = rows.count * unitsPerRow
        guard self.pool.threads > 1, tokens * heads * (width + rank) >= Self.fewestParallelCost else {
            for unit in 0..<units { compute(unit, 0) }
            return
        }
        self.pool.run(units, compute)
    }
}
