import COpenBLAS

/// OpenBLAS's sgemm on the calling thread: what the kernels' products are held against, in tests and benchmarks.
///
/// The model does not use it: the bits of a row depend on how many rows there are (`docs/numerics.md`).
public enum OpenBLASProduct {
    /// The kernels that OpenBLAS has chosen for this machine.
    public static var coreName: String {
        // Safe: a C string constant.
        unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown"
    }

    /// `output = input · weightᵀ`.
    ///
    /// - Parameters:
    ///   - input: `[rows, inputs]`; no dimension above 2^31 - 1, the library's own limit.
    ///   - weight: `[outputs, inputs]`, f32 at an address that is a multiple of 4.
    ///   - output: `[rows, outputs]`. Overwritten.
    public static func compute(_ input: FloatView, _ weight: WeightMatrix, into output: FloatView) {
        MatrixProduct(input, weight, into: output).check(gatheredCount: 0)
        let base = unsafe weight.base
        precondition(weight.element == .f32 && Int(bitPattern: base).isMultiple(of: 4), "sgemm reads aligned f32")
        openblas_set_num_threads(1)
        let (from, to) = (input.raw, output.raw)
        // Safe: shapes were checked; the conversions trap above the library's limit; no pointer is kept.
        unsafe cblas_sgemm(
            CblasRowMajor,
            CblasNoTrans,
            CblasTrans,
            Int32(input.rows.count),
            Int32(weight.rows),
            Int32(weight.columns),
            1,
            from.base,
            Int32(from.stride),
            base.assumingMemoryBound(to: Float.self),
            Int32(weight.columns),
            0,
            to.base,
            Int32(to.stride)
        )
    }
}
