public import Foundation
public import OrderedJSON

/// A model's chat template: the Jinja file that turns messages into a prompt.
///
/// Gives what Python's Jinja2 3.1 gives as transformers sets it up: `trim_blocks`, `lstrip_blocks`, loop controls,
/// `generation` blocks, `tojson` without escapes for HTML, `raise_exception`, `strftime_now`, and a sandbox in which
/// nothing that was passed in can be changed. Read once and compiled; any number of threads may render at once.
public struct ChatTemplate: Sendable {
    /// The name under which the model's files have it.
    public let name: String
    private let program: TemplateProgram

    /// Reads a template.
    ///
    /// - Throws: `syntax` with the line; `unsupported` for a tag, filter or test that there is none of, by name;
    ///   `limit` for one that is nested too deeply.
    public init(source: String, name: String = "default") throws(TemplateError) {
        do {
            self.program = try TemplateCompiler.compile(try TemplateParser.parse(source))
        } catch {
            throw TemplateError(error.code, "chat template `\(name)`: \(error.message)")
        }
        self.name = name
    }

    /// Renders the template for one conversation.
    ///
    /// `context` is all that the template sees beside the language's own functions: `messages`, `tools`,
    /// `add_generation_prompt`, `bos_token`, and what else the model's template asks for. `now` is what
    /// `strftime_now` tells, in the local time zone. Throws `raised` when the template refuses the conversation,
    /// `runtime` when it fails on it, and `limit` when it does not come to an end.
    public func render(
        _ context: JSONObject,
        limits: TemplateLimits = TemplateLimits(),
        now: Date = Date()
    ) throws(TemplateError) -> String {
        var values: [TemplateValue?] = []
        do {
            for name in self.program.contextNames {
                if let member = context[name] {
                    values.append(try TemplateValue(member))
                } else {
                    values.append(TemplateFunction(rawValue: name).map(TemplateValue.function))
                }
            }
            return try TemplateRenderer(self.program, limits: limits, now: now).render(values)
        } catch {
            if case .raised = error.code { throw error }
            throw TemplateError(error.code, "chat template `\(self.name)`, \(error.message)")
        }
    }
}
