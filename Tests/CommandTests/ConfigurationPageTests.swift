import Foundation
import Testing

@Suite("Documentation of the configuration")
struct ConfigurationPageTests {
    @Test("docs/configuration.md is what the declarations say")
    func page() throws {
        let page = try DureProcess.dure("configuration-page")
        #expect(page.status == 0)
        let path = DureProcess.repository + "/docs/configuration.md"
        let isCurrent = try String(contentsOfFile: path, encoding: .utf8) == page.output
        #expect(isCurrent, "run: .build/debug/dure configuration-page > docs/configuration.md")
    }
}
