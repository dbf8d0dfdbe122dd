import TensorKernels

/// Brings weights into the form that a pack keeps them in, and measures what that costs.
struct MatrixEncoder: Sendable {
    let rounding: PackedRounding

    /// Encodes whole rows of a weight; on the calling thread.
    ///
    /// - Parameters:
    ///   - weights: Rows; for a packed type they begin at a whole panel.
    ///   - type: What becomes of them.
    ///   - buffer: Where the bytes go.
    ///   - byteOffset: Where they begin there.
    ///   - name: For errors.
    /// - Returns: How far the encoded weights are from the given ones.
    /// - Throws: ``ModelFilesError`` with code `unsupported` for weights that are no finite numbers.
    func encode(
        _ weights: WeightMatrix,
        as type: StoredType,
        into buffer: PageBuffer,
        at byteOffset: Int,
        name: String
    ) throws(ModelFilesError) -> Deviation {
        let byteRange = byteOffset..<byteOffset + type.bytes(rows: weights.rows, columns: weights.columns)
        switch type {
        case .packed(let format):
            do throws(KernelError) {
                // Safe: `region` checks that the range is in the buffer, which is this thread's.
                try unsafe PackedMatrix.pack(
                    weights,
                    as: format,
                    rounding: self.rounding,
                    into: buffer.region(byteRange)
                )
            } catch {
                throw ModelFilesError(.unsupported, name, ["\(error)"])
            }
            return self.deviation(of: weights, from: buffer, byteRange, format)
        case .plain(let element) where element == weights.element:
            // Safe: as many bytes as the region has, copied within the call.
            unsafe weights.withMemory { bytes, _ in
                unsafe buffer.region(byteRange).copyMemory(from: bytes)
            }
            return Deviation()
        case .plain(let element):
            let deviation = self.round(weights, to: element, into: buffer, at: byteOffset)
            guard deviation.relativeError.isFinite else {
                throw ModelFilesError(.unsupported, name, ["expected finite weights, got others"])
            }
            return deviation
        }
    }

    private func deviation(
        of weights: WeightMatrix,
        from buffer: PageBuffer,
        _ byteRange: Range<Int>,
        _ format: PackedFormat
    ) -> Deviation {
        // Safe: packed just now; the buffer is not written while the view is used.
        let packed = unsafe PackedMatrix(
            base: UnsafeRawPointer(buffer.base + byteRange.lowerBound),
            format: format,
            rows: weights.rows,
            columns: weights.columns,
            owner: buffer
        )
        var deviation = Deviation()
        for row in 0..<weights.rows {
            deviation.add(weights.floats(row: row).span, approximatedBy: packed.floats(row: row).span)
        }
        return deviation
    }

    private func round(
        _ weights: WeightMatrix,
        to element: ElementType,
        into buffer: PageBuffer,
        at byteOffset: Int
    ) -> Deviation {
        precondition(element == .bf16, "plain weights are kept, or rounded to bf16")
        var deviation = Deviation()
        for row in 0..<weights.rows {
            let values = weights.floats(row: row)
            let rounded = values.map { Float(bitPattern: UInt32($0.bfloat16) << 16) }
            buffer.store(
                element.encoded(count: values.count) { values[$0] },
                at: byteOffset + row * weights.columns * element.bytes
            )
            deviation.add(values.span, approximatedBy: rounded.span)
        }
        return deviation
    }
}

extension WeightMatrix {
    /// Asks the system to read the pages of a mapped weight, in large pieces, before they are touched one by one.
    func prefetchPages() {
        // Safe: bytes of the mapping that owns them; nothing of them is kept.
        unsafe self.withMemory { bytes, owner in
            guard let file = owner as? MappedFile else { return }
            unsafe file.prefetch(bytes)
        }
    }

    /// Takes the pages of a mapped weight out of this process's memory; they are read again when they are needed.
    ///
    /// Weights that are not mapped stay where they are.
    func releasePages() {
        // Safe: bytes of the mapping that owns them; nothing of them is kept.
        unsafe self.withMemory { bytes, owner in
            guard let file = owner as? MappedFile else { return }
            unsafe file.release(bytes)
        }
    }
}
