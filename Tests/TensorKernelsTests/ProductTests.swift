import Testing

@testable import TensorKernels

/// A shape of a product: rows, outputs, inputs.
struct ProductShape: Sendable, CustomTestStringConvertible {
    var rows: Int
    var outputs: Int
    var inputs: Int

    var testDescription: String { "\(self.rows) x \(self.inputs) · \(self.outputs)" }

    /// Around every border that the kernels have: lanes, tiles, packed rows, blocks of the sum, units of work.
    static let all: [ProductShape] = [
        .init(rows: 1, outputs: 1, inputs: 1), .init(rows: 1, outputs: 7, inputs: 15),
        .init(rows: 2, outputs: 6, inputs: 16), .init(rows: 3, outputs: 5, inputs: 17),
        .init(rows: 4, outputs: 12, inputs: 64), .init(rows: 5, outputs: 13, inputs: 60),
        .init(rows: 9, outputs: 97, inputs: 31), .init(rows: 4, outputs: 3, inputs: 768),
        .init(rows: 6, outputs: 4, inputs: 769), .init(rows: 1, outputs: 2, inputs: 1600),
        .init(rows: 129, outputs: 7, inputs: 40), .init(rows: 257, outputs: 2, inputs: 19),
    ]
}

@Suite("Products")
struct ProductTests {
    private static let elements: [ElementType] = [.f32, .bf16, .f16]

