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
void conv_prepare(const Team& team, ConvAlgorithm how, const ConvShape& s, const T* w, T* workspace) {
    if constexpr (HAS_WINOGRAD<T>)
        if (how == ConvAlgorithm::winograd) return conv_prepare_winograd(team, s, w, workspace);
    conv_prepare_direct(team, s, w, workspace);
}

template <class T>
void conv_forward(const Team& team, ConvAlgorithm how, const ConvShape& s, const T* x, const T* w, const T* bias, bool relu, T* out,
                  T* workspace) {
    if constexpr (HAS_WINOGRAD<T>)
        if (how == ConvAlgorithm::winograd) return conv_forward_winograd(team, s, x, w, bias, relu, out, workspace);
    conv_forward_direct(team, s, x, w, bias, relu, out, workspace);
}

template <class T>
void conv_backward_data(const Team& team, ConvAlgorithm how, const ConvShape& s, const T* dout, const T* w, T* dx, T* workspace) {
    if constexpr (HAS_WINOGRAD<T>)
        if (how == ConvAlgorithm::winograd) return conv_backward_data_winograd(team, s, dout, w, dx, workspace);
    conv_backward_data_direct(team, s, dout, w, dx, workspace);
}

template <class T>
void conv_backward_weights(const Team& team, ConvAlgorithm how, const ConvShape& s, const T* x, const T* dout, T* dw, T* workspace) {
    if constexpr (HAS_WINOGRAD<T>)
        if (how == ConvAlgorithm::winograd) return conv_backward_weights_winograd(team, s, x, dout, dw, workspace);
    conv_backward_weights_direct(team, s, x, dout, dw, workspace);
}

template <class T>
long conv_workspace(ConvAlgorithm how, const ConvShape& s, int threads) {
    const long sums = threads * round_up(s.f, LANES<T>);  // of db
    if constexpr (HAS_WINOGRAD<T>)
        if (how == ConvAlgorithm::winograd) return most(sums, conv_workspace_winograd<T>(s, threads));
    return most(sums, conv_workspace_direct<T>(s, threads));
}

template <class T>
constexpr Kernels<T> table() {
    return {multiply<T>,          multiply_workspace<T>, multiply_transposed<T>, multiply_outer<T>,        column_sums<T>,
            conv_prepare<T>,      conv_forward<T>,       conv_backward_data<T>,  conv_backward_weights<T>, conv_workspace<T>,
            batchnorm_forward<T>, batchnorm_apply<T>,    batchnorm_backward<T>,  batchnorm_workspace,      add<T>,
            sum_of_squares<T>,    relu_forward<T>,       relu_backward<T>,       softmax_loss<T>,          adam<T>,
            &PELLUCID_LIGHT_TABLE};
}

}  // namespace

extern const Kernels<PELLUCID_TYPE> PELLUCID_TABLE = table<PELLUCID_TYPE>();

}  // namespace pellucid::PELLUCID_ISA
