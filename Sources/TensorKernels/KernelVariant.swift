import CDureKernels

/// One implementation of the kernels: for a set of instructions, or the plain definition of them all.
///
/// All give the same bits; they differ in speed.
@safe
public struct KernelVariant: @unchecked Sendable, Equatable {
    // Sendable: points to a constant table that C keeps for the life of the process.
    let table: UnsafePointer<dure_kernels>

    private init?(index: Int64) {
        // Safe: the function returns a constant table or NULL, whatever the index.
        guard let table = unsafe dure_kernels_variant(index) else { return nil }
        unsafe self.table = table
    }

    /// Those that this machine can run, the definition first and the fastest last.
    public static let available: [KernelVariant] = Array(
        sequence(state: Int64(0)) { index in
            defer { index += 1 }
            return KernelVariant(index: index)
        }
    )

    public static var fastest: KernelVariant {
        guard let last = self.available.last else { preconditionFailure("the definition itself is always available") }
        return last
    }

    public static func == (left: KernelVariant, right: KernelVariant) -> Bool { left.name == right.name }

    /// The available variant of a name, or nil.
    public static func named(_ name: String) -> KernelVariant? { self.available.first { $0.name == name } }

    /// The instruction set, such as `avx512`; `scalar` for the definition.
    public var name: String {
        // Safe: a C string constant of the table.
        unsafe String(cString: self.table.pointee.name)
    }
}
