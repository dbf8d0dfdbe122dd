/// Why a command could not do what it was asked; its text is all that a user sees of it.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
