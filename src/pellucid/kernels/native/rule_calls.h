// Update rules and image transforms as Python calls them; checked as in light_calls.h.
#pragma once
#include "image_moves.h"
#include "light_calls.h"

namespace pellucid {

// A rule bound to its buffers; what changes from step to step, the learning rate, comes with the call.
struct BoundRule {
    std::function<void(double rate)> run;
};

template <class T, class... State>
Team rule_checked(int threads, const Out<T>& w, const In<T>& dw, const State&... state) {
    require_aligned(w, dw, state...);
    require(dw.size() == w.size() && ((state.size() == w.size()) && ...), "w, dw and the state must have the same size");
    require_apart(w, dw, state...);
    (require_apart(state, dw), ...);
    return team_of(threads);
}

template <class T>
BoundRule sgd_update(Out<T> w, In<T> dw, int threads) {
    const Team team = rule_checked(threads, w, dw);
    return {[=](double rate) { light<T>().sgd(team, long(w.size()), w.data(), dw.data(), rate); }};
}

template <class T>
BoundRule momentum_update(Out<T> w, In<T> dw, Out<T> v, double momentum, int threads) {
    const Team team = rule_checked(threads, w, dw, v);
    return {[=](double rate) { light<T>().momentum(team, long(w.size()), w.data(), dw.data(), v.data(), rate, momentum); }};
}

template <class T>
BoundRule nesterov_update(Out<T> w, In<T> dw, Out<T> v, double momentum, int threads) {
    const Team team = rule_checked(threads, w, dw, v);
    return {[=](double rate) { light<T>().nesterov(team, long(w.size()), w.data(), dw.data(), v.data(), rate, momentum); }};
}

template <class T>
BoundRule adagrad_update(Out<T> w, In<T> dw, Out<T> s, double eps, int threads) {
    const Team team = rule_checked(threads, w, dw, s);
    return {[=](double rate) { light<T>().adagrad(team, long(w.size()), w.data(), dw.data(), s.data(), rate, eps); }};
}

template <class T>
BoundRule rmsprop_update(Out<T> w, In<T> dw, Out<T> s, double decay, double eps, int threads) {
    const Team team = rule_checked(threads, w, dw, s);
    return {[=](double rate) { light<T>().rmsprop(team, long(w.size()), w.data(), dw.data(), s.data(), rate, decay, eps); }};
}

// x, out (N, planes, pixels, C); mean, std (planes, C). x is of the output's type, or bytes.
template <class T, class From>
Bound<void> standardize(const Workspace&, In<From> x, In<T> mean, In<T> std, Out<T> out, int threads) {
    require_aligned(x, mean, std, out);
    require(x.ndim() == 4 && shape_of(out) == shape_of(x), "x and out must be (N, planes, pixels, C)");
    const long planes = x.shape(1), pixels = x.shape(2), c = x.shape(3);
    require_shape(mean, {planes, c}, "mean");
    require_shape(std, {planes, c}, "std");
    require(planes > 0 && pixels > 0 && c > 0, "planes, pixels and channels must be positive");
    require_apart(out, x, mean, std);
    const Team team = team_of(threads);
    return {long(x.shape(0)), [=](long n) {
                const LightKernels<T>& k = light<T>();
                if constexpr (sizeof(From) == 1)
                    k.standardize_bytes(team, n, planes, pixels, c, x.data(), mean.data(), std.data(), out.data());
                else k.standardize(team, n, planes, pixels, c, x.data(), mean.data(), std.data(), out.data());
            }};
}

// x (N, C, pixels) -> out (N, pixels, C).
template <class T>
Bound<void> to_channels_last(const Workspace&, In<T> x, Out<T> out, int threads) {
    require_aligned(x, out);
    require(x.ndim() == 3, "x must be (N, C, pixels)");
    const long c = x.shape(1), pixels = x.shape(2);
    require_shape(out, {long(x.shape(0)), pixels, c}, "out");
    require_apart(out, x);
    const Team team = team_of(threads);
    return {long(x.shape(0)), [=](long n) { light<T>().to_channels_last(team, n, c, pixels, x.data(), out.data()); }};
}

// Images as bytes (n, planes, h, w, bytes of a pixel).
inline ImageShape image_shape(const In<uint8_t>& x, const Out<uint8_t>& out) {
    require(x.ndim() == 5 && shape_of(out) == shape_of(x), "x and out must be (N, planes, H, W, bytes)");
    require_apart(out, x);
    return {long(x.shape(0)), long(x.shape(1)), long(x.shape(2)), long(x.shape(3)), long(x.shape(4))};
}

inline ImageShape with_samples(ImageShape s, long n) {
    s.n = n;
    return s;
}

inline Bound<void> flip_images(const Workspace&, In<uint8_t> x, In<uint8_t> which, Out<uint8_t> out, int threads) {
    const ImageShape s = image_shape(x, out);
    require_shape(which, {s.n}, "which");
    require_apart(out, which);
    const Team team = team_of(threads);
    return {s.n, [=](long n) { flip(team, with_samples(s, n), x.data(), which.data(), out.data()); }};
}

inline void require_near(const In<int64_t>& positions) {
    constexpr int64_t FAR = int64_t(1) << 40;  // from where sums with an image's size might overflow
    for (size_t i = 0; i < positions.size(); i++)
        require(-FAR < positions.data()[i] && positions.data()[i] < FAR, "positions must lie within 2**40 of the image");
}

inline Bound<void> shift_images(const Workspace&, In<uint8_t> x, In<int64_t> shifts, Out<uint8_t> out, int threads) {
    const ImageShape s = image_shape(x, out);
    require_aligned(shifts);
    require_shape(shifts, {s.n, 2}, "shifts");
    require_apart(out, shifts);
    const Team team = team_of(threads);
    return {s.n, [=](long n) {
                require_near(shifts);
                shift(team, with_samples(s, n), x.data(), shifts.data(), out.data());
            }};
}

inline Bound<void> cut_images(const Workspace&, In<uint8_t> x, In<int64_t> corners, long size, Out<uint8_t> out, int threads) {
    const ImageShape s = image_shape(x, out);
    require_aligned(corners);
    require_shape(corners, {s.n, 2}, "corners");
    require_apart(out, corners);
    require(0 <= size && size < (1L << 40), "size must be 0 or more and below 2**40");
    const Team team = team_of(threads);
    return {s.n, [=](long n) {
                require_near(corners);
                cutout(team, with_samples(s, n), x.data(), corners.data(), size, out.data());
            }};
}

}  // namespace pellucid
