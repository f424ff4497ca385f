// Vectors of the width this file is compiled for, through GCC/Clang vector extensions (no intrinsics).
// PELLUCID_ISA names the namespace, PELLUCID_VECTOR_BYTES the width: 64 AVX-512, 32 AVX2, 16 SSE2 or NEON.
//
// Everything here lives in the namespace of its instruction set: a function that two instruction sets share by name would be
// merged by the linker, and the processor might meet an instruction it does not have. So no templates of the standard library.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define PELLUCID_INLINE static inline __attribute__((always_inline))
#define PELLUCID_UNROLL _Pragma("GCC unroll 64")
#define PELLUCID_ROLLED _Pragma("GCC unroll 1")

namespace pellucid::PELLUCID_ISA {

template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
    typedef float type __attribute__((vector_size(PELLUCID_VECTOR_BYTES)));
    typedef float unaligned __attribute__((vector_size(PELLUCID_VECTOR_BYTES), aligned(4), may_alias));
};
template <>
struct VectorOf<double> {
    typedef double type __attribute__((vector_size(PELLUCID_VECTOR_BYTES)));
    typedef double unaligned __attribute__((vector_size(PELLUCID_VECTOR_BYTES), aligned(8), may_alias));
};

template <class T>
using Vector = typename VectorOf<T>::type;

template <class T>
constexpr long LANES = PELLUCID_VECTOR_BYTES / long(sizeof(T));

template <class T>
PELLUCID_INLINE Vector<T> load(const T* p) {
    return *(const typename VectorOf<T>::unaligned*)p;
}
template <class T>
PELLUCID_INLINE void store(T* p, Vector<T> v) {
    *(typename VectorOf<T>::unaligned*)p = v;
}
// x - 0 folds away exactly where 0 + x does not (it would turn -0 into 0), so this is a bare broadcast.
template <class T>
PELLUCID_INLINE Vector<T> broadcast(T x) {
    return x - Vector<T>{};
}

// max(0, v), and NaN where there is one.
template <class T>
PELLUCID_INLINE Vector<T> rectified(Vector<T> v) {
    return v <= Vector<T>{} ? Vector<T>{} : v;
}
// Counts lanes in integers as wide as the numbers, so that one comparison makes the mask.
template <class T>
struct LaneOf {
    using type = int32_t;
};
template <>
struct LaneOf<double> {
    using type = int64_t;
};
#if PELLUCID_VECTOR_BYTES == 64
// The one place for built-in functions: one masked instruction, where a loop over lanes may become a chain of branches.
PELLUCID_INLINE unsigned first_lanes(long count) { return count >= 32 ? ~0u : (1u << count) - 1; }
PELLUCID_INLINE Vector<float> load_some(const float* p, long count) {
    return __builtin_ia32_loadups512_mask(p, Vector<float>{}, uint16_t(first_lanes(count)));
}
PELLUCID_INLINE Vector<double> load_some(const double* p, long count) {
    return __builtin_ia32_loadupd512_mask(p, Vector<double>{}, uint8_t(first_lanes(count)));
}
PELLUCID_INLINE void store_some(float* p, Vector<float> v, long count) {
    __builtin_ia32_storeups512_mask(p, v, uint16_t(first_lanes(count)));
}
PELLUCID_INLINE void store_some(double* p, Vector<double> v, long count) {
    __builtin_ia32_storeupd512_mask(p, v, uint8_t(first_lanes(count)));
}
#else
template <class T>
PELLUCID_INLINE Vector<T> load_some(const T* p, long how_many) {
    using Lane = typename LaneOf<T>::type;
    const Lane count = Lane(how_many < LANES<T> ? how_many : LANES<T>);
    T lanes[LANES<T>];
    // Unrolled, it would be branches.
    PELLUCID_ROLLED for (Lane i = 0; i < LANES<T>; i++) lanes[i] = i < count ? p[i] : T(0);
    return load(lanes);
}
template <class T>
PELLUCID_INLINE void store_some(T* p, Vector<T> v, long how_many) {
    using Lane = typename LaneOf<T>::type;
    const Lane count = Lane(how_many < LANES<T> ? how_many : LANES<T>);
    T lanes[LANES<T>];
    store(lanes, v);
    PELLUCID_ROLLED for (Lane i = 0; i < LANES<T>; i++) {
        if (i < count) p[i] = lanes[i];
    }
}
#endif
PELLUCID_INLINE long minimum(long a, long b) { return a < b ? a : b; }
PELLUCID_INLINE long maximum(long a, long b) { return a > b ? a : b; }
PELLUCID_INLINE long ceil_div(long a, long b) { return (a + b - 1) / b; }
PELLUCID_INLINE long round_up(long a, long b) { return ceil_div(a, b) * b; }

