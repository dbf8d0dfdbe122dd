extension WeightMatrix {
    /// Lends the elements as they lie in memory, and what keeps them there.
    ///
    /// - Parameter body: Must not keep the bytes, and must not write them.
    @unsafe
    package func withMemory(_ body: (_ bytes: UnsafeRawBufferPointer, _ owner: any AnyObject & Sendable) -> Void) {
        let bytes = self.rows * self.columns * self.element.bytes
        // Safe: the view's memory, all of it; `self` keeps its owner during the call.
        unsafe body(UnsafeRawBufferPointer(start: self.base, count: bytes), self.owner)
    }
}
