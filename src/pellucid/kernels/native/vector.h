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
template <class T>
PELLUCID_INLINE Vector<T> load_some(const T* p, long count) {
    T lanes[LANES<T>] = {};
    for (long i = 0; i < count; i++) lanes[i] = p[i];
    return load(lanes);
}
template <class T>
PELLUCID_INLINE void store_some(T* p, Vector<T> v, long count) {
    T lanes[LANES<T>];
    store(lanes, v);
    for (long i = 0; i < count; i++) p[i] = lanes[i];
}
PELLUCID_INLINE long least(long a, long b) { return a < b ? a : b; }
PELLUCID_INLINE long most(long a, long b) { return a > b ? a : b; }
PELLUCID_INLINE long ceil_div(long a, long b) { return (a + b - 1) / b; }
PELLUCID_INLINE long round_up(long a, long b) { return ceil_div(a, b) * b; }

template <class T>
PELLUCID_INLINE void copy(T* to, const T* from, long count) {
    __builtin_memcpy(to, from, size_t(count) * sizeof(T));
}
template <class T>
PELLUCID_INLINE void zero(T* to, long count) {
    __builtin_memset(to, 0, size_t(count) * sizeof(T));
}

}  // namespace pellucid::PELLUCID_ISA
