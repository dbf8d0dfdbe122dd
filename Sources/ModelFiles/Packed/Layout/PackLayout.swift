/// The names and numbers that the files of a pack agree on; `docs/packed-format.md` describes them.
enum PackLayout {
    /// Of everything in a pack: another way to lay out anything, be it inside a matrix, is another version.
    static let version = 1
    /// Files are cut into pages, so that a part can be read past the system's page cache.
    static let pageBytes = 4096
    /// Where a matrix begins within a record.
    static let matrixAlignment = 64

    static let manifestFile = "manifest.json"
    static let trunkFile = "trunk.bin"
    static let reportFile = "pack-report.json"

    static func expertFile(layer: Int) -> String {
        let digits = String(layer)
        return "experts-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits + ".bin"
    }

    /// What else makes a model directory whole, copied from the checkpoint where it is there.
    static let companionFiles = [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "chat_template.jinja", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "NOTICE.txt",
    ]
    static let templateFolder = "additional_chat_templates"
    static let maximumCompanionBytes = 256 << 20

    static func roundedUp(_ bytes: Int, to alignment: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }
}
