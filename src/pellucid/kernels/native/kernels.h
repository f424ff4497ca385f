// What a kernel takes. Plain pointers and sizes; arrays are dense: images [N][H][W][C], weights [R][S][C][F], matrices row by row.
// Every kernel is re-entrant: it writes its outputs and the workspace it is given, and nothing else. A workspace begins on a cache line;
// the function NAME_workspace says how many bytes NAME needs, and a workspace for a number of samples is large enough for fewer.
#pragma once
#include <cstddef>
#include <cstdint>

#include "light.h"
#include "team.h"

namespace pellucid {

struct ConvShape {
    long n, h, w, c;  // images and their channels
    long f, r, s;     // filters and the window
    long stride_h, stride_w, pad_h, pad_w;
    long oh, ow;  // places of the window
};

enum class ConvAlgorithm { direct, winograd };

template <class T>
struct Kernels {
    // out[m][n] = sum_k a[m][k] b[k][n] (+ bias[n]) (then max(0, .)); a's rows lie lda apart. Where pixels > 1, the weight's rows
    // (of b here and in multiply_transposed, of out in multiply_outer) count (channel, pixel), the activations' columns
    // (pixel, channel).
    void (*multiply)(const Team&, long m, long k, long n, const T* a, long lda, const T* b, long pixels, const T* bias, bool relu,
                     T* out, std::byte* workspace);
    // out[m][n] = sum_k a[m][k] b[n][k]
    void (*multiply_transposed)(const Team&, long m, long k, long n, const T* a, const T* b, long pixels, T* out, std::byte* workspace);
    // out[m][n] = sum_k a[k][m] b[k][n]
    void (*multiply_outer)(const Team&, long m, long k, long n, const T* a, const T* b, long pixels, T* out, std::byte* workspace);
    // out[n] = sum_m a[m][n]
    void (*column_sums)(const Team&, long m, long n, const T* a, T* out, std::byte* workspace);
    size_t (*multiply_workspace)(long m, long k, long n, int threads);  // and of multiply_transposed
    size_t (*multiply_outer_workspace)(long k, long n, int threads);
    size_t (*column_sums_workspace)(long n, int threads);

    // Puts weights into the workspace as the forward reads them; a forward without weights finds them there.
    void (*conv_prepare)(const Team&, ConvAlgorithm, const ConvShape&, const T* w, std::byte* workspace);
    void (*conv_forward)(const Team&, ConvAlgorithm, const ConvShape&, const T* x, const T* w, const T* bias, bool relu, T* out,
                         std::byte* workspace);
    void (*conv_backward_data)(const Team&, ConvAlgorithm, const ConvShape&, const T* dout, const T* w, T* dx, std::byte* workspace);
    void (*conv_backward_weights)(const Team&, ConvAlgorithm, const ConvShape&, const T* x, const T* dout, T* dw, std::byte* workspace);
    size_t (*conv_workspace)(ConvAlgorithm, const ConvShape&, int threads);

    // Batch norm over the rows of x [rows][c]; statistics in double. mean and inv_std (c) are left for the backward.
    // ceiling: of the ReLU; NaN: none.
    void (*batchnorm_forward)(const Team&, long rows, long c, const T* x, const T* gamma, const T* beta, T eps, bool relu, T ceiling,
                              T* out, T* mean, T* var, T* inv_std, std::byte* workspace);
    void (*batchnorm_apply)(const Team&, long rows, long c, const T* x, const T* gamma, const T* beta, const T* mean, const T* inv_std,
                            bool relu, T ceiling, T* out);
    void (*batchnorm_backward)(const Team&, long rows, long c, const T* x, const T* dout, const T* gamma, const T* beta, const T* mean,
                               const T* inv_std, bool relu, T ceiling, T* dx, T* dgamma, T* dbeta, std::byte* workspace);
    size_t (*batchnorm_workspace)(long c, int threads);

    void (*add)(const Team&, long count, const T* a, const T* b, T* out);  // out may be a or b
    double (*sum_of_squares)(const Team&, long count, const T* x);         // in double, joined in order
    void (*relu_forward)(const Team&, long count, const T* x, T* out);
    void (*relu_backward)(const Team&, long count, const T* out, const T* dout, T* dx);

    double (*softmax_loss)(const Team&, long rows, long classes, const T* scores, const int64_t* labels, double smoothing,
                           const double* shares, T* dscores);

    void (*adam)(const Team&, long count, T* w, const T* dw, T* m, T* v, double rate, double root_correction, double beta1,
                 double beta2, double eps, double shrink);

    const LightKernels<T>* light;
};

}  // namespace pellucid
