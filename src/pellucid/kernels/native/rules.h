// Update rules other than Adam: one pass over the flat buffer, bound by memory. The formulas stand in optim/rules.py.
#pragma once
#include "elementwise.h"
#include "light.h"

namespace pellucid::PELLUCID_ISA {

template <class Body>
PELLUCID_INLINE void each_number(const Team& team, long count, const Body& body) {
    team.split(count, double(count) / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long i = begin; i < end; i++) body(i);
    });
}

template <class T>
static void sgd(const Team& team, long count, T* __restrict w, const T* __restrict dw, double rate) {
    const T r = T(rate);
    each_number(team, count, [=](long i) { w[i] -= r * dw[i]; });
}

template <class T>
static void momentum(const Team& team, long count, T* __restrict w, const T* __restrict dw, T* __restrict v, double rate, double keep) {
    const T r = T(rate), k = T(keep);
    each_number(team, count, [=](long i) {
        v[i] = k * v[i] - r * dw[i];
        w[i] += v[i];
    });
}

template <class T>
static void nesterov(const Team& team, long count, T* __restrict w, const T* __restrict dw, T* __restrict v, double rate, double keep) {
    const T r = T(rate), k = T(keep);
    each_number(team, count, [=](long i) {
        const T push = r * dw[i];
        v[i] = k * v[i] - push;
        w[i] += k * v[i] - push;
    });
}

template <class T>
static void adagrad(const Team& team, long count, T* __restrict w, const T* __restrict dw, T* __restrict s, double rate, double eps) {
    const T r = T(rate), e = T(eps);
    each_number(team, count, [=](long i) {
        s[i] += dw[i] * dw[i];
        w[i] -= r * dw[i] / (root_of(s[i]) + e);
    });
}

template <class T>
static void rmsprop(const Team& team, long count, T* __restrict w, const T* __restrict dw, T* __restrict s, double rate, double decay,
                    double eps) {
    const T r = T(rate), keep = T(decay), take = T(1 - decay), e = T(eps);
    each_number(team, count, [=](long i) {
        s[i] = keep * s[i] + take * dw[i] * dw[i];
        w[i] -= r * dw[i] / (root_of(s[i]) + e);
    });
}

}  // namespace pellucid::PELLUCID_ISA
