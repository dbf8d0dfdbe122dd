import Testing

@testable import TensorKernels

@Suite("Products with packed weights")
struct PackedProductTests {
    /// Around every border that the kernels have: panels, steps, groups, register tiles, blocks of the sum, units of work.
    private static let shapes: [ProductShape] = [
        .init(rows: 1, outputs: 1, inputs: 1), .init(rows: 2, outputs: 31, inputs: 31),
        .init(rows: 3, outputs: 33, inputs: 64), .init(rows: 4, outputs: 64, inputs: 32),
        .init(rows: 5, outputs: 65, inputs: 100), .init(rows: 6, outputs: 97, inputs: 63),
        .init(rows: 7, outputs: 40, inputs: 66), .init(rows: 13, outputs: 130, inputs: 129),
        .init(rows: 1, outputs: 64, inputs: 1030), .init(rows: 30, outputs: 97, inputs: 33),
        .init(rows: 258, outputs: 2, inputs: 5),
    ]

    /// Input of either kind for weights of a format.
    private func input(
        _ matrix: FloatMatrix,
        _ format: PackedFormat,
        _ operators: TensorOperators
    ) throws
        -> (PackedProduct.Input, values: [[Float]])
    {
        guard format.isInteger else { return (.floats(matrix.all), matrix.values) }
        let rows = try QuantizedRows(rows: matrix.rows, columns: matrix.columns, format: format)
        operators.quantize(matrix.all, into: rows)
        return (.quantized(rows, rows: 0..<rows.rows), (0..<rows.rows).map { rows.floats(row: $0) })
    }

    @Test("are sums of products of what was kept", arguments: PackedFormat.allCases, Self.shapes)
    func definition(format: PackedFormat, shape: ProductShape) throws {
        var random = SeededGenerator(UInt64(shape.rows * 31 + shape.inputs))
        let operators = try TensorOperators()
        let weight = random.weight(rows: shape.outputs, columns: shape.inputs, .f32)
        let packed = try PackedMatrix(packing: weight, as: format)
        let (input, values) = try self.input(
            random.matrix(rows: shape.rows, columns: shape.inputs),
            format,
            operators
        )
        let output = try FloatMatrix(rows: shape.rows, columns: shape.outputs)
        operators.run([PackedProduct(input, packed, into: output.all)])
        let weights = (0..<shape.outputs).map { packed.floats(row: $0) }
        let expected = values.map { row in
            weights.map { zip(row, $0).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        }
        #expect(largestDifference(output.values, expected, scale: Double(shape.inputs).squareRoot()) < 1e-6)
    }

    @Test("have the same bits in every variant", arguments: PackedFormat.allCases, Self.shapes)
    func variants(format: PackedFormat, shape: ProductShape) throws {
        var random = SeededGenerator(UInt64(shape.outputs))
        let weight = random.weight(rows: shape.outputs, columns: shape.inputs, .f32)
        let packed = try PackedMatrix(packing: weight, as: format)
        let matrix = try random.matrix(rows: shape.rows, columns: shape.inputs, in: -30...30)
        let results = try KernelVariant.available.map { variant in
            let operators = try TensorOperators(variant, threads: 3)
            let output = try FloatMatrix(rows: shape.rows, columns: shape.outputs)
            let (input, _) = try self.input(matrix, format, operators)
            operators.run([PackedProduct(input, packed, into: output.all)])
            return output.bits
        }
        for (result, variant) in zip(results, KernelVariant.available) {
            #expect(result == results[0], "\(variant.name)")
        }
    }

    @Test(
        "have the same bits in every variant where everything is as large as it can be",
        arguments: PackedFormat.allCases
    )
    func extremes(format: PackedFormat) throws {
        let columns = 2050
        let signs: [(Float, Float)] = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        for (weightSign, inputSign) in signs {
            let weight = WeightMatrix(
                Array(repeating: weightSign * 1.5, count: 3 * columns),
                rows: 3,
                columns: columns,
                .f32
            )
            let packed = try PackedMatrix(packing: weight, as: format)
            let matrix = try FloatMatrix(Array(repeating: Array(repeating: inputSign * 2, count: columns), count: 2))
            let results = try KernelVariant.available.map { variant in
                let operators = try TensorOperators(variant)
                let output = try FloatMatrix(rows: 2, columns: 3)
                let (input, _) = try self.input(matrix, format, operators)
                operators.run([PackedProduct(input, packed, into: output.all)])
                return output
            }
            let expected = Double(weightSign * inputSign) * 3 * Double(columns)
            for result in results {
                #expect(result.bits == results[0].bits)
                #expect(
                    largestDifference(
                        result.values,
                        [[expected, expected, expected], [expected, expected, expected]]
                    ) < 0.05
                )
            }
        }
    }

