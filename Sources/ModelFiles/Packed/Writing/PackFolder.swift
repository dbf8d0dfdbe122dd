import FoundationEssentials
import Glibc
import OrderedJSON

/// The folder in which a pack comes to be: beside its place, under the name of its place with `.partial`.
///
/// It takes its place in one step when everything in it is whole. One that is left behind is continued by the next run.
struct PackFolder {
    let target: String
    let path: String
    let journal: PackJournal
    private let replaces: Bool

    /// Makes the folder, or finds the one that an earlier run has left.
    ///
    /// - Parameters:
    ///   - target: Where the pack will be. Nothing may be there, or an empty folder, or, if `replaces`, another pack.
    ///   - identity: What is being packed into what.
    ///   - replaces: Whether a pack that is there, or unfinished work on another, may go.
    /// - Throws: ``ModelFilesError`` with code `unwritable`.
    init(target: String, identity: JSONValue, replaces: Bool) throws(ModelFilesError) {
        let target = Self.withoutSlash(target)
        try Self.checkPlace(target, replaces: replaces)
        self.target = target
        self.replaces = replaces
        self.path = Self.workFolder(of: target)
        do {
            try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
        } catch {
            throw ModelFilesError(.unwritable, self.path, ["cannot be made: \(error)"])
        }
        self.journal = try PackJournal(folder: self.path, identity: identity, startsOver: replaces)
    }

    static func workFolder(of target: String) -> String { Self.withoutSlash(target) + ".partial" }

    private static func withoutSlash(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    private static func checkPlace(_ target: String, replaces: Bool) throws(ModelFilesError) {
        guard MappedFile.exists(target) else { return }
        let contents: [String]
        do {
            contents = try FileManager.default.contentsOfDirectory(atPath: target)
        } catch {
            throw ModelFilesError(.unwritable, target, ["expected nothing, or a folder, got something else"])
        }
        guard !contents.isEmpty else { return }
        guard replaces else {
            throw ModelFilesError(.unwritable, target, ["expected nothing there, got \(contents.count) files"])
        }
        // Nothing else is ever removed, whatever was asked for.
        guard PackManifest.isOne(at: target) else {
            throw ModelFilesError(.unwritable, target, ["expected a pack to replace, got another folder"])
        }
    }

    /// Checks that the drive has room for `bytes` more.
    ///
    /// - Throws: ``ModelFilesError`` with code `unwritable`, saying how much there is.
    func requireSpace(_ bytes: Int) throws(ModelFilesError) {
        var status = statvfs()
        // Safe: the path is passed as a terminated string and `status` is whole; both outlive the call.
        guard unsafe statvfs(self.path, &status) == 0 else {
            throw PendingFile.systemError(self.path, "cannot be examined")
        }
        let (free, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize)
        )
        guard overflow || free >= bytes else {
            throw ModelFilesError(.unwritable, self.path, ["expected \(bytes) bytes free on its drive, got \(free)"])
        }
    }

    /// Gives the folder its name.
    ///
    /// - Throws: ``ModelFilesError`` with code `unwritable`; the folder then stays as it is and can be published again.
    func publish() throws(ModelFilesError) {
        try Self.sync(self.path)
        // Safe: both paths are passed as terminated strings that live for the call.
        if unsafe rename(self.path, self.target) != 0 {
            guard errno == ENOTEMPTY || errno == EEXIST else {
                throw PendingFile.systemError(self.target, "cannot be named")
            }
            // Packing takes hours: what is there now need not be what was there when it began.
            try Self.checkPlace(self.target, replaces: self.replaces)
            try self.exchange()
        }
        // Safe: the path is passed as a terminated string that lives for the call. A journal that stays harms nobody.
        _ = unsafe unlink(self.target + "/" + PackJournal.file)
        try Self.sync(Self.parent(of: self.target))
    }

    /// Puts the new pack in the old one's place and removes the old one; between two renamings, nothing is there.
    private func exchange() throws(ModelFilesError) {
        let old = "\(self.target).replaced-\(getpid())"
        // Safe: both paths are passed as terminated strings that live for the call.
        guard unsafe rename(self.target, old) == 0 else {
            throw PendingFile.systemError(self.target, "cannot be replaced")
        }
        // Safe: as above.
        guard unsafe rename(self.path, self.target) == 0 else {
            let error = PendingFile.systemError(self.target, "cannot be named")
            // Safe: as above. The old pack comes back.
            _ = unsafe rename(old, self.target)
            throw error
        }
        do {
            try FileManager.default.removeItem(atPath: old)
        } catch {
            throw ModelFilesError(
                .unwritable,
                old,
                ["the pack is replaced, but the old one cannot be removed: \(error)"]
            )
        }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func sync(_ folder: String) throws(ModelFilesError) {
        // Safe: the path is passed as a terminated string that lives for the call.
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PendingFile.systemError(folder, "cannot be opened") }
        defer { close(descriptor) }
        // Some file systems do not sync folders, and say so: there is nothing better to do then.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw PendingFile.systemError(folder, "cannot be synced")
        }
    }
}

extension PackManifest {
    /// Whether a folder holds a manifest of a pack, be it of another version or damaged further on.
    static func isOne(at directory: String) -> Bool {
        let path = directory + "/" + PackLayout.manifestFile
        // What cannot be read is no pack.
        guard let json = try? JSONValue(modelFile: path, limit: Self.maximumBytes) else { return false }
        return json["kind"]?.string == Self.kind
    }
}
