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

// x, but 0 on the right: no exponential overflows. NaN stays NaN.
template <class T>
PELLUCID_INLINE Vector<T> left_side(Vector<T> v) {
    return v > Vector<T>{} ? Vector<T>{} : v;
}
// The right side's slope, and the height of the left: of ELU (1, alpha), of SELU (scale, scale * alpha).
template <class T>
static void exponential_linear_forward(const Team& team, long count, const T* x, T slope, T height, T* out) {
    map(team, count, EXP_NANOSECONDS, x, out, [slope, height](Vector<T> v) {
        Vector<T> left = left_side<T>(v);
        left = left < broadcast(T(-50)) ? broadcast(T(-50)) : left;  // from there on exp(x) - 1 is -1
        return v > Vector<T>{} ? v * slope : exp_less_one<T>(left) * height;
    });
}
template <class T>
static void exponential_linear_backward(const Team& team, long count, const T* x, const T* dout, T slope, T height, T* dx) {
    map_backward(team, count, EXP_NANOSECONDS, x, dout, dx, [slope, height](Vector<T> v, Vector<T> d) {
        return d * (v > Vector<T>{} ? broadcast(slope) : vector_exp<T>(left_side<T>(v)) * height);
    });
}
template <class T>
static void elu_forward(const Team& team, long count, const T* x, T alpha, T* out) {
    exponential_linear_forward(team, count, x, T(1), alpha, out);
}
template <class T>
static void elu_backward(const Team& team, long count, const T* x, const T* dout, T alpha, T* dx) {
    exponential_linear_backward(team, count, x, dout, T(1), alpha, dx);
}
constexpr double SELU_SCALE = 1.0507009873554804934, SELU_HEIGHT = SELU_SCALE * 1.6732632423543772848;
template <class T>
static void selu_forward(const Team& team, long count, const T* x, T* out) {
    exponential_linear_forward(team, count, x, T(SELU_SCALE), T(SELU_HEIGHT), out);
}
template <class T>
static void selu_backward(const Team& team, long count, const T* x, const T* dout, T* dx) {
    exponential_linear_backward(team, count, x, dout, T(SELU_SCALE), T(SELU_HEIGHT), dx);
}

template <class T>
static void silu_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, DIVIDED_EXP_NANOSECONDS, x, out, [](Vector<T> v) { return v * vector_sigmoid<T>(v); });
}
template <class T>
static void silu_backward(const Team& team, long count, const T* x, const T* dout, T* dx) {
    map_backward(team, count, DIVIDED_EXP_NANOSECONDS, x, dout, dx, [](Vector<T> v, Vector<T> d) {
        const Vector<T> s = vector_sigmoid<T>(v);
        return d * (s + v * s * (T(1) - s));
    });
}

// v cut to [0, 6].
template <class T>
PELLUCID_INLINE Vector<T> cut_at_six(Vector<T> v) {
    v = v < Vector<T>{} ? Vector<T>{} : v;
    return v > broadcast(T(6)) ? broadcast(T(6)) : v;
}
template <class T>
static void relu6_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, COMPARE_NANOSECONDS, x, out, [](Vector<T> v) { return cut_at_six<T>(v); });
}
template <class T>
static void relu6_backward(const Team& team, long count, const T* out, const T* dout, T* dx) {
    map_backward(team, count, COMPARE_NANOSECONDS, out, dout, dx,
                 [](Vector<T> o, Vector<T> d) { return (o > Vector<T>{}) & (o < broadcast(T(6))) ? d : Vector<T>{}; });
}

template <class T>
static void hard_sigmoid_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, COMPARE_NANOSECONDS, x, out, [](Vector<T> v) { return cut_at_six<T>(v + T(3)) / T(6); });
}
template <class T>
static void hard_sigmoid_backward(const Team& team, long count, const T* x, const T* dout, T* dx) {
    map_backward(team, count, COMPARE_NANOSECONDS, x, dout, dx,
                 [](Vector<T> v, Vector<T> d) { return (v > broadcast(T(-3))) & (v < broadcast(T(3))) ? d / T(6) : Vector<T>{}; });
}
template <class T>
static void hard_swish_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, COMPARE_NANOSECONDS, x, out, [](Vector<T> v) { return v * (cut_at_six<T>(v + T(3)) / T(6)); });
}
template <class T>
static void hard_swish_backward(const Team& team, long count, const T* x, const T* dout, T* dx) {
    map_backward(team, count, COMPARE_NANOSECONDS, x, dout, dx, [](Vector<T> v, Vector<T> d) {
        const Vector<T> slope = v > broadcast(T(3)) ? broadcast(T(1)) : v / T(3) + T(0.5);
        return v <= broadcast(T(-3)) ? Vector<T>{} : d * slope;
    });
}

template <class T>
static void softplus_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, NORMAL_NANOSECONDS, x, out, [](Vector<T> v) { return vector_softplus<T>(v); });
}
template <class T>
static void softplus_backward(const Team& team, long count, const T* x, const T* dout, T* dx) {
    map_backward(team, count, DIVIDED_EXP_NANOSECONDS, x, dout, dx, [](Vector<T> v, Vector<T> d) { return d * vector_sigmoid<T>(v); });
}

template <class T>
static void mish_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, DIVIDED_EXP_NANOSECONDS, x, out, [](Vector<T> v) { return v * tanh_of_softplus<T>(v); });
}
template <class T>
static void mish_backward(const Team& team, long count, const T* x, const T* dout, T* dx) {
    map_backward(team, count, NORMAL_NANOSECONDS, x, dout, dx, [](Vector<T> v, Vector<T> d) {
        const Vector<T> t = tanh_of_softplus<T>(v);
        return d * (t + v * (T(1) - t * t) * vector_sigmoid<T>(v));
    });
}

// sqrt(2 / pi) (v + 0.044715 v^3); v is at most 10 in magnitude: from there on, the hyperbolic tangent is 1.
constexpr double GELU_SLOPE = 0.7978845608028653559, GELU_CUBIC = 0.044715;
template <class T>
PELLUCID_INLINE Vector<T> bounded(Vector<T> v, T bound) {
    v = v > broadcast(bound) ? broadcast(bound) : v;
    return v < broadcast(-bound) ? broadcast(-bound) : v;
}
template <class T>
PELLUCID_INLINE Vector<T> gelu_inner_tanh(Vector<T> v) {
    return vector_tanh<T>(T(GELU_SLOPE) * (v + T(GELU_CUBIC) * v * v * v));
}
template <class T>
static void gelu_tanh_forward(const Team& team, long count, const T* x, T* out) {
    map(team, count, DIVIDED_EXP_NANOSECONDS, x, out,
        [](Vector<T> v) { return T(0.5) * v * (T(1) + gelu_inner_tanh<T>(bounded<T>(v, T(10)))); });
}
template <class T>
static void gelu_tanh_backward(const Team& team, long count, const T* x, const T* dout, T* dx) {
    map_backward(team, count, DIVIDED_EXP_NANOSECONDS, x, dout, dx, [](Vector<T> v, Vector<T> d) {
        const Vector<T> near = bounded<T>(v, T(10)), t = gelu_inner_tanh<T>(near);
        const Vector<T> du = T(GELU_SLOPE) * (T(1) + T(3 * GELU_CUBIC) * near * near);
        return d * (T(0.5) * (T(1) + t) + T(0.5) * near * (T(1) - t * t) * du);
    });
}

}  // namespace pellucid::PELLUCID_ISA
