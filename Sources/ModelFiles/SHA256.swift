import CCrypto

/// SHA-256, by libcrypto.
@safe
struct SHA256: ~Copyable {
    private let context: OpaquePointer

    init() {
        // libcrypto answers nil only when memory is exhausted.
        // Safe: allocates; the result is checked.
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("libcrypto has no memory for a digest") }
        // Safe: a fresh context, owned by this value alone.
        unsafe self.context = context
        // Safe: as above; SHA-256 needs no engine.
        let status = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(status == 1, "libcrypto refuses SHA-256")
    }

    deinit {
        // Safe: made in `init`, freed once.
        unsafe EVP_MD_CTX_free(self.context)
    }

    mutating func update(_ bytes: [UInt8]) { self.update(bytes.span) }

    mutating func update(_ bytes: Span<UInt8>) {
        // Safe: the buffer lives for the call, which reads exactly its length.
        let status = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(self.context, $0.baseAddress, $0.count) }
        precondition(status == 1, "libcrypto failed to digest")
    }

    /// Adds a text, terminated so that two texts in a row cannot be read as others.
    mutating func update(_ text: String) { self.update(Array(text.utf8) + [0]) }

    /// The digest as 64 hexadecimal digits.
    consuming func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        // Safe: SHA-256 writes 32 bytes.
        let status = unsafe digest.withUnsafeMutableBufferPointer {
            unsafe EVP_DigestFinal_ex(self.context, $0.baseAddress, nil)
        }
        precondition(status == 1, "libcrypto failed to digest")
        return digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
