// The table of light.h for one instruction set and one type; compiled like isa.cpp, under the same definitions.
#include "activations.h"
#include "depthwise.h"
#include "dropout.h"
#include "images.h"
#include "joining.h"
#include "layernorm.h"
#include "layout.h"
#include "pooling.h"
#include "rules.h"

namespace pellucid::PELLUCID_ISA {
namespace {

template <class T>
constexpr LightKernels<T> light_table() {
    LightKernels<T> table{};
    table.groupnorm_forward = groupnorm_forward<T>;
    table.groupnorm_backward = groupnorm_backward<T>;
    table.groupnorm_workspace = groupnorm_workspace<T>;
    table.layernorm_forward = layernorm_forward<T>;
    table.layernorm_backward = layernorm_backward<T>;
    table.layernorm_workspace = layernorm_workspace<T>;
    table.dropout_forward = dropout_forward<T>;
    table.dropout_backward = dropout_backward<T>;
    table.maxpool_forward_8 = maxpool_forward<T, uint8_t>;
    table.maxpool_forward_16 = maxpool_forward<T, uint16_t>;
    table.maxpool_forward_32 = maxpool_forward<T, uint32_t>;
    table.maxpool_backward_8 = maxpool_backward<T, uint8_t>;
    table.maxpool_backward_16 = maxpool_backward<T, uint16_t>;
    table.maxpool_backward_32 = maxpool_backward<T, uint32_t>;
    table.avgpool_forward = avgpool_forward<T>;
    table.avgpool_backward = avgpool_backward<T>;
    table.depthwise_forward = depthwise_forward<T>;
    table.depthwise_backward = depthwise_backward<T>;
    table.depthwise_workspace = depthwise_workspace<T>;
    table.copy_columns = copy_columns<T>;
    table.weigh_channels = weigh_channels<T>;
    table.channel_products = channel_products<T>;
    table.exp = exp_of<T>;
    table.log = log_of<T>;
    table.sigmoid_forward = sigmoid_forward<T>;
    table.tanh_forward = tanh_forward<T>;
    table.gelu_forward = gelu_forward<T>;
    table.sigmoid_backward = sigmoid_backward<T>;
    table.tanh_backward = tanh_backward<T>;
    table.gelu_backward = gelu_backward<T>;
    table.leaky_relu_forward = leaky_relu_forward<T>;
    table.leaky_relu_backward = leaky_relu_backward<T>;
    table.selu_forward = selu_forward<T>;
    table.selu_backward = selu_backward<T>;
    table.silu_forward = silu_forward<T>;
    table.silu_backward = silu_backward<T>;
    table.hard_sigmoid_forward = hard_sigmoid_forward<T>;
    table.hard_sigmoid_backward = hard_sigmoid_backward<T>;
    table.hard_swish_forward = hard_swish_forward<T>;
    table.hard_swish_backward = hard_swish_backward<T>;
    table.softplus_forward = softplus_forward<T>;
    table.softplus_backward = softplus_backward<T>;
    table.mish_forward = mish_forward<T>;
    table.mish_backward = mish_backward<T>;
    table.gelu_tanh_forward = gelu_tanh_forward<T>;
    table.gelu_tanh_backward = gelu_tanh_backward<T>;
    table.relu6_forward = relu6_forward<T>;
    table.relu6_backward = relu6_backward<T>;
    table.elu_forward = elu_forward<T>;
    table.elu_backward = elu_backward<T>;
    table.sgd = sgd<T>;
    table.momentum = momentum<T>;
    table.nesterov = nesterov<T>;
    table.adagrad = adagrad<T>;
    table.rmsprop = rmsprop<T>;
    table.to_channels_last = to_channels_last<T>;
    table.standardize_bytes = standardize_from<T, uint8_t>;
    table.standardize = standardize_from<T, T>;
    return table;
}

}  // namespace

extern const LightKernels<PELLUCID_TYPE> PELLUCID_LIGHT_TABLE = light_table<PELLUCID_TYPE>();

}  // namespace pellucid::PELLUCID_ISA
