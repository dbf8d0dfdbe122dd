public import TensorKernels

/// The routed experts of one layer on disk: where each record lies, and what is in it.
///
/// A record is read as it stands, whole pages from a page's boundary on, by whatever means, into memory that begins at a
/// multiple of 64 bytes; ``weights(inRecord:ofExpert:owner:checksummed:)`` makes views of it there.
public struct PackedExpertFile: Sendable {
    public let path: String
    public let layer: Int
    public let expertCount: Int
    public let layout: ExpertRecordLayout
    private let file: MappedFile

    init(path: String, layer: Int, expertCount: Int, layout: ExpertRecordLayout) throws(ModelFilesError) {
        self.path = path
        self.layer = layer
        self.expertCount = expertCount
        self.layout = layout
        self.file = try MappedFile(path: path)
        let header = ExpertFileHeader(layer: layer, experts: expertCount, layout: layout)
        guard self.file.bytes == header.fileBytes else {
            throw ModelFilesError(.malformed, path, ["expected \(header.fileBytes) bytes, got \(self.file.bytes)"])
        }
        if let place = header.difference(from: self.file.copy(0..<ExpertFileHeader.bytes)) {
            let problem =
                "expected the header of layer \(layer) with \(expertCount) experts, got another byte at \(place)"
            throw ModelFilesError(.malformed, path, [problem])
        }
    }

    /// Bytes of a record, from its header to the end of its last page.
    public var recordBytes: Int { self.layout.stride }

    public func byteOffset(ofExpert expert: Int) -> Int { self.layout.byteOffset(ofExpert: expert) }

    /// Views of an expert's weights in the mapped file.
    ///
    /// - Parameters:
    ///   - expert: Below `expertCount`.
    ///   - checksummed: Whether to read all of the record now and compare its checksum.
    /// - Returns: Views that keep the file mapped.
    /// - Throws: ``ModelFilesError`` with code `malformed`, where the record is not this expert's.
    public func weights(
        ofExpert expert: Int,
        checksummed: Bool = false
    ) throws(ModelFilesError) -> SwiGLUWeights<PackedMatrix> {
        precondition(0..<self.expertCount ~= expert, "expert \(expert) of \(self.expertCount)")
        let start = self.byteOffset(ofExpert: expert)
        // Safe: the file has a whole record there, and is its owner.
        return try unsafe self.weights(
            inRecord: UnsafeRawBufferPointer(
                start: self.file.address(start..<start + self.recordBytes),
                count: self.recordBytes
            ),
            ofExpert: expert,
            owner: self.file,
            checksummed: checksummed
        )
    }

    /// Views of an expert's weights in a record that was read into memory.
    ///
    /// - Parameters:
    ///   - record: `recordBytes` bytes that never change while `owner` lives.
    ///   - expert: Whose record it should be.
    ///   - owner: What frees that memory when it is released.
    ///   - checksummed: Whether to compare the checksum of the weights, which reads all of them.
    /// - Returns: Views that keep `owner`.
    /// - Throws: ``ModelFilesError`` with code `malformed`, where the record is not this expert's.
    @unsafe
    public func weights(
        inRecord record: UnsafeRawBufferPointer,
        ofExpert expert: Int,
        owner: any AnyObject & Sendable,
        checksummed: Bool = true
    ) throws(ModelFilesError) -> SwiGLUWeights<PackedMatrix> {
        guard record.count == self.recordBytes, let base = record.baseAddress else {
            throw self.malformed(expert, "expected \(self.recordBytes) bytes, got \(record.count)")
        }
        do throws(ExpertRecordHeader.Problem) {
            // Safe: a record is longer than its header, and than its payload with it.
            let bytes = unsafe Array(record[..<ExpertRecordHeader.bytes])
            let header = try ExpertRecordHeader(bytes, layer: self.layer, expert: expert, layout: self.layout)
            if checksummed {
                let payload = unsafe UnsafeRawBufferPointer(
                    start: base + ExpertRecordHeader.bytes,
                    count: header.payloadBytes
                )
                let got = unsafe Checksum.crc32c(Span<UInt8>(_unsafeBytes: payload))
                guard got == header.payloadChecksum else {
                    throw .init(text: "checksum of the weights: expected \(header.payloadChecksum), got \(got)")
                }
            }
        } catch {
            throw self.malformed(expert, error.text)
        }
        func matrix(_ place: ExpertRecordLayout.Matrix) -> PackedMatrix {
            // Safe: the layout's ranges lie in the record, which `owner` keeps.
            unsafe PackedMatrix(
                base: base + place.byteRange.lowerBound,
                format: self.layout.format,
                rows: place.rows,
                columns: place.columns,
                owner: owner
            )
        }
        return SwiGLUWeights<PackedMatrix>(
            gate: matrix(self.layout.gate),
            up: matrix(self.layout.up),
            down: matrix(self.layout.down)
        )
    }

    /// What a record that was read into memory says of its weights, after its header has been checked.
    ///
    /// - Parameters:
    ///   - record: `recordBytes` bytes.
    ///   - expert: Whose record it should be.
    /// - Returns: Where in the record the weights lie, and the CRC-32C that they must have.
    /// - Throws: ``ModelFilesError`` with code `malformed`, where the record is not this expert's.
    @unsafe
    public func weightsChecksum(
        inRecord record: UnsafeRawBufferPointer,
        ofExpert expert: Int
    ) throws(ModelFilesError) -> (byteRange: Range<Int>, checksum: UInt32) {
        guard record.count == self.recordBytes else {
            throw self.malformed(expert, "expected \(self.recordBytes) bytes, got \(record.count)")
        }
        do throws(ExpertRecordHeader.Problem) {
            // Safe: a record is longer than its header.
            let bytes = unsafe Array(record[..<ExpertRecordHeader.bytes])
            let header = try ExpertRecordHeader(bytes, layer: self.layer, expert: expert, layout: self.layout)
            let first = ExpertRecordHeader.bytes
            return (first..<first + header.payloadBytes, header.payloadChecksum)
        } catch {
            throw self.malformed(expert, error.text)
        }
    }

    private func malformed(_ expert: Int, _ problem: String) -> ModelFilesError {
        let start = self.byteOffset(ofExpert: expert)
        return ModelFilesError(
            .malformed,
            self.path,
            ["bytes \(start)..<\(start + self.recordBytes), expert \(expert): \(problem)"]
        )
    }
}
