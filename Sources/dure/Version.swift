import KafkaTransport
import TensorKernels

/// What this is.
enum Version {
    static let number = "0.1.0"

    /// With what a fault report needs to say besides.
    static var text: String {
        let kernels = KernelVariant.available.map(\.name).joined(separator: ", ")
        return """
            dure \(Self.number)
            librdkafka \(KafkaLibrary.version)
            kernels \(KernelVariant.fastest.name) (this machine runs \(kernels))
            """
    }
}
