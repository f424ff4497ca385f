// Batch norm, ReLU, sums, the loss and Adam as Python calls them; checked as in calls.h.
#pragma once
#include <cmath>
#include <limits>

#include "calls.h"

namespace pellucid {

// The rows that each sample of x (N, ..., C) holds; rows are what a normalization averages over.
template <class Array>
long rows_a_sample(const Array& x) {
    require(x.ndim() >= 2 && x.shape(0) > 0 && x.size() > 0, "x must be (N, ..., C) and hold at least one row");
    return long(x.size() / x.shape(0) / x.shape(x.ndim() - 1));
}

// Of a ReLU behind; infinity: none, which kernels take as a NaN.
template <class T>
T ceiling_of(double ceiling) {
    require(ceiling > 0, "ceiling must be positive; infinity for none");
    return std::isinf(ceiling) ? std::numeric_limits<T>::quiet_NaN() : T(ceiling);
}

template <class T>
Bound<void> batchnorm_forward(const Workspace& workspace, In<T> x, In<T> gamma, In<T> beta, double eps, bool relu, double ceiling,
                              Out<T> out, Out<T> mean, Out<T> var, Out<T> inv_std, int threads) {
    require_aligned(x, gamma, beta, out, mean, var, inv_std);
    const long rows = rows_a_sample(x), c = x.shape(x.ndim() - 1);
    require(shape_of(out) == shape_of(x), "out must have the shape of x");
    for (const auto& array : {gamma, beta}) require_shape(array, {c}, "gamma or beta");
    for (const auto& array : {mean, var, inv_std}) require_shape(array, {c}, "mean, var or inv_std");
    require_apart(out, x, gamma, beta, mean, var, inv_std);
    require_apart(mean, x, gamma, beta, var, inv_std);
    require_apart(var, x, gamma, beta, inv_std);
    require_apart(inv_std, x, gamma, beta);
    const Team team = team_of(threads);
    const T cut = ceiling_of<T>(ceiling);
    const size_t needed = kernels<T>().batchnorm_workspace(c, threads);
    workspace.require_bytes(needed);
    return {long(x.shape(0)), [=](long n) {
                kernels<T>().batchnorm_forward(team, n * rows, c, x.data(), gamma.data(), beta.data(), T(eps), relu, cut, out.data(),
                                               mean.data(), var.data(), inv_std.data(), workspace.start(needed));
            }};
}

// The output again, from the forward's mean and inv_std.
template <class T>
Bound<void> batchnorm_apply(const Workspace&, In<T> x, In<T> gamma, In<T> beta, In<T> mean, In<T> inv_std, bool relu, double ceiling,
                            Out<T> out, int threads) {
    require_aligned(x, gamma, beta, mean, inv_std, out);
    const long rows = rows_a_sample(x), c = x.shape(x.ndim() - 1);
    require(shape_of(out) == shape_of(x), "out must have the shape of x");
    for (const auto& array : {gamma, beta, mean, inv_std}) require_shape(array, {c}, "gamma, beta, mean or inv_std");
    require_apart(out, x, gamma, beta, mean, inv_std);
    const Team team = team_of(threads);
    const T cut = ceiling_of<T>(ceiling);
    return {long(x.shape(0)), [=](long n) {
                kernels<T>().batchnorm_apply(team, n * rows, c, x.data(), gamma.data(), beta.data(), mean.data(), inv_std.data(), relu,
                                             cut, out.data());
            }};
}

// dx may be dout.
template <class T>
Bound<void> batchnorm_backward(const Workspace& workspace, In<T> dout, In<T> x, In<T> gamma, In<T> beta, In<T> mean, In<T> inv_std,
                               bool relu, double ceiling, Out<T> dx, Out<T> dgamma, Out<T> dbeta, int threads) {
    require_aligned(dout, x, gamma, beta, mean, inv_std, dx, dgamma, dbeta);
    const long rows = rows_a_sample(x), c = x.shape(x.ndim() - 1);
    require(shape_of(dout) == shape_of(x) && shape_of(dx) == shape_of(x), "dout and dx must have the shape of x");
    for (const auto& array : {gamma, beta, mean, inv_std}) require_shape(array, {c}, "gamma, beta, mean or inv_std");
    for (const auto& array : {dgamma, dbeta}) require_shape(array, {c}, "dgamma or dbeta");
    require_apart_or_same(dx, dout);
    require_apart(dx, x, gamma, beta, mean, inv_std, dgamma, dbeta);
    require_apart(dgamma, dout, x, gamma, beta, mean, inv_std, dbeta);
    require_apart(dbeta, dout, x, gamma, beta, mean, inv_std);
    const Team team = team_of(threads);
    const T cut = ceiling_of<T>(ceiling);
    const size_t needed = kernels<T>().batchnorm_workspace(c, threads);
    workspace.require_bytes(needed);
    return {long(x.shape(0)), [=](long n) {
                kernels<T>().batchnorm_backward(team, n * rows, c, x.data(), dout.data(), gamma.data(), beta.data(), mean.data(),
                                                inv_std.data(), relu, cut, dx.data(), dgamma.data(), dbeta.data(),
                                                workspace.start(needed));
            }};
}

// The number of samples in an elementwise call's arrays, which must all have the same size; the first axis counts samples.
template <class Array, class... Arrays>
long samples_of(const Array& first, const Arrays&... others) {
    require(first.ndim() >= 1 && ((others.size() == first.size()) && ...), "the arrays must have the same size");
    return long(first.shape(0));
}
template <class Array>
long entries_a_sample(const Array& array) {
    return array.shape(0) ? long(array.size() / array.shape(0)) : 0;
}

// out may be a or b.
template <class T>
Bound<void> add(const Workspace&, In<T> a, In<T> b, Out<T> out, int threads) {
    require_aligned(a, b, out);
    const long samples = samples_of(a, b, out), entries = entries_a_sample(a);
    require_apart_or_same(out, a);
    require_apart_or_same(out, b);
    const Team team = team_of(threads);
    return {samples, [=](long n) { kernels<T>().add(team, n * entries, a.data(), b.data(), out.data()); }};
}

// out may be x.
template <class T>
Bound<void> relu_forward(const Workspace&, In<T> x, Out<T> out, int threads) {
    require_aligned(x, out);
    const long samples = samples_of(x, out), entries = entries_a_sample(x);
    require_apart_or_same(out, x);
    const Team team = team_of(threads);
    return {samples, [=](long n) { kernels<T>().relu_forward(team, n * entries, x.data(), out.data()); }};
}

// dx may be dout.
template <class T>
Bound<void> relu_backward(const Workspace&, In<T> dout, In<T> out, Out<T> dx, int threads) {
    require_aligned(dout, out, dx);
    const long samples = samples_of(dout, out, dx), entries = entries_a_sample(dout);
    require_apart_or_same(dx, dout);
    require_apart_or_same(dx, out);
    const Team team = team_of(threads);
    return {samples, [=](long n) { kernels<T>().relu_backward(team, n * entries, out.data(), dout.data(), dx.data()); }};
}

template <class T>
Bound<double> softmax_loss(const Workspace&, In<T> scores, In<int64_t> labels, double smoothing, In<double> shares, Out<T> dscores,
                           int threads) {
    require_aligned(scores, labels, shares, dscores);
    require(scores.ndim() == 2 && scores.shape(1) > 0, "scores must be a matrix of at least one column");
    const long rows = scores.shape(0), classes = scores.shape(1);
    require_shape(labels, {rows}, "labels");
    require_shape(shares, {rows}, "shares");
    require_shape(dscores, {rows, classes}, "dscores");
    require_apart(dscores, scores, labels, shares);
    const Team team = team_of(threads);
    return {rows, [=](long n) {
                bool in_range = true;
                for (long i = 0; i < n; i++) in_range &= 0 <= labels.data()[i] && labels.data()[i] < classes;
                require(in_range, "labels must lie in 0..classes-1");
                return kernels<T>().softmax_loss(team, n, classes, scores.data(), labels.data(), smoothing, shares.data(),
                                                 dscores.data());
            }};
}

template <class T>
Bound<double> sum_of_squares(const Workspace&, In<T> x, int threads) {
    require_aligned(x);
    const long samples = samples_of(x), entries = entries_a_sample(x);
    const Team team = team_of(threads);
    return {samples, [=](long n) { return kernels<T>().sum_of_squares(team, n * entries, x.data()); }};
}

// Adam over whole buffers. What changes from step to step comes with the call: rate = learning_rate / (1 - beta1**step),
// root_correction = sqrt(1 - beta2**step), shrink = 1 - learning_rate * weight_decay.
template <class T>
struct AdamCall {
    Out<T> w, m, v;
    In<T> dw;
    double beta1, beta2, eps;
    Team team;
    void operator()(double rate, double root_correction, double shrink) const {
        kernels<T>().adam(team, long(w.size()), w.data(), dw.data(), m.data(), v.data(), rate, root_correction, beta1, beta2, eps,
                          shrink);
    }
};

template <class T>
AdamCall<T> adam_update(const Workspace&, Out<T> w, In<T> dw, Out<T> m, Out<T> v, double beta1, double beta2, double eps, int threads) {
    require_aligned(w, dw, m, v);
    require(w.size() == dw.size() && w.size() == m.size() && w.size() == v.size(), "w, dw, m and v must have the same size");
    require_apart(w, dw, m, v);
    require_apart(m, dw, v);
    require_apart(v, dw);
    return {w, m, v, dw, beta1, beta2, eps, team_of(threads)};
}

template <class T>
void adam(Out<T> w, In<T> dw, Out<T> m, Out<T> v, double rate, double root_correction, double beta1, double beta2, double eps,
          double shrink, int threads) {
    const AdamCall<T> call = adam_update<T>(Workspace(), w, dw, m, v, beta1, beta2, eps, threads);
    const WithoutLock released;
    call(rate, root_correction, shrink);
}

}  // namespace pellucid
