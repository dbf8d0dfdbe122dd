/* Nibbles where dot_bytes is the best there is for them too: their products are added to the sums at once. */

enum { NIBBLE_RUN = 64 };
typedef i16v nibble_sums;

INLINE nibble_sums begin_nibbles(i16v sums) { return sums; }

INLINE nibble_sums add_nibbles(nibble_sums run, i16v low, i16v low_values, i16v high, i16v high_values) {
    return dot_bytes(dot_bytes(run, low, low_values), high, high_values);
}

INLINE i16v end_nibbles(i16v sums, nibble_sums run) {
    (void)sums;
    return run;
}
