// Activations other than ReLU: one pass each, the exponential inline. The formulas stand in layers/, a file a layer.
#pragma once
#include "elementwise.h"
#include "functions.h"
#include "light.h"

namespace pellucid::PELLUCID_ISA {

// out = f(x), f of a vector; `nanoseconds` that a number takes decide whether sharing pays.
template <class T, class Function>
PELLUCID_INLINE void map(const Team& team, long count, double nanoseconds, const T* x, T* out, const Function& f) {
    team.split(count, double(count) * nanoseconds, [&](int, long begin, long end) {
        each_vector<T>(begin, end, [&](long i, long run, bool whole) __attribute__((always_inline)) {
            store_run(out + i, f(load_run(x + i, run, whole)), run, whole);
        });
    });
}
// dx = f(cached, dout)
template <class T, class Function>
PELLUCID_INLINE void map_backward(const Team& team, long count, double nanoseconds, const T* cached, const T* dout, T* dx,
                                  const Function& f) {
    team.split(count, double(count) * nanoseconds, [&](int, long begin, long end) {
        each_vector<T>(begin, end, [&](long i, long run, bool whole) __attribute__((always_inline)) {
            store_run(dx + i, f(load_run(cached + i, run, whole), load_run(dout + i, run, whole)), run, whole);
        });
    });
}

template <class T>
static void exp_of(const Team& team, long count, const T* x, T* out) {
    map(team, count, EXP_NANOSECONDS, x, out, [](Vector<T> v) { return vector_exp<T>(v); });
}
template <class T>
static void log_of(const Team& team, long count, const T* x, T* out) {
    map(team, count, EXP_NANOSECONDS, x, out, [](Vector<T> v) { return vector_log<T>(v); });
}

template <class T>
static void sigmoid_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, DIVIDED_EXP_NANOSECONDS, x, out, [](Vector<T> v) { return vector_sigmoid<T>(v); });
}
template <class T>
static void sigmoid_backward(const Team& team, long count, const T* out, const T* dout, T* dx) {
    map_backward(team, count, COMPARE_NANOSECONDS, out, dout, dx, [](Vector<T> s, Vector<T> d) { return d * s * (T(1) - s); });
}

template <class T>
static void tanh_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, DIVIDED_EXP_NANOSECONDS, x, out, [](Vector<T> v) { return vector_tanh<T>(v); });
}
template <class T>
static void tanh_backward(const Team& team, long count, const T* out, const T* dout, T* dx) {
    map_backward(team, count, COMPARE_NANOSECONDS, out, dout, dx, [](Vector<T> t, Vector<T> d) { return d * (T(1) - t * t); });
}

template <class T>
static void gelu_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, NORMAL_NANOSECONDS, x, out, [](Vector<T> v) { return v * vector_normal<T>(v).below; });
}
template <class T>
static void gelu_backward(const Team& team, long count, const T* x, const T* dout, T* dx) {
    map_backward(team, count, NORMAL_NANOSECONDS, x, dout, dx, [](Vector<T> v, Vector<T> d) {
        const Normal<T> normal = vector_normal<T>(v);
        return d * (normal.below + v * normal.density);
    });
}

template <class T>
static void leaky_relu_forward(const Team& team, long count, const T* x, T slope, T* out) {
    map(team, count, COMPARE_NANOSECONDS, x, out, [slope](Vector<T> v) { return v > Vector<T>{} ? v : v * slope; });
}
template <class T>
static void leaky_relu_backward(const Team& team, long count, const T* x, const T* dout, T slope, T* dx) {
    map_backward(team, count, COMPARE_NANOSECONDS, x, dout, dx,
                 [slope](Vector<T> v, Vector<T> d) { return v > Vector<T>{} ? d : d * slope; });
}

}  // namespace pellucid::PELLUCID_ISA
