import Foundation
import Testing

@testable import TensorKernels

@Suite("Attention over latents")
struct AttentionTests {
    /// Tokens of one sequence at `positions`, whose keys lie in shuffled blocks of a cache with room before it.
    private struct Scene {
        let heads: Int
        let width: Int
        let rank: Int
        let firstRow = 3
        let queries: FloatMatrix
        let cache: LatentMatrix
        let keys: [[Float]]
        let layout: LatentLayout

        init(
            seed: UInt64,
            heads: Int,
            width: Int,
            rank: Int,
            blockTokens: Int,
            positions: [Int],
            element: ElementType,
            scales: (Int) -> Float = { _ in 1 }
        ) throws {
            var random = SeededGenerator(seed)
            let tokens = (positions.max() ?? 0) + 1
            let blockCount = (tokens + blockTokens - 1) / blockTokens
            let blocks = (0..<Int32(blockCount)).shuffled(using: &random)
            self.heads = heads
            self.width = width
            self.rank = rank
            self.queries = try random.matrix(rows: positions.count, columns: heads * width, in: -2...2)
            let latents = try random.matrix(rows: 3 + blockCount * blockTokens, columns: width, in: -2...2)
            for row in 0..<latents.rows { latents[row] = latents[row].map { $0 * scales(row) } }
            self.cache = try LatentMatrix(rows: latents.rows, width: width, element: element)
            try TensorOperators().store(latents.all, to: self.cache, rows: Array(0..<latents.rows))
            self.keys = (0..<tokens).map { [cache] position in
                cache[3 + Int(blocks[position / blockTokens]) * blockTokens + position % blockTokens]
            }
            self.layout = LatentLayout(
                positions: positions.map(Int32.init),
                blocks: [9] + blocks,
                tables: positions.map { _ in 1 },
                blockTokens: blockTokens
            )
        }

        func attend(_ variant: KernelVariant, threads: Int = 1) throws -> FloatMatrix {
            let output = try FloatMatrix(rows: self.queries.rows, columns: self.heads * self.rank)
            try TensorOperators(variant, threads: threads).attend(
                queries: self.queries,
                rows: 0..<self.queries.rows,
                layout: self.layout,
                cache: self.cache,
                firstRow: self.firstRow,
                scale: 0.3,
                into: output
            )
            return output
        }

        var expected: [[Double]] {
            zip(self.queries.values, self.layout.positions).map { row, position in
                (0..<self.heads).flatMap { head in
                    self.head(row[head * self.width..<(head + 1) * self.width], self.keys[0...Int(position)])
                }
            }
        }

        private func head(_ query: ArraySlice<Float>, _ keys: ArraySlice<[Float]>) -> [Double] {
            let scores = keys.map { key in
                zip(query, key).reduce(0) { $0 + Double($1.0) * Double($1.1) } * Double(Float(0.3))
            }
            let peak = scores.max() ?? 0
            let weights = scores.map { exp($0 - peak) }
            let total = weights.reduce(0, +)
            return (0..<self.rank).map { column in
                zip(weights, keys).reduce(0) { $0 + $1.0 * Double($1.1[column]) } / total
            }
        }
    }

    @Test(
        "is softmax of scores over the keys up to the token's own",
        arguments: [
            (heads: 4, width: 24, rank: 16, block: 64), (heads: 3, width: 27, rank: 19, block: 5),
            (heads: 20, width: 9, rank: 9, block: 1), (heads: 1, width: 130, rank: 100, block: 100),
            (heads: 17, width: 40, rank: 32, block: 16),
        ],
        [ElementType.f32, .bf16]
    )
    func definition(_ shape: (heads: Int, width: Int, rank: Int, block: Int), _ element: ElementType) throws {
        let scene = try Scene(
            seed: UInt64(shape.width),
            heads: shape.heads,
            width: shape.width,
            rank: shape.rank,
            blockTokens: shape.block,
            positions: [0, 1, 15, 16, 62, 63, 64, 65, 127, 128, 200],
            element: element
        )
        let result = try scene.attend(.fastest)
        #expect(largestDifference(result.values, scene.expected) < 3e-6)
        for variant in KernelVariant.available {
            #expect(try scene.attend(variant, threads: 3).bits == result.bits, "\(variant.name)")
        }
    }

