import TensorKernels
import Testing

@testable import ModelFiles

@Suite("SafetensorsWriter")
struct SafetensorsWriterTests {
    @Test("writes what the reader reads, in pieces that ignore the borders of tensors")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.safetensors"
        let tensors = [
            TensorDescription(name: "f32", element: .f32, shape: [2, 3]),
            TensorDescription(name: "empty", element: .f32, shape: [0, 4]),
            TensorDescription(name: "bf16", element: .bf16, shape: [4]),
            TensorDescription(name: "f16", element: .f16, shape: [1, 5]),
        ]
        var writer = try SafetensorsWriter(path: path, tensors: tensors, metadata: ["format": "pt"])
        try writer.append([0, 1, 2, 3])
        try writer.append([4, 5, 6, 7, 8, 9, 10, 11])
        try writer.append([])
        try writer.append([12, 13, 14])
        try writer.finish()
        let bytes = try folder.read("a.safetensors")
        let header = try SafetensorsHeader(file: bytes)
        #expect(header.entries.map(\.name) == ["f32", "empty", "bf16", "f16"])
        #expect(header.entries.map(\.shape) == tensors.map(\.shape))
        #expect(header.entries[0].byteRange.lowerBound.isMultiple(of: 8))
        #expect(Array(bytes[header.entries[2].byteRange]) == [0xC0, 0x40, 0xE0, 0x40, 0x00, 0x41, 0x10, 0x41])
        let f32 = Array(bytes[header.entries[0].byteRange].dropFirst(4).prefix(4))
        #expect(f32 == [0, 0, 0x80, 0x3F])
    }

    @Test("shows no file before it is finished, and leaves none behind when it is given up")
    func atomicity() throws {
        let folder = try TemporaryFolder()
        try folder.write("kept.safetensors", [1, 2, 3])
        func abandon() throws {
            var writer = try SafetensorsWriter(
                path: folder.path + "/kept.safetensors",
                tensors: [TensorDescription(name: "a", element: .f32, shape: [2])]
            )
            try writer.append([1])
            #expect(try folder.files.count == 2)
        }
        try abandon()
        #expect(try folder.files == ["kept.safetensors"])
        #expect(try folder.read("kept.safetensors") == [1, 2, 3])
    }

    @Test("rounds to the nearest bfloat16, ties to even")
    func rounding() {
        let cases: [(UInt32, UInt16)] = [
            (0x3F80_0000, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F81_8000, 0x3F82), (0x3F80_8001, 0x3F81),
            (0x7F7F_FFFF, 0x7F80), (0x7F80_0000, 0x7F80), (0xFF80_0000, 0xFF80), (0x8000_0000, 0x8000),
        ]
        for (bits, expected) in cases { #expect(Float(bitPattern: bits).bfloat16 == expected) }
        #expect(Float(bitPattern: 0x7F80_0001).bfloat16 & 0x7FFF > 0x7F80)
    }

    @Test("says which path cannot be written, and why")
    func unwritable() {
        let error = #expect(throws: ModelFilesError.self) {
            let writer = try SafetensorsWriter(path: "/nowhere/at/all.safetensors", tensors: [])
            try writer.finish()
        }
        #expect(error?.code == .unwritable)
        #expect(error?.message == "/nowhere/at/all.safetensors: cannot be created: No such file or directory")
    }
}
