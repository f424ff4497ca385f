// Small whole numbers, in fewer bytes than a vector's lanes have: masks of dropout, winners of pooling, bytes of images. They are converted
// by way of int32, for which processors have instructions that the compiler finds.
#pragma once
#include "vector.h"

namespace pellucid::PELLUCID_ISA {

template <class T, class Number>
struct LanesOf {
    typedef Number type __attribute__((vector_size(LANES<T> * sizeof(Number))));
};

// The first `count` lanes' numbers; the others are 0.
template <class T, class Number>
PELLUCID_INLINE Vector<T> load_numbers(const Number* p, long count) {
    Number some[LANES<T>];
    if (count < LANES<T>) {
        __builtin_memset(some, 0, sizeof some);
        for (long l = 0; l < count; l++) some[l] = p[l];
        p = some;
    }
    int32_t wide[LANES<T>];
    for (long l = 0; l < LANES<T>; l++) wide[l] = int32_t(p[l]);
    typename LanesOf<T, int32_t>::type lanes;
    __builtin_memcpy(&lanes, wide, sizeof lanes);
    return __builtin_convertvector(lanes, Vector<T>);
}
template <class T, class Number>
PELLUCID_INLINE void store_numbers(Number* p, Vector<T> lanes, long count) {
    const auto wide = __builtin_convertvector(lanes, typename LanesOf<T, int32_t>::type);
    Number some[LANES<T>];
#if PELLUCID_VECTOR_BYTES == 64
    const auto narrow = __builtin_convertvector(wide, typename LanesOf<T, Number>::type);
    __builtin_memcpy(some, &narrow, sizeof some);
#else
    PELLUCID_ROLLED for (int l = 0; l < LANES<T>; l++) some[l] = Number(wide[l]);
#endif
    if (count == LANES<T>) __builtin_memcpy(p, some, sizeof some);
    else
        for (long l = 0; l < count; l++) p[l] = some[l];
}

}  // namespace pellucid::PELLUCID_ISA
