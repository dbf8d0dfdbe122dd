import ModelFiles

extension ProgressBar {
    /// Shows how much of a pack is made.
    mutating func show(_ progress: PackProgress) {
        // What an earlier run has done says nothing about how fast this one is.
        self.show(
            progress.doneBytes - progress.keptBytes,
            of: progress.totalBytes - progress.keptBytes,
            note: progress.file
        )
    }
}
