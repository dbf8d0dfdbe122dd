/* Sums of four products of bytes in each of 16 lanes, from the two multiplications that the variant defines:
 * pairs_of_halves(x, y), the two products of signed 16-bit halves of each lane added, and pairs_of_bytes(x, y),
 * unsigned times signed bytes, each two products added to 16 bits, which saturate. */

typedef int16_t s32v __attribute__((vector_size(64)));
typedef uint16_t h32v __attribute__((vector_size(64)));

/* sums + the four products of unsigned weights with signed values. Widened first: two products of bytes do not always
 * fit 16 bits. */
INLINE i16v dot_bytes(i16v sums, i16v weights, i16v values) {
    const i16v even = weights & 0x00ff00ff;
    const i16v odd = (i16v)((h32v)weights >> 8);
    const i16v even_values = (i16v)((s32v)((h32v)values << 8) >> 8);
    const i16v odd_values = (i16v)((s32v)values >> 8);
    return sums + pairs_of_halves(even, even_values) + pairs_of_halves(odd, odd_values);
}

/* Products of weights below 16 are added up in 16 bits over a run of inputs: at most 8 times
 * 2 * 15 * 128, which fits. */
enum { NIBBLE_RUN = 32 };
typedef s32v nibble_sums;

INLINE nibble_sums begin_nibbles(i16v sums) {
    (void)sums;
    return (s32v){0};
}

INLINE nibble_sums add_nibbles(nibble_sums run, i16v low, i16v low_values, i16v high, i16v high_values) {
    return run + (s32v)pairs_of_bytes(low, low_values) + (s32v)pairs_of_bytes(high, high_values);
}

INLINE i16v end_nibbles(i16v sums, nibble_sums run) {
    return sums + pairs_of_halves((i16v)run, (i16v){0} + 0x00010001);
}
