import TensorKernels

/// Where a pack's tensors come from: a checkpoint, or chance.
protocol PackSource: Sendable {
    var configuration: ModelConfiguration { get }
    /// 64 hexadecimal digits that tell this source from any other; the manifest names them.
    var digest: String { get }

    /// In what type a tensor of the trunk is there; nil: not at all, which only an optional one may be.
    func element(of tensor: TrunkPlan.Tensor) -> ElementType?

    /// Makes whole rows of a tensor of the trunk, from a panel's boundary on where it is packed; on the calling thread.
    ///
    /// - Parameters:
    ///   - rows: Which.
    ///   - tensor: One that is there.
    ///   - type: The form they take.
    ///   - buffer: Overwritten from its beginning on.
    /// - Returns: What rounding cost; nil where no weights were given to be rounded.
    /// - Throws: ``ModelFilesError`` for weights that are no finite numbers.
    func encode(
        rows: Range<Int>,
        of tensor: TrunkPlan.Tensor,
        as type: StoredType,
        into buffer: PageBuffer
    ) throws(ModelFilesError) -> Deviation?

    /// Makes the matrices of a routed expert; on the calling thread.
    ///
    /// - Parameters:
    ///   - expert: One that the layer has.
    ///   - layer: A sparse one.
    ///   - layout: Where the matrices go; all else stays as it is.
    ///   - buffer: Begins with the record.
    /// - Returns: What rounding cost, for gate, up and down; empty where none were given to be rounded.
    /// - Throws: ``ModelFilesError`` for weights that are no finite numbers.
    func encode(
        expert: Int,
        ofLayer layer: Int,
        in layout: ExpertRecordLayout,
        into buffer: PageBuffer
    ) throws(ModelFilesError) -> [Deviation]

    /// The files beside the weights that make a model directory whole.
    func companionNames() throws(ModelFilesError) -> [String]

    func companion(_ name: String) throws(ModelFilesError) -> [UInt8]
}