template <class T>
PELLUCID_INLINE void copy(T* to, const T* from, long count) {
    __builtin_memcpy(to, from, size_t(count) * sizeof(T));
}
// A few numbers, in whole vectors: zeros fill the last one.
template <class T>
PELLUCID_INLINE void copy_padded(T* to, const T* from, long count) {
    long i = 0;
    for (; i + LANES<T> <= count; i += LANES<T>) store(to + i, load(from + i));
    if (i < count) store(to + i, load_some(from + i, count - i));
}

// Numbers of lanes, for a shuffle; computed when this is compiled.
template <class T>
struct IndexOf {
    typedef typename LaneOf<T>::type type __attribute__((vector_size(PELLUCID_VECTOR_BYTES)));
};
template <class T, class Number>
PELLUCID_INLINE typename IndexOf<T>::type lane_numbers(const Number&) {
    struct Lanes {
        alignas(PELLUCID_VECTOR_BYTES) typename LaneOf<T>::type number[LANES<T>] = {};
        constexpr Lanes() {
            for (long i = 0; i < LANES<T>; i++) number[i] = Number()(i);
        }
    };
    constexpr Lanes lanes;
    typename IndexOf<T>::type index;
    __builtin_memcpy(&index, lanes.number, sizeof index);
    return index;
}

// A whole vector, or a run of fewer numbers.
template <class T>
PELLUCID_INLINE Vector<T> load_run(const T* p, long count, bool whole) {
    return whole ? load(p) : load_some(p, count);
}
template <class T>
PELLUCID_INLINE void store_run(T* p, Vector<T> v, long count, bool whole) {
    if (whole) store(p, v);
    else store_some(p, v, count);
}

// Exchanges rows and columns of LANES x LANES numbers: interleaves the first half of the rows with the second, as often as a row
// can be halved.
template <class T>
PELLUCID_INLINE void transpose(Vector<T>* rows) {
    constexpr long L = LANES<T>;
    constexpr auto low = [](long i) { return i / 2 + (i % 2) * L; }, high = [](long i) { return L / 2 + i / 2 + (i % 2) * L; };
    PELLUCID_UNROLL for (long halved = 1; halved < L; halved *= 2) {
        Vector<T> next[L];
        PELLUCID_UNROLL for (long i = 0; i < L / 2; i++) {
            next[2 * i] = __builtin_shuffle(rows[i], rows[i + L / 2], lane_numbers<T>(low));
            next[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + L / 2], lane_numbers<T>(high));
        }
        PELLUCID_UNROLL for (long i = 0; i < L; i++) rows[i] = next[i];
    }
}

// The lanes joined by halves: their sum, say, or the greatest.
template <class T, class Join>
PELLUCID_INLINE T over_lanes(Vector<T> v, const Join& join) {
    constexpr long L = LANES<T>;
    if constexpr (L >= 16) v = join(v, __builtin_shuffle(v, lane_numbers<T>([](long i) { return (i + 8) % L; })));
    if constexpr (L >= 8) v = join(v, __builtin_shuffle(v, lane_numbers<T>([](long i) { return (i + 4) % L; })));
    if constexpr (L >= 4) v = join(v, __builtin_shuffle(v, lane_numbers<T>([](long i) { return (i + 2) % L; })));
    v = join(v, __builtin_shuffle(v, lane_numbers<T>([](long i) { return (i + 1) % L; })));
    return v[0];
}
template <class T>
PELLUCID_INLINE void zero(T* to, long count) {
    __builtin_memset(to, 0, size_t(count) * sizeof(T));
}

}  // namespace pellucid::PELLUCID_ISA
