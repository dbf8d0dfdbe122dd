public import ModelFiles
import TensorKernels

/// What the KV cache's numbers are rounded to; arithmetic over them is f32 in any case.
public enum KVPrecision: String, Sendable, CaseIterable {
    case f32
    /// Half of the memory, and of what attention reads.
    case bf16

    var element: ElementType { self == .f32 ? .f32 : .bf16 }

    /// Bytes of `tokens` tokens in the cache: in each layer one latent and one rotated key.
    public func bytes(_ model: ModelConfiguration, tokens: Int) -> Int {
        tokens * model.layerKinds.count * model.attention.latentWidth * self.element.bytes
    }
}

extension ModelWeights {
    /// What the KV cache is rounded to where nobody says: not at all for weights as they are in a checkpoint.
    public var kvPrecision: KVPrecision {
        if case .plain = self.trunk.outputHead { .f32 } else { .bf16 }
    }
}
