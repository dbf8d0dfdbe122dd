public import OrderedJSON
public import Tokenization

extension ChatTemplate: PromptTemplate {
    public func render(_ context: JSONObject) throws(PromptTemplateError) -> String {
        do throws(TemplateError) {
            return try self.render(context, limits: TemplateLimits())
        } catch {
            switch error.code {
            case .raised(let message): throw PromptTemplateError(.raised, message)
            case .limit: throw PromptTemplateError(.limit, error.message)
            case .syntax, .unsupported, .runtime: throw PromptTemplateError(.failed, error.message)
            }
        }
    }
}
