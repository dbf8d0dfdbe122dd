import ExpertCache
import Settings
import WorkerApp

extension OpenedModel {
    /// Opens a model, with a bar that shows how much is packed.
    ///
    /// - Parameters:
    ///   - directory: Its path.
    ///   - precision: What to compute in; nil: what a pack is in, else f32.
    ///   - threads: As many pack.
    ///   - cache: Where routed experts are kept.
    ///   - kvBytes: What the KV cache will take.
    ///   - console: Where the bar is drawn.
    /// - Returns: The model.
    /// - Throws: What the model's parts say when they are opened.
    static func open(
        directory: String,
        as precision: Precision?,
        threads: Int,
        cache: ExpertCacheConfiguration = ExpertCacheConfiguration(),
        kvBytes: Int = 0,
        on console: Console
    ) throws -> OpenedModel {
        var bar = ProgressBar("packing the weights in memory", on: console) { "\($0) %" }
        defer { bar.finish() }
        return try OpenedModel.open(
            directory: directory,
            as: precision,
            threads: threads,
            cache: cache,
            kvBytes: kvBytes
        ) { share in
            bar.show(Int(share * 100), of: 100)
        }
    }
}