    @Test("survives scores that are far apart", arguments: 1...5, [ElementType.f32, .bf16])
    func extremes(seed: Int, _ element: ElementType) throws {
        let scene = try Scene(
            seed: UInt64(seed),
            heads: 2,
            width: 16,
            rank: 16,
            blockTokens: 16,
            positions: [130],
            element: element,
            scales: { $0.isMultiple(of: 3) ? 300 : 1 }
        )
        let result = try scene.attend(.fastest)
        #expect(result.values.allSatisfy { $0.allSatisfy(\.isFinite) })
        for variant in KernelVariant.available { #expect(try scene.attend(variant).bits == result.bits) }
    }

    @Test("a bf16 cache holds the nearest bf16, of equals the even one", arguments: KernelVariant.available)
    func rounding(variant: KernelVariant) throws {
        let bits: [UInt32] = [
            0, 0x8000_0000, 0x3F80_0000, 0x3F80_7FFF, 0x3F80_8000, 0x3F80_8001, 0x3F81_8000, 0x7F7F_FFFF, 0x7F80_0000,
            0xFF80_0000, 0x0000_0001, 0x0000_8000, 0x0001_8000, 0xBF80_8001, 0x7F7F_0000, 0x4049_0FDB, 0x7F7F_7FFF,
        ]
        let rounded: [UInt32] = [
            0, 0x8000_0000, 0x3F80_0000, 0x3F80_0000, 0x3F80_0000, 0x3F81_0000, 0x3F82_0000, 0x7F80_0000, 0x7F80_0000,
            0xFF80_0000, 0, 0, 0x0002_0000, 0xBF81_0000, 0x7F7F_0000, 0x4049_0000, 0x7F7F_0000,
        ]
        let nans: [UInt32] = [0x7F80_0001, 0xFFFF_FFFF]
        let input = try FloatMatrix([(bits + nans).map { Float(bitPattern: $0) }])
        let cache = try LatentMatrix(rows: 2, width: input.columns, element: .bf16)
        try TensorOperators(variant).store(input.all, to: cache, rows: [1])
        #expect(cache[1].prefix(bits.count).map(\.bitPattern) == rounded)
        let notNumbers = cache[1].suffix(nans.count)
        #expect(notNumbers.filter(\.isNaN).count == nans.count)
    }

    @Test("store copies rows to where it is told, and leaves the others", arguments: [ElementType.f32, .bf16])
    func storing(element: ElementType) throws {
        let input = try FloatMatrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
        let cache = try LatentMatrix(rows: 6, width: 3, element: element)
        cache.clear()
        try TensorOperators(threads: 2).store(input.all, to: cache, rows: [4, 0, 2])
        #expect((0..<6).map { cache[$0] } == [input[1], [0, 0, 0], input[2], [0, 0, 0], input[0], [0, 0, 0]])
    }

    @Test("rotation turns pairs by their token's angle", arguments: [true, false])
    func rotation(interleaved: Bool) throws {
        let table = RoPETable(headSize: 8, theta: 100, interleaved: interleaved)
        let rotations = try Rotations(table)
        try rotations.set([0, 3, 1000], of: table)
        var random = SeededGenerator(8)
        // Two heads of three numbers that stay and eight that turn.
        let input = try random.matrix(rows: 3, columns: 22)
        let output = try FloatMatrix(Array(repeating: Array(repeating: 5, count: 20), count: 2))
        try TensorOperators().rotate(
            RowVectors(input, first: 3, stride: 11),
            into: RowVectors(output, first: 1, stride: 10),
            count: 2,
            rows: 1..<3,
            by: rotations
        )
        for (row, position) in [(0, 3), (1, 1000)] {
            for head in 0..<2 {
                for pair in 0..<4 {
                    let (first, second) = interleaved ? (2 * pair, 2 * pair + 1) : (pair, pair + 4)
                    let angle = Double(Float(position) * Float(pow(100, -Double(pair) / 4)))
                    let a = Double(input[row + 1][3 + head * 11 + first])
                    let b = Double(input[row + 1][3 + head * 11 + second])
                    let got = (output[row][1 + head * 10 + first], output[row][1 + head * 10 + second])
                    #expect(abs(Double(got.0) - (a * cos(angle) - b * sin(angle))) < 1e-6)
                    #expect(abs(Double(got.1) - (a * sin(angle) + b * cos(angle))) < 1e-6)
                }
            }
            #expect(output[row][0] == 5 && output[row][9] == 5 && output[row][10] == 5 && output[row][19] == 5)
        }
    }
}

@Suite("RoPETable")
struct RoPETableTests {
    @Test("has A.X K1's factors for a factor of 4")
    func publishedShape() {
        func table(_ allDim: Double) -> RoPETable {
            RoPETable(
                headSize: 64,
                theta: 10_000,
                interleaved: true,
                yarn: .init(factor: 4, originalContextLength: 32_768, mscale: 1, mscaleAllDim: allDim)
            )
        }
        #expect(abs(table(0).attentionFactor - 1.138629436) < 1e-7)
        #expect(table(0).scoreFactor == 1)
        #expect(table(1).attentionFactor == 1)
        #expect(abs(table(1).scoreFactor - 1.138629436 * 1.138629436) < 1e-8)
        // The ramp goes from pair 17 to pair 30.
        let plain = RoPETable(headSize: 64, theta: 10_000, interleaved: true)
        let ratios = zip(table(0).frequencies, plain.frequencies).map { $0 / $1 }
        #expect(ratios[0...17].allSatisfy { $0 == 1 } && ratios[18] < 1)
        #expect(ratios[29] > 0.26 && ratios[30...].allSatisfy { abs($0 - 0.25) < 1e-6 })
    }

    @Test("takes a stated attention factor, and leaves a factor of 1 alone")
    func special() {
        let stated = RoPETable.YaRN(
            factor: 8,
            originalContextLength: 16,
            mscale: 1,
            mscaleAllDim: 1,
            attentionFactor: 0.9
        )
        #expect(RoPETable(headSize: 8, theta: 100, interleaved: true, yarn: stated).attentionFactor == 0.9)
        let one = RoPETable.YaRN(factor: 1, originalContextLength: 4096, mscale: 2, mscaleAllDim: 3)
        let table = RoPETable(headSize: 8, theta: 100, interleaved: true, yarn: one)
        #expect(table == RoPETable(headSize: 8, theta: 100, interleaved: true))
    }
}
