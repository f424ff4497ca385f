// The kernels that do little arithmetic for each number they read: group and layer norm, dropout, pooling, activations, update rules,
// image transforms. They have their own table, compiled like that of kernels.h for each instruction set and type.
#pragma once
#include <cstddef>
#include <cstdint>

#include "team.h"

namespace pellucid {

struct PoolShape {
    long n, h, w, c, r, s, stride_h, stride_w, oh, ow, pad_h, pad_w;
    bool count_include_pad;  // whether a mean is over the padding, too
};

// A filter for each channel, weights [r][s][c]; what lies beyond the image counts as 0.
struct DepthwiseShape {
    long n, h, w, c, r, s, stride_h, stride_w, top, left, dilation_h, dilation_w, oh, ow;
};

// Images [n][pixels][c], each group of c / groups neighbouring channels normalized by itself.
struct GroupShape {
    long n, pixels, c, groups;
};

// What makes a dropout mask; see dropout.h.
struct MaskKey {
    uint64_t seed, layer, step;
};

// Images [n][planes][h][w][pixel], a pixel counted in bytes: planes = C, pixel = one number where they lie channels first;
// planes = 1, pixel = C numbers where they lie channels last.
struct ImageShape {
    long n, planes, h, w, pixel;
};

template <class T>
struct Pool {
    template <class Number>
    using Forward = void (*)(const Team&, const PoolShape&, const T* x, T* out, Number* winner);
    template <class Number>
    using Backward = void (*)(const Team&, const PoolShape&, const T* dout, const Number* winner, T* dx);
};

template <class T>
struct LightKernels {
    // Elementwise: out of x; dx of dout and of its cached array (x or out). out may be x, dx may be dout.
    using Forward = void (*)(const Team&, long count, const T* x, T* out);
    using Backward = void (*)(const Team&, long count, const T* cached, const T* dout, T* dx);
    using ForwardWith = void (*)(const Team&, long count, const T* x, T number, T* out);
    using BackwardWith = void (*)(const Team&, long count, const T* x, const T* dout, T number, T* dx);

    // mean and inv_std [n][groups] are left for the backward, in double. dx may be dout.
    void (*groupnorm_forward)(const Team&, const GroupShape&, const T* x, const T* gamma, const T* beta, double eps, bool relu, T* out,
                              double* mean, double* inv_std, std::byte* workspace);
    void (*groupnorm_backward)(const Team&, const GroupShape&, const T* x, const T* dout, const T* gamma, const T* beta,
                               const double* mean, const double* inv_std, bool relu, T* dx, T* dgamma, T* dbeta, std::byte* workspace);
    size_t (*groupnorm_workspace)(long pixels, long c, int threads);
    // The same over the rows of x [rows][d], each a group.
    void (*layernorm_forward)(const Team&, long rows, long d, const T* x, const T* gamma, const T* beta, double eps, bool relu, T* out,
                              double* mean, double* inv_std);
    void (*layernorm_backward)(const Team&, long rows, long d, const T* x, const T* dout, const T* gamma, const T* beta,
                               const double* mean, const double* inv_std, bool relu, T* dx, T* dgamma, T* dbeta, std::byte* workspace);
    size_t (*layernorm_workspace)(long d, int threads);

    // out = scale x where the mask keeps, else 0; the mask is one byte a number. out may be x.
    void (*dropout_forward)(const Team&, long count, const T* x, const MaskKey&, uint64_t below, T scale, T* out, uint8_t* mask);
    void (*dropout_backward)(const Team&, long count, const T* dout, const uint8_t* mask, T scale, T* dx);

    // The winner's number in its window, in as many bytes as the largest needs.
    typename Pool<T>::template Forward<uint8_t> maxpool_forward_8;
    typename Pool<T>::template Forward<uint16_t> maxpool_forward_16;
    typename Pool<T>::template Forward<uint32_t> maxpool_forward_32;
    typename Pool<T>::template Backward<uint8_t> maxpool_backward_8;
    typename Pool<T>::template Backward<uint16_t> maxpool_backward_16;
    typename Pool<T>::template Backward<uint32_t> maxpool_backward_32;
    void (*avgpool_forward)(const Team&, const PoolShape&, const T* x, T* out);
    void (*avgpool_backward)(const Team&, const PoolShape&, const T* dout, T* dx);
    void (*depthwise_forward)(const Team&, const DepthwiseShape&, const T* x, const T* w, const T* bias, T* out);
    // dx may be absent.
    void (*depthwise_backward)(const Team&, const DepthwiseShape&, const T* x, const T* dout, const T* w, T* dx, T* dw, T* db,
                               std::byte* workspace);
    size_t (*depthwise_workspace)(long r, long s, long c, int threads);

    void (*copy_columns)(const Team&, long rows, long width, const T* from, long from_pitch, T* to, long to_pitch);
    void (*weigh_channels)(const Team&, long n, long pixels, long c, const T* x, const T* factor, T* out);  // out may be x
    void (*channel_products)(const Team&, long n, long pixels, long c, const T* a, const T* b, T* out);

    Forward exp, log, sigmoid_forward, tanh_forward, gelu_forward;
    Backward sigmoid_backward, tanh_backward, gelu_backward;  // of out, out, x
    Forward selu_forward, silu_forward, relu6_forward, hard_sigmoid_forward, hard_swish_forward, softplus_forward, mish_forward,
        gelu_tanh_forward;
    Backward selu_backward, silu_backward, hard_sigmoid_backward, hard_swish_backward, softplus_backward, mish_backward,
        gelu_tanh_backward;                          // of x
    Backward relu6_backward;                         // of out
    ForwardWith leaky_relu_forward, elu_forward;     // with a number: slope, alpha
    BackwardWith leaky_relu_backward, elu_backward;  // of x

    // w and the state are moved in place.
    void (*sgd)(const Team&, long count, T* w, const T* dw, double rate);
    void (*momentum)(const Team&, long count, T* w, const T* dw, T* v, double rate, double momentum);
    void (*nesterov)(const Team&, long count, T* w, const T* dw, T* v, double rate, double momentum);
    void (*adagrad)(const Team&, long count, T* w, const T* dw, T* s, double rate, double eps);
    void (*rmsprop)(const Team&, long count, T* w, const T* dw, T* s, double rate, double decay, double eps);

    // out [n][planes][pixels][c] = (x - mean) / std, with one mean and std for each plane's channel [planes][c].
    void (*standardize_bytes)(const Team&, long n, long planes, long pixels, long c, const uint8_t* x, const T* mean, const T* std,
                              T* out);
    void (*to_channels_last)(const Team&, long n, long channels, long pixels, const T* x, T* out);
    void (*standardize)(const Team&, long n, long planes, long pixels, long c, const T* x, const T* mean, const T* std, T* out);
};

}  // namespace pellucid
