public import ExpertCache
public import MoEModel
public import ModelFiles
import TensorKernels

/// A model directory's weights, in the form in which they are computed with.
public struct OpenedModel: Sendable {
    public let weights: ModelWeights
    public let precision: Precision
    /// Of the files: what tells one model from another.
    public let digest: String
    /// Bytes that one routed expert takes where it is read from.
    public let expertBytes: Int
    /// Where routed experts are read into; nil where all are mapped.
    public let expertCache: ArenaExpertSource?
    /// Tokens for which memory has room in sweeps that wait for experts; nil where all are mapped.
    public let streamedTokens: Int?

    public var configuration: ModelConfiguration { self.weights.configuration }

    /// Model digest and kernel profile: what a completion's bytes depend on beside its job.
    ///
    /// - Parameter kvPrecision: Of the KV cache; named where it is not what goes with the weights.
    /// - Returns: Such as `dure-0123456789abcdef-int8`.
    public func systemFingerprint(kvPrecision: KVPrecision?) -> String {
        let profile = "dure-\(self.digest.prefix(16))-\(self.precision.rawValue)"
        guard let kvPrecision, kvPrecision != self.weights.kvPrecision else { return profile }
        return "\(profile)-kv-\(kvPrecision.rawValue)"
    }

    /// Opens a pack, or a Hugging Face directory: weights are mapped, and of the latter packed where needed.
    ///
    /// - Parameters:
    ///   - options: Which model, in what form.
    ///   - threads: As many pack.
    ///   - kvBytes: What the KV cache will take, which a cache of experts leaves free.
    ///   - packing: Called with the share that is packed, often, and first with 0; never where nothing has to be packed.
    ///     On any thread, one at a time.
    /// - Returns: The model.
    /// - Throws: `ModelFilesError`; `MoEModelError` where weights cannot be packed; ``ServedModelError`` for a pack in another
    ///   precision; `ExpertCacheError`.
    public static func open(
        _ options: ModelOptions,
        threads: Int = 1,
        kvBytes: Int = 0,
        packing: @escaping @Sendable (Double) -> Void = { _ in }
    ) throws -> OpenedModel {
        let model =
            PackedModel.exists(at: options.directory)
            ? try Self.openPack(options.directory, options, kvBytes)
            : try Self.openCheckpoint(options, threads, kvBytes, packing)
        return try options.expertCache.routingTrace.map { try model.recordingRouting(to: $0) } ?? model
    }

    private static func openCheckpoint(
        _ options: ModelOptions,
        _ threads: Int,
        _ kvBytes: Int,
        _ packing: @escaping @Sendable (Double) -> Void
    ) throws -> OpenedModel {
        let checkpoint = try Checkpoint.open(directory: options.directory)
        let precision = options.precision ?? .f32
        if let format = precision.packedFormat, let store = options.packDirectory {
            let pack = try PackStore(directory: store).pack(
                of: options.directory,
                digest: checkpoint.digest,
                as: format,
                threads: threads,
                progress: packing
            )
            return try Self.openPack(pack, options, kvBytes)
        }
        guard options.expertCache.capacityBytes == nil, options.expertCache.directory == nil else {
            throw ServedModelError(
                "\(options.directory): expert-cache.capacity and expert-cache.directory are for packs; dure model pack "
                    + "makes one, or pack-directory with a precision other than f32"
            )
        }
        let weights: ModelWeights
        if let format = precision.packedFormat {
            packing(0)
            let pool = ComputePool(threads: threads)
            weights = try ModelWeights(packing: checkpoint, as: format, on: pool, progress: packing)
        } else {
            weights = ModelWeights(checkpoint)
        }
        return OpenedModel(
            weights: weights,
            precision: precision,
            digest: checkpoint.digest,
            expertBytes: checkpoint.configuration.parametersOfExpert * precision.weightBits / 8,
            expertCache: nil,
            streamedTokens: nil
        )
    }

    private static func openPack(
        _ directory: String,
        _ options: ModelOptions,
        _ kvBytes: Int
    ) throws -> OpenedModel {
        let pack = try PackedModel.open(directory: directory)
        let precision = Precision(pack.format)
        if let asked = options.precision, asked != precision {
            throw ServedModelError(
                "\(directory): a pack in \(precision.rawValue); expected no other precision, got \(asked.rawValue)"
            )
        }
        let source = try Self.source(of: pack, options.expertCache, kvBytes)
        return OpenedModel(
            weights: try source.map { ModelWeights(pack, experts: $0.experts) } ?? ModelWeights(pack),
            precision: precision,
            digest: pack.digest,
            expertBytes: pack.expertFiles.lazy.compactMap { $0?.recordBytes }.first ?? 0,
            expertCache: source?.experts,
            streamedTokens: source?.streamedTokens
        )
    }

    /// Where a pack's experts come from; nil: mapped files.
    private static func source(
        of pack: PackedModel,
        _ cache: ExpertCacheConfiguration,
        _ kvBytes: Int
    ) throws(ExpertCacheError) -> (experts: ArenaExpertSource, streamedTokens: Int)? {
        guard pack.expertFiles.contains(where: { $0 != nil }) else { return nil }
        let plan = try ExpertCachePlan(pack, cache, kvBytes: kvBytes, memoryBytes: HostMemory.bytes)
        guard case .arena(let slots) = plan.place else { return nil }
        let geometry = try ArenaGeometry(pack, slots: slots, node: cache.node)
        guard let directory = cache.directory else {
            let arena = try ExpertArena(anonymous: geometry)
            return (try ArenaExpertSource(pack, in: arena, cache, isShared: false), plan.streamedTokens)
        }
        let place = ArenaPlace(directory: directory, digest: pack.digest, node: cache.node)
        // Who comes later takes the cache as it is, unless it was told what it should be.
        let arena = try ExpertArena(at: place, geometry, acceptsOtherSlotCount: cache.capacityBytes == nil)
        return (try ArenaExpertSource(pack, in: arena, cache, isShared: true), plan.streamedTokens)
    }

    /// Gives up what other processes see of this one: its part in a shared cache of experts; nothing may be computed after that.
    public func close() { self.expertCache?.close() }

    /// The same model, whose sweeps' choices of experts are written to a file: what `dure-bench expert-cache` replays.
    ///
    /// - Parameter path: The file; one that is there is replaced.
    /// - Returns: A model that computes the same.
    /// - Throws: `ExpertCacheError` where it cannot be written.
    public func recordingRouting(to path: String) throws -> OpenedModel {
        let layers = self.configuration.layerKinds
        let header = RoutingTrace.Header(
            modelDigest: self.digest,
            geometry: CacheGeometry(
                layers: layers.count,
                sparseLayers: layers.count { $0 == .sparse },
                experts: self.configuration.experts.routedCount
            ),
            expertsPerToken: self.configuration.experts.perToken,
            expertBytes: self.expertBytes
        )
        let experts = RecordingExpertSource(
            self.weights.experts,
            writer: try RoutingTraceWriter(path: path, header: header)
        )
        return OpenedModel(
            weights: ModelWeights(
                configuration: self.configuration,
                trunk: self.weights.trunk,
                experts: experts
            ),
            precision: self.precision,
            digest: self.digest,
            expertBytes: self.expertBytes,
            expertCache: self.expertCache,
            streamedTokens: self.streamedTokens
        )
    }
}

extension ModelConfiguration {
    /// Of gate, up and down of one routed expert together.
    fileprivate var parametersOfExpert: Int { 3 * self.hiddenSize * self.experts.intermediateSize }
}
