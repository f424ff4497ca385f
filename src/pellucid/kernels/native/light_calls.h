// The kernels of light.h as Python calls them, checked as in calls.h.
#pragma once
#include <optional>

#include "norm_calls.h"

namespace pellucid {

template <class T>
const LightKernels<T>& light() {
    return *kernels<T>().light;
}

// The shapes of a normalization's arrays: x, dout, out and dx alike, (N, ..., C); gamma and the like (C,).
template <class T>
GroupShape group_shape(const In<T>& x, long groups) {
    require(x.ndim() >= 2, "x must be (N, ..., C)");
    GroupShape s{long(x.shape(0)), 1, long(x.shape(x.ndim() - 1)), groups};
    for (size_t axis = 1; axis + 1 < x.ndim(); axis++) s.pixels *= long(x.shape(axis));
    require(s.c > 0 && s.pixels > 0, "x must have at least one channel and one pixel");
    require(groups >= 1 && s.c % groups == 0, "groups must divide the channels");
    return s;
}

inline GroupShape with_samples(GroupShape s, long n) {
    s.n = n;
    return s;
}

template <class T>
Bound<void> groupnorm_forward(const Workspace& workspace, In<T> x, In<T> gamma, In<T> beta, long groups, double eps, bool relu,
                              Out<T> out, Out<double> mean, Out<double> inv_std, int threads) {
    require_aligned(x, gamma, beta, out, mean, inv_std);
    const GroupShape s = group_shape(x, groups);
    require(shape_of(out) == shape_of(x), "out must have the shape of x");
    for (const auto& array : {gamma, beta}) require_shape(array, {s.c}, "gamma or beta");
    for (const auto& array : {mean, inv_std}) require_shape(array, {s.n, groups}, "mean or inv_std");
    require_apart(out, x, gamma, beta, mean, inv_std);
    require_apart(mean, x, gamma, beta, inv_std);
    require_apart(inv_std, x, gamma, beta);
    const Team team = team_of(threads);
    const size_t needed = light<T>().groupnorm_workspace(s.pixels, s.c, threads);
    workspace.require_bytes(needed);
    return {s.n, [=](long n) {
                light<T>().groupnorm_forward(team, with_samples(s, n), x.data(), gamma.data(), beta.data(), eps, relu, out.data(),
                                             mean.data(), inv_std.data(), workspace.start(needed));
            }};
}

// dx may be dout.
template <class T>
Bound<void> groupnorm_backward(const Workspace& workspace, In<T> dout, In<T> x, In<T> gamma, In<T> beta, long groups, In<double> mean,
                               In<double> inv_std, bool relu, Out<T> dx, Out<T> dgamma, Out<T> dbeta, int threads) {
    require_aligned(dout, x, gamma, beta, mean, inv_std, dx, dgamma, dbeta);
    const GroupShape s = group_shape(x, groups);
    require(shape_of(dout) == shape_of(x) && shape_of(dx) == shape_of(x), "dout and dx must have the shape of x");
    for (const auto& array : {gamma, beta}) require_shape(array, {s.c}, "gamma or beta");
    for (const auto& array : {dgamma, dbeta}) require_shape(array, {s.c}, "dgamma or dbeta");
    for (const auto& array : {mean, inv_std}) require_shape(array, {s.n, groups}, "mean or inv_std");
    require_apart_or_same(dx, dout);
    require_apart(dx, x, gamma, beta, mean, inv_std, dgamma, dbeta);
    require_apart(dgamma, dout, x, gamma, beta, mean, inv_std, dbeta);
    require_apart(dbeta, dout, x, gamma, beta, mean, inv_std);
    const Team team = team_of(threads);
    const size_t needed = light<T>().groupnorm_workspace(s.pixels, s.c, threads);
    workspace.require_bytes(needed);
    return {s.n, [=](long n) {
                light<T>().groupnorm_backward(team, with_samples(s, n), x.data(), dout.data(), gamma.data(), beta.data(), mean.data(),
                                              inv_std.data(), relu, dx.data(), dgamma.data(), dbeta.data(), workspace.start(needed));
            }};
}

template <class T>
Bound<void> layernorm_forward(const Workspace&, In<T> x, In<T> gamma, In<T> beta, double eps, bool relu, Out<T> out, Out<double> mean,
                              Out<double> inv_std, int threads) {
    require_aligned(x, gamma, beta, out, mean, inv_std);
    require(x.ndim() == 2 && x.shape(1) > 0, "x must be a matrix of at least one column");
    const long rows = x.shape(0), d = x.shape(1);
    require_shape(out, {rows, d}, "out");
    for (const auto& array : {gamma, beta}) require_shape(array, {d}, "gamma or beta");
    for (const auto& array : {mean, inv_std}) require_shape(array, {rows}, "mean or inv_std");
    require_apart(out, x, gamma, beta, mean, inv_std);
    require_apart(mean, x, gamma, beta, inv_std);
    require_apart(inv_std, x, gamma, beta);
    const Team team = team_of(threads);
    return {rows, [=](long n) {
                light<T>().layernorm_forward(team, n, d, x.data(), gamma.data(), beta.data(), eps, relu, out.data(), mean.data(),
                                             inv_std.data());
            }};
}

// dx may be dout.
template <class T>
Bound<void> layernorm_backward(const Workspace& workspace, In<T> dout, In<T> x, In<T> gamma, In<T> beta, In<double> mean,
                               In<double> inv_std, bool relu, Out<T> dx, Out<T> dgamma, Out<T> dbeta, int threads) {
    require_aligned(dout, x, gamma, beta, mean, inv_std, dx, dgamma, dbeta);
    require(x.ndim() == 2 && x.shape(1) > 0, "x must be a matrix of at least one column");
    const long rows = x.shape(0), d = x.shape(1);
    require_shape(dout, {rows, d}, "dout");
    require_shape(dx, {rows, d}, "dx");
    for (const auto& array : {gamma, beta}) require_shape(array, {d}, "gamma or beta");
    for (const auto& array : {dgamma, dbeta}) require_shape(array, {d}, "dgamma or dbeta");
    for (const auto& array : {mean, inv_std}) require_shape(array, {rows}, "mean or inv_std");
    require_apart_or_same(dx, dout);
    require_apart(dx, x, gamma, beta, mean, inv_std, dgamma, dbeta);
    require_apart(dgamma, dout, x, gamma, beta, mean, inv_std, dbeta);
    require_apart(dbeta, dout, x, gamma, beta, mean, inv_std);
    const Team team = team_of(threads);
    const size_t needed = light<T>().layernorm_workspace(d, threads);
    workspace.require_bytes(needed);
    return {rows, [=](long n) {
                light<T>().layernorm_backward(team, n, d, x.data(), dout.data(), gamma.data(), beta.data(), mean.data(), inv_std.data(),
                                              relu, dx.data(), dgamma.data(), dbeta.data(), workspace.start(needed));
            }};
}

inline void require_keep(double keep) { require(0 < keep && keep <= 1, "keep must lie in (0, 1]"); }

// step (1,) is read at each call, since it changes from one to the next. out may be x. `scaled`: whether what is kept is divided by keep.
template <class T>
Bound<void> dropout_forward(const Workspace&, In<T> x, double keep, bool scaled, uint64_t seed, uint64_t layer, In<uint64_t> step,
                            Out<T> out, Out<uint8_t> mask, int threads) {
    require_aligned(x, step, out);
    require_keep(keep);
    require_shape(step, {1}, "step");
    const long samples = samples_of(x, out, mask), entries = entries_a_sample(x);
    require_apart_or_same(out, x);
    require_apart(out, step, mask);
    require_apart(mask, x, step);
    const Team team = team_of(threads);
    const uint64_t below = uint64_t(__builtin_nearbyint(keep * 4294967296.0));
    const T scale = scaled ? T(1 / keep) : T(1);
    return {samples, [=](long n) {
                const MaskKey key{seed, layer, step.data()[0]};
                light<T>().dropout_forward(team, n * entries, x.data(), key, below, scale, out.data(), mask.data());
            }};
}

// dx may be dout.
template <class T>
Bound<void> dropout_backward(const Workspace&, In<T> dout, In<uint8_t> mask, double keep, bool scaled, Out<T> dx, int threads) {
    require_aligned(dout, dx);
    require_keep(keep);
    const long samples = samples_of(dout, mask, dx), entries = entries_a_sample(dout);
    require_apart_or_same(dx, dout);
    require_apart(dx, mask);
    const Team team = team_of(threads);
    const T scale = scaled ? T(1 / keep) : T(1);
    return {samples, [=](long n) { light<T>().dropout_backward(team, n * entries, dout.data(), mask.data(), scale, dx.data()); }};
}

// Whether `places` windows are as many as fit, or one more that begins within the image and reaches beyond it (ceil_mode).
inline bool fits_or_one_more(long size, long pad, long window, long stride, long places) {
    const long fit = 1 + (size + 2 * pad - window) / stride, last = (fit - 1) * stride;
    const bool more = last + window < size + 2 * pad && stride < size + pad - last;
    return places == fit || (more && places == fit + 1);
}

inline PoolShape pool_shape(const std::vector<long>& images, const std::vector<long>& places, const std::vector<long>& size,
                            const std::vector<long>& stride, const std::vector<long>& pad, bool count_include_pad, long maximum) {
    require(images.size() == 4 && places.size() == 4 && size.size() == 2 && stride.size() == 2 && pad.size() == 2,
            "pooling takes 4-dimensional arrays and pairs for size, stride and pad");
    const PoolShape s{images[0], images[1], images[2], images[3], size[0], size[1],          stride[0],
                      stride[1], places[1], places[2], pad[0],    pad[1],  count_include_pad};
    require(s.r > 0 && s.s > 0 && s.stride_h > 0 && s.stride_w > 0, "size and stride must be positive");
    constexpr long LIMIT = 1 << 20;  // far below what would overflow
    require(s.pad_h >= 0 && s.pad_w >= 0 && s.pad_h < LIMIT && s.pad_w < LIMIT, "pad must not be negative, and below 2**20");
    require(s.pad_h < s.r && s.pad_w < s.s && s.h > 0 && s.w > 0, "pad must be less than size, and images must have pixels");
    require(s.h + 2 * s.pad_h >= s.r && s.w + 2 * s.pad_w >= s.s && places[0] == s.n && places[3] == s.c &&
                fits_or_one_more(s.h, s.pad_h, s.r, s.stride_h, s.oh) && fits_or_one_more(s.w, s.pad_w, s.s, s.stride_w, s.ow),
            "places must be as many as windows fit");
    require((s.oh - 1) * s.stride_h < s.h + s.pad_h && (s.ow - 1) * s.stride_w < s.w + s.pad_w, "each window must hold a pixel");
    require(s.r <= maximum / s.s, "the window has more entries than the type of winner can number");
    return s;
}

inline PoolShape with_samples(PoolShape s, long n) {
    s.n = n;
    return s;
}

// The largest window whose entries the type can number, and float exactly.
template <class Number>
constexpr long MAXIMUM_ENTRIES = 1L << (sizeof(Number) < 4 ? 8 * sizeof(Number) : 24);

template <class T, class Number>
Bound<void> maxpool_forward(const Workspace&, In<T> x, std::vector<long> size, std::vector<long> stride, std::vector<long> pad,
                            Out<T> out, Out<Number> winner, int threads) {
    require_aligned(x, out, winner);
    const PoolShape s = pool_shape(shape_of(x), shape_of(out), size, stride, pad, true, MAXIMUM_ENTRIES<Number>);
    require_shape(winner, {s.n, s.oh, s.ow, s.c}, "winner");
    require_apart(out, x, winner);
    require_apart(winner, x);
    const Team team = team_of(threads);
    return {s.n, [=](long n) {
                const PoolShape batch = with_samples(s, n);
                if constexpr (sizeof(Number) == 1) light<T>().maxpool_forward_8(team, batch, x.data(), out.data(), winner.data());
                else if constexpr (sizeof(Number) == 2) light<T>().maxpool_forward_16(team, batch, x.data(), out.data(), winner.data());
                else light<T>().maxpool_forward_32(team, batch, x.data(), out.data(), winner.data());
            }};
}

template <class T, class Number>
Bound<void> maxpool_backward(const Workspace&, In<T> dout, In<Number> winner, std::vector<long> size, std::vector<long> stride,
                             std::vector<long> pad, Out<T> dx, int threads) {
    require_aligned(dout, winner, dx);
    const PoolShape s = pool_shape(shape_of(dx), shape_of(dout), size, stride, pad, true, MAXIMUM_ENTRIES<Number>);
    require_shape(winner, {s.n, s.oh, s.ow, s.c}, "winner");
    require_apart(dx, dout, winner);
    const Team team = team_of(threads);
    return {s.n, [=](long n) {
                const PoolShape batch = with_samples(s, n);
                if constexpr (sizeof(Number) == 1) light<T>().maxpool_backward_8(team, batch, dout.data(), winner.data(), dx.data());
                else if constexpr (sizeof(Number) == 2)
                    light<T>().maxpool_backward_16(team, batch, dout.data(), winner.data(), dx.data());
                else light<T>().maxpool_backward_32(team, batch, dout.data(), winner.data(), dx.data());
            }};
}

constexpr long ANY_WINDOW = 1L << 40;

template <class T>
Bound<void> avgpool_forward(const Workspace&, In<T> x, std::vector<long> size, std::vector<long> stride, std::vector<long> pad,
                            bool count_include_pad, Out<T> out, int threads) {
    require_aligned(x, out);
    const PoolShape s = pool_shape(shape_of(x), shape_of(out), size, stride, pad, count_include_pad, ANY_WINDOW);
    require_apart(out, x);
    const Team team = team_of(threads);
    return {s.n, [=](long n) { light<T>().avgpool_forward(team, with_samples(s, n), x.data(), out.data()); }};
}

template <class T>
Bound<void> avgpool_backward(const Workspace&, In<T> dout, std::vector<long> size, std::vector<long> stride, std::vector<long> pad,
                             bool count_include_pad, Out<T> dx, int threads) {
    require_aligned(dout, dx);
    const PoolShape s = pool_shape(shape_of(dx), shape_of(dout), size, stride, pad, count_include_pad, ANY_WINDOW);
    require_apart(dx, dout);
    const Team team = team_of(threads);
    return {s.n, [=](long n) { light<T>().avgpool_backward(team, with_samples(s, n), dout.data(), dx.data()); }};
}

// images (n, h, w, c), weights (r, s, c), places (n, oh, ow, c); pad: above and to the left. What lies below and to the right follows
// from the places.
inline DepthwiseShape depthwise_shape(const std::vector<long>& images, const std::vector<long>& weights,
                                      const std::vector<long>& places, const std::vector<long>& stride, const std::vector<long>& pad,
                                      const std::vector<long>& dilation) {
    require(images.size() == 4 && weights.size() == 3 && places.size() == 4 && stride.size() == 2 && pad.size() == 2 &&
                dilation.size() == 2,
            "a depthwise convolution takes images, weights (r, s, c), and pairs for stride, pad and dilation");
    const DepthwiseShape s{images[0], images[1], images[2], images[3],   weights[0],  weights[1], stride[0],
                           stride[1], pad[0],    pad[1],    dilation[0], dilation[1], places[1],  places[2]};
    require(weights[2] == s.c && places[3] == s.c && places[0] == s.n, "images, weights and places must agree in N and C");
    require(s.c > 0 && s.r > 0 && s.s > 0, "there must be channels and taps");
    constexpr long LIMIT = 1 << 20;  // far below what would overflow
    for (const long number : {s.stride_h, s.stride_w, s.dilation_h, s.dilation_w})
        require(number > 0 && number < LIMIT, "stride and dilation must be positive, and below 2**20");
    require(s.top >= 0 && s.left >= 0 && s.top < LIMIT && s.left < LIMIT, "pad must not be negative, and below 2**20");
    require(s.r < LIMIT && s.s < LIMIT && s.oh < LIMIT && s.ow < LIMIT, "taps and places must be below 2**20 along an axis");
    return s;
}

inline DepthwiseShape with_samples(DepthwiseShape s, long n) {
    s.n = n;
    return s;
}

template <class T>
Bound<void> depthwise_forward(const Workspace&, In<T> x, In<T> w, In<T> b, std::vector<long> stride, std::vector<long> pad,
                              std::vector<long> dilation, Out<T> out, int threads) {
    require_aligned(x, w, b, out);
    const DepthwiseShape s = depthwise_shape(shape_of(x), shape_of(w), shape_of(out), stride, pad, dilation);
    require_shape(b, {s.c}, "b");
    require_apart(out, x, w, b);
    const Team team = team_of(threads);
    return {s.n, [=](long n) { light<T>().depthwise_forward(team, with_samples(s, n), x.data(), w.data(), b.data(), out.data()); }};
}

// dx may be absent, where the input's gradient is not needed.
template <class T>
Bound<void> depthwise_backward(const Workspace& workspace, In<T> dout, In<T> x, In<T> w, std::vector<long> stride,
                               std::vector<long> pad, std::vector<long> dilation, std::optional<Out<T>> dx, Out<T> dw, Out<T> db,
                               int threads) {
    require_aligned(dout, x, w, dw, db);
    const DepthwiseShape s = depthwise_shape(shape_of(x), shape_of(w), shape_of(dout), stride, pad, dilation);
    if (dx) require(shape_of(*dx) == shape_of(x), "dx must have the shape of x"), require_aligned(*dx);
    require(shape_of(dw) == shape_of(w), "dw must have the shape of w");
    require_shape(db, {s.c}, "db");
    if (dx) require_apart(*dx, dout, x, w, dw, db);
    require_apart(dw, dout, x, w, db);
    require_apart(db, dout, x, w);
    const Team team = team_of(threads);
    const size_t needed = light<T>().depthwise_workspace(s.r, s.s, s.c, threads);
    workspace.require_bytes(needed);
    return {s.n, [=](long n) {
                light<T>().depthwise_backward(team, with_samples(s, n), x.data(), dout.data(), w.data(), dx ? dx->data() : nullptr,
                                              dw.data(), db.data(), workspace.start(needed));
            }};
}

// The rows that a sample of x (N, ..., C) holds, and the columns that it and a wider array share: `begin` is the first in the wider.
template <class Narrow, class Wide>
long rows_of_columns(const Narrow& narrow, const Wide& wide, long begin) {
    const std::vector<long> few = shape_of(narrow), many = shape_of(wide);
    require(few.size() >= 2 && few.size() == many.size(), "both arrays must be (N, ..., C)");
    require(std::equal(few.begin(), few.end() - 1, many.begin()), "the arrays must agree in all but their last axis");
    require(begin >= 0 && begin <= many.back() && few.back() <= many.back() - begin, "the columns must lie inside the wider array");
    long rows = 1;
    for (size_t axis = 1; axis + 1 < few.size(); axis++) rows *= few[axis];
    return rows;
}

// out [..., begin:begin + C] = x (N, ..., C)
template <class T>
Bound<void> join_columns(const Workspace&, In<T> x, long begin, Out<T> out, int threads) {
    require_aligned(x, out);
    const long rows = rows_of_columns(x, out, begin), width = shape_of(x).back(), pitch = shape_of(out).back();
    require_apart(out, x);
    const Team team = team_of(threads);
    return {long(x.shape(0)),
            [=](long n) { light<T>().copy_columns(team, n * rows, width, x.data(), width, out.data() + begin, pitch); }};
}

// out (N, ..., C) = x [..., begin:begin + C]
template <class T>
Bound<void> part_columns(const Workspace&, In<T> x, long begin, Out<T> out, int threads) {
    require_aligned(x, out);
    const long rows = rows_of_columns(out, x, begin), width = shape_of(out).back(), pitch = shape_of(x).back();
    require_apart(out, x);
    const Team team = team_of(threads);
    return {long(x.shape(0)),
            [=](long n) { light<T>().copy_columns(team, n * rows, width, x.data() + begin, pitch, out.data(), width); }};
}

// Images (N, H, W, C) and a number for each image and channel (N, C).
template <class Images, class Factors>
long pixels_weighed(const Images& images, const Factors& factors) {
    require(images.ndim() == 4 && factors.ndim() == 2, "weighed images are (N, H, W, C), their factors (N, C)");
    require(factors.shape(0) == images.shape(0) && factors.shape(1) == images.shape(3), "images and factors must agree in N and C");
    return long(images.shape(1)) * long(images.shape(2));
}

// out may be x.
template <class T>
Bound<void> weigh_channels(const Workspace&, In<T> x, In<T> factor, Out<T> out, int threads) {
    require_aligned(x, factor, out);
    const long pixels = pixels_weighed(x, factor), c = x.shape(3);
    require(shape_of(out) == shape_of(x), "out must have the shape of x");
    require_apart_or_same(out, x);
    require_apart(out, factor);
    const Team team = team_of(threads);
    return {long(x.shape(0)), [=](long n) { light<T>().weigh_channels(team, n, pixels, c, x.data(), factor.data(), out.data()); }};
}

// out (N, C): the sums of a times b over the pixels of each image.
template <class T>
Bound<void> channel_products(const Workspace&, In<T> a, In<T> b, Out<T> out, int threads) {
    require_aligned(a, b, out);
    const long pixels = pixels_weighed(a, out), c = a.shape(3);
    require(shape_of(b) == shape_of(a), "b must have the shape of a");
    require_apart(out, a, b);
    const Team team = team_of(threads);
    return {long(a.shape(0)), [=](long n) { light<T>().channel_products(team, n, pixels, c, a.data(), b.data(), out.data()); }};
}

// An activation, forward; out may be x.
template <class T, typename LightKernels<T>::Forward LightKernels<T>::* KERNEL>
Bound<void> activation_forward(const Workspace&, In<T> x, Out<T> out, int threads) {
    require_aligned(x, out);
    const long samples = samples_of(x, out), entries = entries_a_sample(x);
    require_apart_or_same(out, x);
    const Team team = team_of(threads);
    return {samples, [=](long n) { (light<T>().*KERNEL)(team, n * entries, x.data(), out.data()); }};
}

// An activation, backward; `cached` is x or out. dx may be dout.
template <class T, typename LightKernels<T>::Backward LightKernels<T>::* KERNEL>
Bound<void> activation_backward(const Workspace&, In<T> dout, In<T> cached, Out<T> dx, int threads) {
    require_aligned(dout, cached, dx);
    const long samples = samples_of(dout, cached, dx), entries = entries_a_sample(dout);
    require_apart_or_same(dx, dout);
    require_apart(dx, cached);
    const Team team = team_of(threads);
    return {samples, [=](long n) { (light<T>().*KERNEL)(team, n * entries, cached.data(), dout.data(), dx.data()); }};
}

// The same with a number: leaky ReLU's slope, ELU's alpha.
template <class T, typename LightKernels<T>::ForwardWith LightKernels<T>::* KERNEL>
Bound<void> activation_forward_with(const Workspace&, In<T> x, double number, Out<T> out, int threads) {
    require_aligned(x, out);
    const long samples = samples_of(x, out), entries = entries_a_sample(x);
    require_apart_or_same(out, x);
    const Team team = team_of(threads);
    return {samples, [=](long n) { (light<T>().*KERNEL)(team, n * entries, x.data(), T(number), out.data()); }};
}

template <class T, typename LightKernels<T>::BackwardWith LightKernels<T>::* KERNEL>
Bound<void> activation_backward_with(const Workspace&, In<T> dout, In<T> x, double number, Out<T> dx, int threads) {
    require_aligned(dout, x, dx);
    const long samples = samples_of(dout, x, dx), entries = entries_a_sample(dout);
    require_apart_or_same(dx, dout);
    require_apart(dx, x);
    const Team team = team_of(threads);
    return {samples, [=](long n) { (light<T>().*KERNEL)(team, n * entries, x.data(), dout.data(), T(number), dx.data()); }};
}

}  // namespace pellucid
