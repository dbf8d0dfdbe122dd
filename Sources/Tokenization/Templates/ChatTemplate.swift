public import OrderedJSON

/// A model's chat template: the Jinja file that turns messages into a prompt.
public struct ChatTemplate: Sendable {
    /// The name under which the model's files have it.
    public let name: String

    public init(source: String, name: String = "default") throws(TemplateError) {
        guard !source.contains("{%"), !source.contains("{{"), !source.contains("{#") else {
            throw TemplateError(.unsupported(construct: "tags"), "\(name): tags are not supported")
        }
        self.name = name
        self.source = source
    }

    private let source: String

    public func render(
        _ context: JSONObject,
        limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) -> String {
        self.source
    }
}
