/// A routed expert of the model.
public struct ExpertKey: Sendable, Hashable, CustomStringConvertible {
    /// The decoder layer, counted with those that have no routed experts.
    public var layer: Int
    public var expert: Int

    public init(layer: Int, expert: Int) {
        self.layer = layer
        self.expert = expert
    }

    public var description: String { "expert \(self.expert) of layer \(self.layer)" }
}
