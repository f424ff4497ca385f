// The exponential and related functions on vectors, in the number's own type: no table, no branch, no call, so that a loop over them stays
// vectors. Error, measured over each function's range, with and without fused multiply-adds: exp within 1.1 ulp, log within 0.9,
// tanh and the sigmoid within 2.6. NaN stays NaN; overflow gives inf, underflow passes through the subnormals to 0.
//
// exp: x = n ln 2 + r with |r| <= ln 2 / 2, so exp(x) = 2^n (1 + r + r^2 q(r)), q a polynomial; ln 2 is split in two so that
// n ln 2 is exact in its first part (Cody & Waite 1980). log: x = 2^k (1 + f), and with s = f / (2 + f),
// log(1 + f) = 2 s + s^3 l(s^2). Both polynomials interpolate the function at Chebyshev nodes, fitted in 60 digits.
#pragma once
#include "vector.h"

namespace pellucid::PELLUCID_ISA {

template <class T>
struct FloatFormat;
template <>
struct FloatFormat<float> {
    typedef uint32_t word;
    typedef uint32_t words __attribute__((vector_size(PELLUCID_VECTOR_BYTES)));
    static constexpr int FRACTION = 23, BIAS = 127;
    static constexpr word ROOT_HALF = 0x3f3504f3;  // the bits of sqrt(1/2)
    static constexpr float ROUNDER = 0x1.8p23f, WHOLE = 0x1p23f, LEAST_NORMAL = 0x1p-126f, MOST = 0x1.fffffep127f;
    static constexpr float EXP_LOWEST = -104, EXP_HIGHEST = 89;  // below: less than half the least subnormal; above: inf
    static constexpr float LN2_HIGH = 0.693359375f, LN2_LOW = -2.12194440e-4f;
    static constexpr float EXP[] = {0.5f, 0.1666657667f, 0.04166655421f, 0.008363232884f, 0.001392625083f};
    static constexpr word HIGH_PART = ~word(0xfff);  // half of a number's digits
    static constexpr float TAIL_END = 15;            // exp(-t^2 / 2) is 0 there
    static constexpr float TAIL[] = {0.7552851386f,    -0.6078965941f,   0.3871366831f,   -0.1865233068f,   0.06040618551f,
                                     -0.007525402418f, -0.003520972824f, 0.001566881688f, 0.0001889965194f, -0.0001255583856f};
    static constexpr float LOG[] = {0.6666668515f, 0.3998873484f, 0.2958202253f};
};
template <>
struct FloatFormat<double> {
    typedef uint64_t word;
    typedef uint64_t words __attribute__((vector_size(PELLUCID_VECTOR_BYTES)));
    static constexpr int FRACTION = 52, BIAS = 1023;
    static constexpr word ROOT_HALF = 0x3fe6a09e667f3bcd;
    static constexpr double ROUNDER = 0x1.8p52, WHOLE = 0x1p52, LEAST_NORMAL = 0x1p-1022, MOST = 0x1.fffffffffffffp1023;
    static constexpr double EXP_LOWEST = -746, EXP_HIGHEST = 710;
    static constexpr double LN2_HIGH = 0.6931471803691238, LN2_LOW = 1.9082149292705877e-10;
    static constexpr double EXP[] = {0.500000000000000103,   0.166666666666666675,   0.0416666666666238205,    0.0083333333333300382,
                                     0.00138888889173670806, 0.00019841269863171556, 0.0000248015210578682052, 2.75572682769056962e-6,
                                     2.76202015910315488e-7, 2.5100472505694996e-8};
    static constexpr word HIGH_PART = ~word(0x7ffffff);
    static constexpr double TAIL_END = 40;
    static constexpr double TAIL[] = {
        0.7552851304157514784,    -0.6078966419718917642,    0.3871374007422193352,    -0.1865218579596933923,
        0.06039657489067665436,   -0.007540188965625016837,  -0.003479692361804059562, 0.001630818442480588565,
        0.0001333442497835842819, -0.00023109482414997104,   -1.907843405924870529e-6, 0.00003514421496825780363,
        7.149308325478400894e-7,  -5.919013186154044123e-6,  -6.249906995369785213e-7, 1.020071339256846448e-6,
        2.635431056068445412e-7,  -1.546196819122191875e-7,  -7.634712843441086085e-8, 1.484239007275134311e-8,
        1.397652815595082183e-8,  -1.015295717649617974e-11, -9.990624160023276e-10};
    static constexpr double LOG[] = {0.666666666666666973, 0.399999999998982734, 0.285714286265333359, 0.222222110438224861,
                                     0.181828957468014286, 0.153315017212074187, 0.146191647771864199};
};
template <class T>
using Words = typename FloatFormat<T>::words;

// c[0] + c[1] x + c[2] x^2 + ...
template <class T, size_t COUNT>
PELLUCID_INLINE Vector<T> polynomial(const T (&c)[COUNT], Vector<T> x) {
    Vector<T> sum = broadcast(c[COUNT - 1]);
    PELLUCID_UNROLL for (size_t i = 1; i < COUNT; i++) sum = sum * x + c[COUNT - 1 - i];
    return sum;
}

// x = n ln 2 + r: r + r^2 q(r), which is exp(r) - 1, and n as a whole number in two's complement.
template <class T>
PELLUCID_INLINE Vector<T> exp_reduced(Vector<T> x, Words<T>& n) {
    typedef FloatFormat<T> F;
    const Vector<T> shifted = x * T(1.4426950408889634) + F::ROUNDER, whole = shifted - F::ROUNDER;
    n = (Words<T>)shifted - (Words<T>)broadcast(F::ROUNDER);
    const Vector<T> r = (x - whole * F::LN2_HIGH) - whole * F::LN2_LOW;
    return r + r * r * polynomial<T>(F::EXP, r);
}

// 2^n for n from 1 - BIAS to BIAS.
template <class T>
PELLUCID_INLINE Vector<T> power_of_two(Words<T> n) {
    typedef FloatFormat<T> F;
    return (Vector<T>)((n + typename F::word(F::BIAS)) << F::FRACTION);
}

template <class T>
PELLUCID_INLINE Vector<T> vector_exp(Vector<T> x) {
    typedef FloatFormat<T> F;
    x = x < broadcast(F::EXP_LOWEST) ? broadcast(F::EXP_LOWEST) : x;
    x = x > broadcast(F::EXP_HIGHEST) ? broadcast(F::EXP_HIGHEST) : x;
    Words<T> n;
    const Vector<T> less_one = exp_reduced<T>(x, n);
    // In two steps, since 2^n itself may not be a normal number. The half is rounded down, of negative n as well.
    const Words<T> half = ((n + typename F::word(4096)) >> 1) - typename F::word(2048);
    return (less_one + T(1)) * power_of_two<T>(half) * power_of_two<T>(n - half);
}

template <class T>
PELLUCID_INLINE Vector<T> vector_log(Vector<T> x) {
    typedef FloatFormat<T> F;
    typedef typename F::word word;
    constexpr word ONE = word(F::BIAS) << F::FRACTION, FRACTION_BITS = (word(1) << F::FRACTION) - 1;
    const auto subnormal = x < broadcast(F::LEAST_NORMAL);
    const Vector<T> scaled = subnormal ? x * T(2) * F::WHOLE : x;
    // 1 + f in [sqrt(1/2), sqrt(2))
    const Words<T> bits = (Words<T>)scaled + (ONE - F::ROOT_HALF);
    const Vector<T> f = (Vector<T>)((bits & FRACTION_BITS) + F::ROOT_HALF) - T(1);
    // The exponent as a number: put it into the fraction of 2^FRACTION.
    Vector<T> k = (Vector<T>)((bits >> F::FRACTION) | (Words<T>)broadcast(F::WHOLE)) - (F::WHOLE + T(F::BIAS));
    k = subnormal ? k - T(F::FRACTION + 1) : k;
    const Vector<T> s = f / (f + T(2)), square = s * s, half_square = T(0.5) * f * f;
    const Vector<T> tail = s * (half_square + square * polynomial<T>(F::LOG, square));
    const Vector<T> log = k * F::LN2_HIGH - ((half_square - (tail + k * F::LN2_LOW)) - f);
    const Vector<T> infinity = broadcast(T(__builtin_inf())), nan = broadcast(T(__builtin_nan("")));
    const Vector<T> not_positive = x == Vector<T>{} ? -infinity : nan;
    return x > Vector<T>{} ? (x <= broadcast(F::MOST) ? log : x) : not_positive;
}

template <class T>
PELLUCID_INLINE Vector<T> magnitude(Vector<T> x) {
    return (Vector<T>)((Words<T>)x & ~(Words<T>)broadcast(T(-0.0)));
}
template <class T>
PELLUCID_INLINE Vector<T> with_sign_of(Vector<T> sign, Vector<T> magnitude) {
    return (Vector<T>)((Words<T>)magnitude | ((Words<T>)sign & (Words<T>)broadcast(T(-0.0))));
}

// exp(x) - 1 for x from -50 to 50, without cancellation near 0.
template <class T>
PELLUCID_INLINE Vector<T> exp_less_one(Vector<T> x) {
    Words<T> n;
    const Vector<T> less_one = exp_reduced<T>(x, n), scale = power_of_two<T>(n);
    return scale * less_one + (scale - T(1));
}

// tanh|x| = e / (e + 2) with e = exp(2|x|) - 1.
template <class T>
PELLUCID_INLINE Vector<T> vector_tanh(Vector<T> x) {
    Vector<T> twice = T(2) * magnitude<T>(x);
    twice = twice > broadcast(T(50)) ? broadcast(T(50)) : twice;  // from there on 1
    const Vector<T> e = exp_less_one<T>(twice);
    return with_sign_of<T>(x, e / (e + T(2)));
}

// 1 / (1 + exp(-x)) without overflow, and with full accuracy where it is near 0.
template <class T>
PELLUCID_INLINE Vector<T> vector_sigmoid(Vector<T> x) {
    const Vector<T> small = vector_exp<T>(-magnitude<T>(x));
    return (x < Vector<T>{} ? small : broadcast(T(1))) / (small + T(1));
}

// log(1 + exp(x)) = max(x, 0) + log(1 + e) with e = exp(-|x|). What is lost by rounding u = 1 + e, the factor e / (u - 1) restores
// (Kahan), so that it is accurate where it is near 0.
template <class T>
PELLUCID_INLINE Vector<T> vector_softplus(Vector<T> x) {
    const Vector<T> e = vector_exp<T>(-magnitude<T>(x)), u = T(1) + e;
    const Vector<T> log1p = u == broadcast(T(1)) ? e : vector_log<T>(u) * (e / (u - T(1)));
    return (x > Vector<T>{} ? x : Vector<T>{}) + log1p;
}

// tanh(log(1 + exp(x))) as a fraction of e = exp(-|x|), which is at most 1.
template <class T>
PELLUCID_INLINE Vector<T> tanh_of_softplus(Vector<T> x) {
    const Vector<T> e = vector_exp<T>(-magnitude<T>(x)), twice = e + e, square = e * e;
    const auto left = x < Vector<T>{};
    const Vector<T> above = left ? square + twice : T(1) + twice;
    return above / (above + (left ? broadcast(T(2)) : square + square));
}

// The standard normal's distribution P(x) and density p(x). With t = |x|, P(-t) = exp(-t^2 / 2) h(u) / (t + 4), u = (t - 4) / (t + 4),
// h a polynomial fitted as above; t^2 is rounded, and the exponential corrected for that, so that the tail is as exact as the middle.
template <class T>
struct Normal {
    Vector<T> below, density;
};
template <class T>
PELLUCID_INLINE Normal<T> vector_normal(Vector<T> x) {
    typedef FloatFormat<T> F;
    Vector<T> t = magnitude<T>(x);
    t = t > broadcast(F::TAIL_END) ? broadcast(F::TAIL_END) : t;
    const Vector<T> square = t * t, high = (Vector<T>)((Words<T>)t & F::HIGH_PART), low = t - high;
    const Vector<T> rounding = ((high * high - square) + T(2) * high * low) + low * low;
    const Vector<T> bell = vector_exp<T>(square * T(-0.5)) * (T(1) - T(0.5) * rounding);
    const Vector<T> far = t + T(4), tail = bell * polynomial<T>(F::TAIL, (t - T(4)) / far) / far;
    return {x < Vector<T>{} ? tail : T(1) - tail, bell * T(0.3989422804014326779)};
}

}  // namespace pellucid::PELLUCID_ISA