    @Test(
        "give a row the same bits alone and among others",
        arguments: PackedFormat.allCases,
        [2, 5, 6, 7, 12, 64, 300]
    )
    func rowsAlone(format: PackedFormat, rows: Int) throws {
        var random = SeededGenerator(UInt64(rows))
        let operators = try TensorOperators(threads: 2)
        let packed = try PackedMatrix(packing: random.weight(rows: 70, columns: 90, .bf16), as: format)
        let matrix = try random.matrix(rows: rows, columns: 90)
        let together = try FloatMatrix(rows: rows, columns: 70)
        operators.run([PackedProduct(try self.input(matrix, format, operators).0, packed, into: together.all)])
        for row in Set([0, rows / 2, rows - 1]) {
            let alone = try FloatMatrix(rows: 1, columns: 70)
            let single = try self.input(FloatMatrix([matrix[row]]), format, operators).0
            operators.run([PackedProduct(single, packed, into: alone.all)])
            #expect(alone.bits[0] == together.bits[row], "row \(row)")
        }
    }

    @Test("gather their rows, and leave everything outside their views alone", arguments: PackedFormat.allCases, 1...4)
    func gathered(format: PackedFormat, seed: Int) throws {
        var random = SeededGenerator(UInt64(seed))
        let operators = try TensorOperators(threads: 2)
        let matrix = try random.matrix(rows: 20, columns: 50)
        let input = try self.input(matrix, format, operators).0
        let output = try FloatMatrix(Array(repeating: Array(repeating: 7, count: 30), count: 25))
        let rows = (0..<21).map { _ in Int32.random(in: 0..<20, using: &random) }
        let packed = try PackedMatrix(packing: random.weight(rows: 11, columns: 50, .bf16), as: format)
        operators.run(
            [
                PackedProduct(input, packed, into: output.view(rows: 2..<14, columns: 4..<15), gathered: 5..<17),
                PackedProduct(input, packed, into: output.view(rows: 14..<15, columns: 4..<15), gathered: 20..<21),
            ],
            gathering: rows
        )
        let all = try FloatMatrix(rows: 20, columns: 11)
        operators.run([PackedProduct(input, packed, into: all.all)])
        let chosen = (Array(rows[5..<17]) + [rows[20]]).map { all.bits[Int($0)] }
        #expect((2..<15).map { Array(output.bits[$0][4..<15]) } == chosen)
        var outside = output.values
        for row in 2..<15 { outside[row].replaceSubrange(4..<15, with: Array(repeating: 7, count: 11)) }
        #expect(outside.allSatisfy { $0.allSatisfy { $0 == 7 } })
    }

    @Test("have the same bits in every variant, whatever the shape and the rows", arguments: 1...40)
    func fuzz(seed: Int) throws {
        var random = SeededGenerator(UInt64(seed) * 7919)
        let format = PackedFormat.allCases[seed % PackedFormat.allCases.count]
        let (rows, outputs) = (Int.random(in: 1...70, using: &random), Int.random(in: 1...150, using: &random))
        let (inputs, inputRows) = (Int.random(in: 1...200, using: &random), Int.random(in: 1...20, using: &random))
        let margin = Int.random(in: 0...3, using: &random)
        let packed = try PackedMatrix(packing: random.weight(rows: outputs, columns: inputs, .bf16), as: format)
        let matrix = try random.matrix(rows: inputRows, columns: inputs, in: -5...5)
        let gathered = (0..<rows).map { _ in Int32.random(in: 0..<Int32(inputRows), using: &random) }
        let results = try KernelVariant.available.map { variant in
            let operators = try TensorOperators(variant, threads: 2)
            let output = try FloatMatrix(Array(repeating: Array(repeating: 7, count: outputs + margin), count: rows))
            let view = output.view(columns: 0..<outputs)
            let (input, _) = try self.input(matrix, format, operators)
            operators.run([PackedProduct(input, packed, into: view, gathered: 0..<rows)], gathering: gathered)
            return output.bits
        }
        for (result, variant) in zip(results, KernelVariant.available) {
            #expect(result == results[0], "\(variant.name): \(rows) x \(inputs) · \(outputs), \(format)")
        }
    }
}
