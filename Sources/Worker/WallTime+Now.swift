import Foundation
public import JobContract

extension WallTime {
    /// What the system's clock says, to the millisecond.
    public static func now() -> WallTime {
        WallTime(millisecondsSince1970: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}
