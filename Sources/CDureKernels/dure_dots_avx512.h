/* Multiplications of sixteen lanes in one register. */

#include <immintrin.h>

INLINE i16v pairs_of_halves(i16v x, i16v y) { return (i16v)_mm512_madd_epi16((__m512i)x, (__m512i)y); }

INLINE i16v pairs_of_bytes(i16v x, i16v y) { return (i16v)_mm512_maddubs_epi16((__m512i)x, (__m512i)y); }

#include "dure_dots_pairs.h"