    private func byRows(_ input: [[Float]], _ weight: [[Float]]) -> [[Double]] {
        input.map { row in
            weight.map { column in zip(row, column).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        }
    }

    @Test("are sums of products, for every type of weight at any address", arguments: ProductShape.all, [true, false])
    func definition(shape: ProductShape, oddAddress: Bool) throws {
        var random = SeededGenerator(UInt64(shape.rows * 31 + shape.inputs))
        let operators = try TensorOperators()
        let input = try random.matrix(rows: shape.rows, columns: shape.inputs)
        let output = try FloatMatrix(rows: shape.rows, columns: shape.outputs)
        for element in Self.elements {
            let weight = random.weight(rows: shape.outputs, columns: shape.inputs, element, oddAddress: oddAddress)
            operators.product(input.all, weight, into: output.all)
            let expected = self.byRows(input.values, weight.values)
            #expect(largestDifference(output.values, expected, scale: Double(shape.inputs).squareRoot()) < 1e-6)
            let array = operators.product(input.all, weight)
            #expect(array.map(\.bitPattern) == output.bits.flatMap(\.self))
        }
    }

    @Test("have the same bits in every variant", arguments: ProductShape.all)
    func variants(shape: ProductShape) throws {
        for element in Self.elements {
            var random = SeededGenerator(UInt64(shape.outputs))
            let input = try random.matrix(rows: shape.rows, columns: shape.inputs, in: -30...30)
            let weight = random.weight(rows: shape.outputs, columns: shape.inputs, element, oddAddress: true)
            let turned = random.weight(rows: shape.inputs, columns: shape.outputs, element)
            let results = try KernelVariant.available.map { variant in
                let operators = try TensorOperators(variant, threads: 3)
                let output = try FloatMatrix(rows: shape.rows, columns: shape.outputs)
                let other = try FloatMatrix(rows: shape.rows, columns: shape.outputs)
                operators.run([
                    MatrixProduct(input.all, weight, into: output.all),
                    MatrixProduct(input.all, turned, into: other.all, form: .byColumns),
                ])
                return [output.bits, other.bits]
            }
            for (result, variant) in zip(results, KernelVariant.available) {
                #expect(result == results[0], "\(variant.name), \(element)")
            }
        }
    }

    @Test("give a row the same bits alone and among others", arguments: [1, 2, 3, 4, 5, 8, 64, 127, 128, 129, 300])
    func rowsAlone(rows: Int) throws {
        var random = SeededGenerator(UInt64(rows))
        let operators = try TensorOperators(threads: 2)
        let weight = random.weight(rows: 100, columns: 800, .bf16)
        let input = try random.matrix(rows: rows, columns: 800)
        let together = try FloatMatrix(rows: rows, columns: 100)
        operators.product(input.all, weight, into: together.all)
        let alone = try FloatMatrix(rows: 1, columns: 100)
        for row in Set([0, rows / 2, rows - 1]) {
            operators.product(input.view(rows: row..<row + 1), weight, into: alone.all)
            #expect(alone.bits[0] == together.bits[row], "row \(row)")
        }
    }

    @Test("by columns add up weight rows", arguments: ProductShape.all)
    func byColumns(shape: ProductShape) throws {
        var random = SeededGenerator(UInt64(shape.inputs))
        let operators = try TensorOperators()
        let input = try random.matrix(rows: shape.rows, columns: shape.inputs)
        let output = try random.matrix(rows: shape.rows, columns: shape.outputs)
        for element in Self.elements {
            let weight = random.weight(rows: shape.inputs, columns: shape.outputs, element, oddAddress: true)
            operators.run([MatrixProduct(input.all, weight, into: output.all, form: .byColumns)])
            let expected = input.values.map { row in
                (0..<shape.outputs).map { column in
                    zip(row, weight.values).reduce(0) { $0 + Double($1.0) * Double($1.1[column]) }
                }
            }
            #expect(largestDifference(output.values, expected, scale: Double(shape.inputs).squareRoot()) < 1e-6)
        }
    }

    @Test("gather their rows, and leave everything outside their views alone", arguments: 1...8)
    func gathered(seed: Int) throws {
        var random = SeededGenerator(UInt64(seed))
        let operators = try TensorOperators(threads: 2)
        let input = try random.matrix(rows: 20, columns: 50)
        let output = try FloatMatrix(Array(repeating: Array(repeating: 7, count: 30), count: 25))
        let rows = (0..<21).map { _ in Int32.random(in: 0..<20, using: &random) }
        let weight = random.weight(rows: 11, columns: 33, .bf16)
        operators.run(
            [
                MatrixProduct(
                    input.view(columns: 9..<42),
                    weight,
                    into: output.view(rows: 2..<14, columns: 4..<15),
                    gathered: 5..<17
                ),
                MatrixProduct(
                    input.view(columns: 9..<42),
                    weight,
                    into: output.view(rows: 14..<15, columns: 4..<15),
                    gathered: 20..<21
                ),
            ],
            gathering: rows
        )
        let chosen = (Array(rows[5..<17]) + [rows[20]]).map { Array(input[Int($0)][9..<42]) }
        let got = (2..<15).map { Array(output[$0][4..<15]) }
        #expect(largestDifference(got, self.byRows(chosen, weight.values)) < 1e-5)
        var outside = output.values
        for row in 2..<15 { outside[row].replaceSubrange(4..<15, with: Array(repeating: 7, count: 11)) }
        #expect(outside.allSatisfy { $0.allSatisfy { $0 == 7 } })
    }

    @Test("agree with OpenBLAS", arguments: ProductShape.all)
    func openBLAS(shape: ProductShape) throws {
        var random = SeededGenerator(99)
        let weight = random.weight(rows: shape.outputs, columns: shape.inputs, .f32)
        let input = try random.matrix(rows: shape.rows, columns: shape.inputs)
        let ours = try FloatMatrix(rows: shape.rows, columns: shape.outputs)
        let theirs = try FloatMatrix(rows: shape.rows, columns: shape.outputs)
        try TensorOperators().product(input.all, weight, into: ours.all)
        OpenBLASProduct.compute(input.all, weight, into: theirs.all)
        let expected = theirs.values.map { $0.map(Double.init) }
        #expect(largestDifference(ours.values, expected, scale: Double(shape.inputs).squareRoot()) < 1e-6)
    }
}
