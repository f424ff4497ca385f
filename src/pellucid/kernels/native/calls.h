// The kernels as Python calls them. Every array's type, shape and contiguity is checked here, and sizes against each other, so that
// no call from Python can read or write out of bounds. Arrays come dense, samples first: images [N][H][W][C], weights
// [R][S][C][F]. The shims in pellucid/kernels/*.py turn logical arrays of any strides into these.
//
// Outputs must not overlap inputs, except where a comment says "may be".
//
// Each function checks once and returns a bound call for the first n samples of its arrays.
#pragma once
#include <algorithm>
#include <optional>

#include "arrays.h"

namespace pellucid {

template <class T>
const Kernels<T>& kernels();  // of the instruction set in use

// Bytes of workspace for n samples, weights (d, m).
template <class T>
size_t affine_forward_workspace(long n, long d, long m, int threads) {
    return kernels<T>().multiply_workspace(n, d, m, threads);
}
template <class T>
size_t affine_backward_workspace(long n, long d, long m, int threads) {
    const Kernels<T>& k = kernels<T>();
    return std::max(
        {k.multiply_workspace(n, m, d, threads), k.multiply_outer_workspace(n, m, threads), k.column_sums_workspace(m, threads)});
}

template <class T>
Bound<void> affine_forward(const Workspace& workspace, In<T> x, In<T> w, In<T> b, long pixels, bool relu, Out<T> out, int threads) {
    require_aligned(x, w, b, out);
    require(x.ndim() == 2 && w.ndim() == 2, "x and w must be matrices");
    const long n = x.shape(0), d = x.shape(1), m = w.shape(1);
    require(pixels >= 1 && d % pixels == 0, "pixels must divide the columns of x");
    require_shape(w, {d, m}, "w");
    require_shape(b, {m}, "b");
    require_shape(out, {n, m}, "out");
    require_apart(out, x, w, b);
    const Team team = team_of(threads);
    const size_t needed = affine_forward_workspace<T>(n, d, m, threads);
    workspace.require_bytes(needed);
    return {n, [=](long rows) {
                kernels<T>().multiply(team, rows, d, m, x.data(), d, w.data(), pixels, b.data(), relu, out.data(),
                                      workspace.start(needed));
            }};
}

// dx may be absent, where the input's gradient is not needed.
template <class T>
Bound<void> affine_backward(const Workspace& workspace, In<T> dout, In<T> x, In<T> w, long pixels, std::optional<Out<T>> dx, Out<T> dw,
                            Out<T> db, int threads) {
    require_aligned(dout, x, w, dw, db);
    require(x.ndim() == 2 && w.ndim() == 2, "x and w must be matrices");
    const long n = x.shape(0), d = x.shape(1), m = w.shape(1);
    require(pixels >= 1 && d % pixels == 0, "pixels must divide the columns of x");
    require_shape(w, {d, m}, "w");
    require_shape(dout, {n, m}, "dout");
    require_shape(dw, {d, m}, "dw");
    require_shape(db, {m}, "db");
    if (dx) require_shape(*dx, {n, d}, "dx"), require_aligned(*dx);
    if (dx) require_apart(*dx, dout, x, w, dw, db);
    require_apart(dw, dout, x, w, db);
    require_apart(db, dout, x, w);
    const Team team = team_of(threads);
    const size_t needed = affine_backward_workspace<T>(n, d, m, threads);
    workspace.require_bytes(needed);
    return {n, [=](long rows) {
                const Kernels<T>& k = kernels<T>();
                std::byte* start = workspace.start(needed);
                if (dx) k.multiply_transposed(team, rows, m, d, dout.data(), w.data(), pixels, dx->data(), start);
                k.multiply_outer(team, d, rows, m, x.data(), dout.data(), pixels, dw.data(), start);
                k.column_sums(team, rows, m, dout.data(), db.data(), start);
            }};
}

// images (n, h, w, c), weights (r, s, c, f), places (n, oh, ow, f)
inline ConvShape conv_shape(const std::vector<long>& images, const std::vector<long>& weights, const std::vector<long>& places,
                            const std::vector<long>& stride, const std::vector<long>& pad) {
    require(images.size() == 4 && weights.size() == 4 && places.size() == 4 && stride.size() == 2 && pad.size() == 2,
            "a convolution takes 4-dimensional arrays and pairs for stride and pad");
    const ConvShape s{images[0], images[1], images[2], images[3], weights[3], weights[0], weights[1],
                      stride[0], stride[1], pad[0],    pad[1],    places[1],  places[2]};
    require(weights[2] == s.c && places[3] == s.f && places[0] == s.n, "images, weights and places must agree in N, C and F");
    require(s.c > 0 && s.f > 0 && s.r > 0 && s.s > 0, "there must be channels, filters and taps");
    constexpr long LIMIT = 1 << 20;  // far below what would overflow
    require(s.stride_h > 0 && s.stride_w > 0 && s.pad_h >= 0 && s.pad_w >= 0, "stride must be positive, pad not negative");
    require(s.stride_h < LIMIT && s.stride_w < LIMIT && s.pad_h < LIMIT && s.pad_w < LIMIT, "stride and pad must be below 2**20");
    require(s.h + 2 * s.pad_h >= s.r && s.w + 2 * s.pad_w >= s.s, "the window must fit into the padded image");
    require(s.oh == 1 + (s.h + 2 * s.pad_h - s.r) / s.stride_h && s.ow == 1 + (s.w + 2 * s.pad_w - s.s) / s.stride_w,
            "places must be as many as windows fit");
    // The sizes that workspaces are made of: small enough that their bytes do not overflow for any number of threads. The arrays
    // themselves say nothing about them: they may be small, or hold no samples.
    const double image = double(s.h + 2 * s.pad_h) * double(s.w + 2 * s.pad_w) * double(s.c),
                 taps = double(s.r) * double(s.s) * double(s.c);
    const double largest = std::max({image, double(s.oh) * double(s.ow) * double(s.f), double(s.ow) * taps, 64 * taps * double(s.f)});
    require(largest < double(1L << 44), "a padded image, its places and its windows must hold fewer than 2**44 numbers");
    return s;
}

template <class Array>
std::vector<long> shape_of(const Array& array) {
    std::vector<long> shape;
    for (size_t axis = 0; axis < array.ndim(); axis++) shape.push_back(long(array.shape(axis)));
    return shape;
}

inline ConvAlgorithm algorithm_of(bool winograd, const ConvShape& s) {
    require(!winograd || (s.r == 3 && s.s == 3 && s.stride_h == 1 && s.stride_w == 1 && s.pad_h <= 2 && s.pad_w <= 2),
            "Winograd is for 3x3 windows of stride 1 and pad 0 to 2");
    return winograd ? ConvAlgorithm::winograd : ConvAlgorithm::direct;
}

inline ConvShape with_samples(ConvShape s, long n) {
    s.n = n;
    return s;
}

template <class T>
Bound<void> conv_forward_call(const Workspace& workspace, In<T> x, In<T> w, In<T> b, std::vector<long> stride, std::vector<long> pad,
                              bool relu, bool winograd, Out<T> out, int threads, bool prepared) {
    require_aligned(x, w, b, out);
    const ConvShape s = conv_shape(shape_of(x), shape_of(w), shape_of(out), stride, pad);
    require_shape(b, {s.f}, "b");
    require_apart(out, x, w, b);
    const ConvAlgorithm algorithm = algorithm_of(winograd, s);
    const Team team = team_of(threads);
    const size_t needed = kernels<T>().conv_workspace(algorithm, s, threads);
    workspace.require_bytes(needed);
    return {s.n, [=](long n) {
                if (n == 0) return;
                kernels<T>().conv_forward(team, algorithm, with_samples(s, n), x.data(), prepared ? nullptr : w.data(), b.data(), relu,
                                          out.data(), workspace.start(needed));
            }};
}

template <class T>
Bound<void> conv_forward(const Workspace& workspace, In<T> x, In<T> w, In<T> b, std::vector<long> stride, std::vector<long> pad,
                         bool relu, bool winograd, Out<T> out, int threads) {
    return conv_forward_call(workspace, x, w, b, stride, pad, relu, winograd, out, threads, false);
}

// The same in two calls, for weights that do not change: the first prepares them in a workspace that only this convolution uses, the
// second reads them there.
template <class T>
Bound<void> conv_prepare(const Workspace& workspace, In<T> x, In<T> w, std::vector<long> stride, std::vector<long> pad, bool winograd,
                         In<T> out, int threads) {
    require_aligned(w);
    const ConvShape s = conv_shape(shape_of(x), shape_of(w), shape_of(out), stride, pad);
    const ConvAlgorithm algorithm = algorithm_of(winograd, s);
    const Team team = team_of(threads);
    const size_t needed = kernels<T>().conv_workspace(algorithm, s, threads);
    workspace.require_bytes(needed);
    return {s.n, [=](long) { kernels<T>().conv_prepare(team, algorithm, s, w.data(), workspace.start(needed)); }};
}

template <class T>
Bound<void> conv_forward_prepared(const Workspace& workspace, In<T> x, In<T> w, In<T> b, std::vector<long> stride,
                                  std::vector<long> pad, bool relu, bool winograd, Out<T> out, int threads) {
    require(workspace.is_given(), "prepared weights need a workspace of their own");
    return conv_forward_call(workspace, x, w, b, stride, pad, relu, winograd, out, threads, true);
}

// The workspace of a convolution's backward: dout with its channels last, where it comes with them first, then the kernels' own.
struct ConvBackwardWorkspace {
    size_t upstream, kernels;  // bytes of each
    size_t bytes() const { return upstream + kernels; }
    template <class T>
    T* upstream_at(std::byte* start) const {
        return reinterpret_cast<T*>(start);
    }
    std::byte* kernels_at(std::byte* start) const { return start + upstream; }
};

// dout (N, OH, OW, F), or (N, F, OH, OW) where it is `channels_first`.
template <class T>
Bound<void> conv_backward(const Workspace& workspace, In<T> dout, In<T> x, In<T> w, std::vector<long> stride, std::vector<long> pad,
                          bool winograd, bool channels_first, std::optional<Out<T>> dx, Out<T> dw, Out<T> db, int threads) {
    require_aligned(dout, x, w, dw, db);
    std::vector<long> places = shape_of(dout);
    if (channels_first && places.size() == 4) std::rotate(places.begin() + 1, places.begin() + 2, places.end());
    const ConvShape s = conv_shape(shape_of(x), shape_of(w), places, stride, pad);
    if (dx) require_shape(*dx, {s.n, s.h, s.w, s.c}, "dx"), require_aligned(*dx);
    require_shape(dw, {s.r, s.s, s.c, s.f}, "dw");
    require_shape(db, {s.f}, "db");
    if (dx) require_apart(*dx, dout, x, w, dw, db);
    require_apart(dw, dout, x, w, db);
    require_apart(db, dout, x, w);
    const ConvAlgorithm algorithm = algorithm_of(winograd, s);
    const Team team = team_of(threads);
    const ConvBackwardWorkspace layout{channels_first ? whole_lines(dout.nbytes()) : 0,
                                       kernels<T>().conv_workspace(algorithm, s, threads)};
    workspace.require_bytes(layout.bytes());
    return {s.n, [=](long n) {
                const Kernels<T>& k = kernels<T>();
                std::byte *start = workspace.start(layout.bytes()), *own = layout.kernels_at(start);
                const T* upstream = dout.data();
                if (channels_first) {
                    T* channels_last = layout.upstream_at<T>(start);
                    k.light->to_channels_last(team, n, s.f, s.oh * s.ow, upstream, channels_last);
                    upstream = channels_last;
                }
                const ConvShape batch = with_samples(s, n);
                if (n == 0) {
                    for (size_t i = 0; i < dw.size(); i++) dw.data()[i] = 0;
                } else {
                    if (dx) k.conv_backward_data(team, algorithm, batch, upstream, w.data(), dx->data(), own);
                    k.conv_backward_weights(team, algorithm, batch, x.data(), upstream, dw.data(), own);
                }
                k.column_sums(team, n * s.oh * s.ow, s.f, upstream, db.data(), own);
            }};
}

}  // namespace pellucid
