import CDureKernels

/// CRC-32C, the checksum of iSCSI and of ext4: at the speed of memory where the processor has an instruction for it.
public enum Checksum {
    /// The checksum of bytes and of all that was before them.
    ///
    /// - Parameters:
    ///   - bytes: What to add.
    ///   - checksum: Of everything before `bytes`; 0 where that is nothing.
    /// - Returns: The checksum of both together.
    public static func crc32c(_ bytes: Span<UInt8>, after checksum: UInt32 = 0) -> UInt32 {
        // Safe: the kernel reads the span's bytes, within the call.
        unsafe bytes.withUnsafeBytes { unsafe dure_crc32c(checksum, $0.baseAddress, Int64($0.count)) }
    }
}
