import Synchronization
import TensorKernels
import Testing

@testable import ModelFiles

@Suite("PackSynthesizer")
struct PackSynthesizerTests {
    private static func write(_ format: PackedFormat, seed: UInt64 = 3, threads: Int = 2) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try PackSynthesizer(preset: .tiny, seed: seed, format: format, threads: threads).write(
            to: folder.path + "/pack"
        )
        return folder
    }

    @Test("makes a pack that is sound and opens as its preset", arguments: PackedFormat.allCases)
    func sound(format: PackedFormat) throws {
        let folder = try Self.write(format)
        let pack = try PackedModel.open(directory: folder.path + "/pack")
        #expect(pack.configuration == SynthesisPreset.tiny.configuration)
        #expect(pack.format == format && pack.rounding == .nearest)
        let result = try PackVerifier(directory: folder.path + "/pack", threads: 1).run()
        #expect(result.problems.isEmpty)
        for file in ["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"] {
            #expect(pack.configuration.vocabularySize > 0 && MappedFile.exists(folder.path + "/pack/" + file))
        }
    }

    @Test(
        "gives the same bytes for a seed with any number of threads, and others for another",
        arguments: [PackedFormat.int8, .int4g32]
    )
    func seeds(format: PackedFormat) throws {
        let (first, second) = (try Self.write(format), try Self.write(format, threads: 5))
        let third = try Self.write(format, seed: 4)
        for name in ["trunk.bin", "experts-001.bin", "experts-003.bin", "manifest.json"] {
            #expect(try first.read("pack/" + name) == second.read("pack/" + name), "\(name)")
            #expect(try first.read("pack/" + name) != third.read("pack/" + name), "\(name)")
        }
    }

    @Test("draws weights of the size that keeps activations their size", arguments: PackedFormat.allCases)
    func distribution(format: PackedFormat) throws {
        let folder = try Self.write(format)
        let pack = try PackedModel.open(directory: folder.path + "/pack")
        let (expert, other) = (try pack.expert(5, ofLayer: 2), try pack.expert(6, ofLayer: 2))
        let head = pack.trunk.outputHead
        for (matrix, deviation) in [
            (expert.gate, 1 / 128.0.squareRoot()), (expert.down, 1 / 64.0.squareRoot()),
            (head, 2.5 / 128.0.squareRoot()),
        ] {
            let values = (0..<matrix.rows).flatMap { matrix.floats(row: $0) }.map(Double.init)
            let mean = values.reduce(0, +) / Double(values.count)
            let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
            #expect(abs(mean) < 0.05 * deviation, "\(mean)")
            #expect(abs(square.squareRoot() / deviation - 1) < 0.08, "\(square.squareRoot()), \(deviation)")
        }
        #expect(expert.gate.floats(row: 0) != expert.up.floats(row: 0))
        #expect(expert.gate.floats(row: 0) != other.gate.floats(row: 0))
        #expect(expert.gate.floats(row: 0) != expert.gate.floats(row: 32))
    }

    @Test("fills up panels as packing does", arguments: PackedFormat.allCases)
    func padding(format: PackedFormat) throws {
        // 37 inputs are no whole number of steps, 70 outputs no whole number of panels.
        let (rows, columns) = (70, 37)
        let bytes = PackedMatrix.byteCount(format, rows: rows, columns: columns)
        let buffer = PageBuffer(bytes: bytes)
        RandomPanels(seed: 1, name: "x", deviation: 1, format: format)
            .write(rows: 0..<rows, columns: columns, to: buffer, at: 0)
        // A matrix of all panels' outputs and all steps' inputs is the same memory.
        let padded = format.panelCount(rows: rows) * format.panelOutputs
        let step = format.groupInputs ?? (format == .bf16 ? 2 : 4)
        let inputs = (columns + step - 1) / step * step
        // Safe: as many bytes, which the buffer keeps and nobody writes.
        let whole = unsafe PackedMatrix(
            base: UnsafeRawPointer(buffer.base),
            format: format,
            rows: padded,
            columns: inputs,
            owner: buffer
        )
        for row in 0..<padded {
            let values = whole.floats(row: row)
            let zeros = row < rows ? values[columns...] : values[...]
            #expect(zeros.allSatisfy { $0 == 0 }, "row \(row)")
            #expect(row >= rows || values[..<columns].contains { $0 != 0 })
        }
    }

    @Test("reports its progress up to the end, and touches no folder that has something in it")
    func places() throws {
        let folder = try TemporaryFolder()
        let last = Mutex<PackProgress?>(nil)
        let synthesizer = PackSynthesizer(preset: .tiny, format: .int8, threads: 2)
        try synthesizer.write(to: folder.path + "/pack") { progress in last.withLock { $0 = progress } }
        let progress = try #require(last.withLock { $0 })
        #expect(progress.doneBytes > 1_000_000 && progress.doneBytes <= progress.totalBytes)
        let error = #expect(throws: ModelFilesError.self) { try synthesizer.write(to: folder.path + "/pack") }
        #expect(error?.message.contains("expected nothing there") == true)
    }

    @Test("has the sizes that its shape projects", arguments: PackedFormat.allCases)
    func sizes(format: PackedFormat) throws {
        let folder = try Self.write(format)
        let pack = try PackedModel.open(directory: folder.path + "/pack")
        let sizes = PackSizes(pack)
        #expect(sizes == PackSizes(SynthesisPreset.tiny.configuration, format: format))
        #expect(sizes.expertCount == 24 && sizes.expertBytes == 24 * sizes.recordBytes)
        #expect(try folder.read("pack/experts-001.bin").count == 4096 + 8 * sizes.recordBytes)
    }

    @Test("has A.X K1's dimensions in the slice")
    func slice() {
        let configuration = SynthesisPreset.axk1Slice.configuration
        let layout = ExpertRecordLayout(configuration, .int4g32)
        // 44,040,192 weights of an expert, half a byte each and two bytes for every 32.
        #expect(layout.payloadBytes == 44_040_192 / 2 + 44_040_192 / 16)
        #expect(configuration.sparseLayers == [1, 2] && configuration.experts.routedCount == 192)
        let bytes = 2 * layout.byteOffset(ofExpert: 192)
        #expect((9_500_000_000..<9_530_000_000).contains(bytes))
    }
}
