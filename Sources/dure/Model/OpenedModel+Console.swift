import Settings
import Synchronization
import WorkerApp

extension OpenedModel {
    /// Opens a model, with a bar that shows how much is packed.
    ///
    /// - Parameters:
    ///   - options: Which model, in what form.
    ///   - threads: As many pack.
    ///   - kvBytes: What the KV cache will take.
    ///   - console: Where the bar is drawn.
    /// - Returns: The model.
    /// - Throws: What the model's parts say when they are opened.
    static func open(
        _ options: ModelOptions,
        threads: Int,
        kvBytes: Int = 0,
        on console: Console
    ) throws -> OpenedModel {
        let place = options.packDirectory.map { "into \($0)" } ?? "in memory"
        let bar = Mutex(ProgressBar("packing the weights \(place)", on: console) { "\($0) %" })
        defer { bar.withLock { $0.finish() } }
        return try OpenedModel.open(options, threads: threads, kvBytes: kvBytes) { share in
            bar.withLock { $0.show(Int(share * 100), of: 100) }
        }
    }
}
