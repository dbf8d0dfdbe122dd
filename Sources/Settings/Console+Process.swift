import CTerminal
import Foundation

extension Console {
    /// The three streams of this process.
    ///
    /// From here on a write to a closed pipe is an error instead of the end of the process.
    ///
    /// In the environment, `NO_COLOR` and `TERM=dumb` keep colours off.
    public static func ofProcess(environment: [String: String]) -> Console {
        dure_ignore_broken_pipes()
        let allowsColors = environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        return Console(
            output: ConsoleStream(FileHandle.standardOutput, allowsColors: allowsColors),
            error: ConsoleStream(FileHandle.standardError, allowsColors: allowsColors),
            input: ConsoleInput(FileHandle.standardInput)
        )
    }
}

extension ConsoleStream {
    fileprivate init(_ file: FileHandle, allowsColors: Bool) {
        let columns = Int(dure_terminal_columns(file.fileDescriptor))
        self.init(
            isTerminal: columns > 0,
            width: columns > 0 ? columns : 80,
            usesColors: columns > 0 && allowsColors
        ) { (bytes: [UInt8]) throws(ConsoleError) in
            do {
                try file.write(contentsOf: Data(bytes))
            } catch {
                throw ConsoleError(writing: error)
            }
        }
    }
}

extension ConsoleInput {
    fileprivate init(_ file: FileHandle) {
        self.init(isTerminal: dure_terminal_columns(file.fileDescriptor) > 0) { (count) throws(ConsoleError) in
            do {
                return Array(try file.read(upToCount: count) ?? Data())
            } catch {
                throw .unreadable(ConsoleError.reason(error))
            }
        }
    }
}

extension ConsoleError {
    fileprivate init(writing error: any Error) {
        self = Self.posixCode(error) == EPIPE ? .closedByReader : .unwritable(Self.reason(error))
    }

    fileprivate static func reason(_ error: any Error) -> String {
        guard let code = self.posixCode(error).flatMap({ POSIXErrorCode(rawValue: $0) }) else { return "\(error)" }
        // Foundation puts a sentence before what the system says.
        return POSIXError(code).localizedDescription
            .replacing("The operation could not be completed. ", with: "")
    }

    /// Foundation wraps what the system said.
    private static func posixCode(_ error: any Error) -> Int32? {
        if let error = error as? POSIXError { return error.code.rawValue }
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain { return Int32(exactly: error.code) }
        return (error.userInfo[NSUnderlyingErrorKey] as? any Error).flatMap(self.posixCode)
    }
}
