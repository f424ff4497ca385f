// The table of kernels for one instruction set and one type. Compiled once for each: PELLUCID_ISA names the set (the compiler's
// flags choose it), PELLUCID_TYPE is float or double, PELLUCID_TABLE the name of the table, PELLUCID_LIGHT_TABLE that of light.h's.
#include "elementwise.h"
#include "norm.h"
#include "winograd.h"

namespace pellucid::PELLUCID_ISA {

extern const LightKernels<PELLUCID_TYPE> PELLUCID_LIGHT_TABLE;  // in light_isa.cpp

namespace {

// Winograd is for float; in double, where users want every digit, the direct form runs whatever is asked for.
template <class T>
constexpr bool HAS_WINOGRAD = sizeof(T) == sizeof(float);

template <class T>
void conv_prepare(const Team& team, ConvAlgorithm algorithm, const ConvShape& s, const T* w, std::byte* workspace) {
    if constexpr (HAS_WINOGRAD<T>)
        if (algorithm == ConvAlgorithm::winograd) return conv_prepare_winograd(team, s, w, workspace);
    conv_prepare_direct(team, s, w, workspace);
}

template <class T>
void conv_forward(const Team& team, ConvAlgorithm algorithm, const ConvShape& s, const T* x, const T* w, const T* bias, bool relu,
                  T* out, std::byte* workspace) {
    if constexpr (HAS_WINOGRAD<T>)
        if (algorithm == ConvAlgorithm::winograd) return conv_forward_winograd(team, s, x, w, bias, relu, out, workspace);
    conv_forward_direct(team, s, x, w, bias, relu, out, workspace);
}

template <class T>
void conv_backward_data(const Team& team, ConvAlgorithm algorithm, const ConvShape& s, const T* dout, const T* w, T* dx,
                        std::byte* workspace) {
    if constexpr (HAS_WINOGRAD<T>)
        if (algorithm == ConvAlgorithm::winograd) return conv_backward_data_winograd(team, s, dout, w, dx, workspace);
    conv_backward_data_direct(team, s, dout, w, dx, workspace);
}

template <class T>
void conv_backward_weights(const Team& team, ConvAlgorithm algorithm, const ConvShape& s, const T* x, const T* dout, T* dw,
                           std::byte* workspace) {
    if constexpr (HAS_WINOGRAD<T>)
        if (algorithm == ConvAlgorithm::winograd) return conv_backward_weights_winograd(team, s, x, dout, dw, workspace);
    conv_backward_weights_direct(team, s, x, dout, dw, workspace);
}

template <class T>
size_t conv_workspace(ConvAlgorithm algorithm, const ConvShape& s, int threads) {
    const size_t sums = column_sums_workspace<T>(s.f, threads);  // of db
    if constexpr (HAS_WINOGRAD<T>)
        if (algorithm == ConvAlgorithm::winograd) return larger_of(sums, conv_workspace_winograd<T>(s, threads));
    return larger_of(sums, conv_workspace_direct<T>(s, threads));
}

template <class T>
constexpr Kernels<T> kernel_table() {
    Kernels<T> table{};
    table.multiply = multiply<T>;
    table.multiply_transposed = multiply_transposed<T>;
    table.multiply_outer = multiply_outer<T>;
    table.column_sums = column_sums<T>;
    table.multiply_workspace = multiply_workspace<T>;
    table.multiply_outer_workspace = multiply_outer_workspace<T>;
    table.column_sums_workspace = column_sums_workspace<T>;
    table.conv_prepare = conv_prepare<T>;
    table.conv_forward = conv_forward<T>;
    table.conv_backward_data = conv_backward_data<T>;
    table.conv_backward_weights = conv_backward_weights<T>;
    table.conv_workspace = conv_workspace<T>;
    table.batchnorm_forward = batchnorm_forward<T>;
    table.batchnorm_apply = batchnorm_apply<T>;
    table.batchnorm_backward = batchnorm_backward<T>;
    table.batchnorm_workspace = batchnorm_workspace<T>;
    table.add = add<T>;
    table.sum_of_squares = sum_of_squares<T>;
    table.relu_forward = relu_forward<T>;
    table.relu_backward = relu_backward<T>;
    table.softmax_loss = softmax_loss<T>;
    table.adam = adam<T>;
    table.light = &PELLUCID_LIGHT_TABLE;
    return table;
}

}  // namespace

extern const Kernels<PELLUCID_TYPE> PELLUCID_TABLE = kernel_table<PELLUCID_TYPE>();

}  // namespace pellucid::PELLUCID_ISA
