/// How a command ended, as other programs see it.
public enum ExitStatus: Int32, Sendable, Equatable {
    case done = 0
    case failed = 1
    /// Wrong usage or a wrong configuration: nothing was started.
    case usage = 2
    /// Some of the work succeeded and some did not.
    case partlyFailed = 3
}
