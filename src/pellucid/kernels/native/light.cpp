// Offers the calls of light_calls.h and rule_calls.h to Python; module.cpp offers the others.
#include <string>

#include "offer.h"
#include "rule_calls.h"

namespace pellucid {
namespace {

// noconvert: an array of another type or order is refused, never copied silently (an output would be lost).
auto in(const char* name) { return nb::arg(name).noconvert(); }

template <class T>
void define_norms(nb::module_& module, nb::module_& bound) {
    offer(module, bound, "groupnorm_forward", &groupnorm_forward<T>, in("x"), in("gamma"), in("beta"), in("groups"), nb::arg("eps"),
          in("relu"), in("out"), in("mean"), in("inv_std"), in("threads"));
    offer(module, bound, "groupnorm_backward", &groupnorm_backward<T>, in("dout"), in("x"), in("gamma"), in("beta"), in("groups"),
          in("mean"), in("inv_std"), in("relu"), in("dx"), in("dgamma"), in("dbeta"), in("threads"));
    offer(module, bound, "layernorm_forward", &layernorm_forward<T>, in("x"), in("gamma"), in("beta"), nb::arg("eps"), in("relu"),
          in("out"), in("mean"), in("inv_std"), in("threads"));
    offer(module, bound, "layernorm_backward", &layernorm_backward<T>, in("dout"), in("x"), in("gamma"), in("beta"), in("mean"),
          in("inv_std"), in("relu"), in("dx"), in("dgamma"), in("dbeta"), in("threads"));
}

template <class T>
void define_dropout(nb::module_& module, nb::module_& bound) {
    offer(module, bound, "dropout_forward", &dropout_forward<T>, in("x"), nb::arg("keep"), in("scaled"), in("seed"), in("layer"),
          in("step"), in("out"), in("mask"), in("threads"));
    offer(module, bound, "dropout_backward", &dropout_backward<T>, in("dout"), in("mask"), nb::arg("keep"), in("scaled"), in("dx"),
          in("threads"));
}

template <class T, class Number>
void define_maxpool(nb::module_& module, nb::module_& bound) {
    const nb::arg size("size"), stride("stride"), pad("pad");
    offer(module, bound, "maxpool_forward", &maxpool_forward<T, Number>, in("x"), size, stride, pad, in("out"), in("winner"),
          in("threads"));
    offer(module, bound, "maxpool_backward", &maxpool_backward<T, Number>, in("dout"), in("winner"), size, stride, pad, in("dx"),
          in("threads"));
}

template <class T>
void define_pooling(nb::module_& module, nb::module_& bound) {
    const nb::arg size("size"), stride("stride"), pad("pad"), dilation("dilation");
    define_maxpool<T, uint8_t>(module, bound);
    define_maxpool<T, uint16_t>(module, bound);
    define_maxpool<T, uint32_t>(module, bound);
    offer(module, bound, "avgpool_forward", &avgpool_forward<T>, in("x"), size, stride, pad, in("count_include_pad"), in("out"),
          in("threads"));
    offer(module, bound, "avgpool_backward", &avgpool_backward<T>, in("dout"), size, stride, pad, in("count_include_pad"), in("dx"),
          in("threads"));
    offer(module, bound, "depthwise_forward", &depthwise_forward<T>, in("x"), in("w"), in("b"), stride, pad, dilation, in("out"),
          in("threads"));
    offer(module, bound, "depthwise_backward", &depthwise_backward<T>, in("dout"), in("x"), in("w"), stride, pad, dilation,
          in("dx").none(), in("dw"), in("db"), in("threads"));
}

template <class T>
void define_joining(nb::module_& module, nb::module_& bound) {
    offer(module, bound, "join_columns", &join_columns<T>, in("x"), in("begin"), in("out"), in("threads"));
    offer(module, bound, "part_columns", &part_columns<T>, in("x"), in("begin"), in("out"), in("threads"));
    offer(module, bound, "weigh_channels", &weigh_channels<T>, in("x"), in("factor"), in("out"), in("threads"));
    offer(module, bound, "channel_products", &channel_products<T>, in("a"), in("b"), in("out"), in("threads"));
}

template <class T>
void define_activations(nb::module_& module, nb::module_& bound) {
    typedef LightKernels<T> K;
    const auto forward = [&](const char* name, auto make) { offer(module, bound, name, make, in("x"), in("out"), in("threads")); };
    const auto backward = [&](const char* name, const char* cached, auto make) {
        offer(module, bound, name, make, in("dout"), in(cached), in("dx"), in("threads"));
    };
    forward("exp", &activation_forward<T, &K::exp>);
    forward("log", &activation_forward<T, &K::log>);
    forward("sigmoid_forward", &activation_forward<T, &K::sigmoid_forward>);
    forward("tanh_forward", &activation_forward<T, &K::tanh_forward>);
    forward("gelu_forward", &activation_forward<T, &K::gelu_forward>);
    backward("sigmoid_backward", "out", &activation_backward<T, &K::sigmoid_backward>);
    backward("tanh_backward", "out", &activation_backward<T, &K::tanh_backward>);
    backward("gelu_backward", "x", &activation_backward<T, &K::gelu_backward>);
    forward("selu_forward", &activation_forward<T, &K::selu_forward>);
    backward("selu_backward", "x", &activation_backward<T, &K::selu_backward>);
    forward("silu_forward", &activation_forward<T, &K::silu_forward>);
    backward("silu_backward", "x", &activation_backward<T, &K::silu_backward>);
    forward("hard_sigmoid_forward", &activation_forward<T, &K::hard_sigmoid_forward>);
    backward("hard_sigmoid_backward", "x", &activation_backward<T, &K::hard_sigmoid_backward>);
    forward("hard_swish_forward", &activation_forward<T, &K::hard_swish_forward>);
    backward("hard_swish_backward", "x", &activation_backward<T, &K::hard_swish_backward>);
    forward("softplus_forward", &activation_forward<T, &K::softplus_forward>);
    backward("softplus_backward", "x", &activation_backward<T, &K::softplus_backward>);
    forward("mish_forward", &activation_forward<T, &K::mish_forward>);
    backward("mish_backward", "x", &activation_backward<T, &K::mish_backward>);
    forward("gelu_tanh_forward", &activation_forward<T, &K::gelu_tanh_forward>);
    backward("gelu_tanh_backward", "x", &activation_backward<T, &K::gelu_tanh_backward>);
    forward("relu6_forward", &activation_forward<T, &K::relu6_forward>);
    backward("relu6_backward", "out", &activation_backward<T, &K::relu6_backward>);
    const auto with_number = [&](const std::string& name, const char* number, auto make, auto make_backward) {
        offer(module, bound, (name + "_forward").c_str(), make, in("x"), nb::arg(number), in("out"), in("threads"));
        offer(module, bound, (name + "_backward").c_str(), make_backward, in("dout"), in("x"), nb::arg(number), in("dx"),
              in("threads"));
    };
    with_number("leaky_relu", "slope", &activation_forward_with<T, &K::leaky_relu_forward>,
                &activation_backward_with<T, &K::leaky_relu_backward>);
    with_number("elu", "alpha", &activation_forward_with<T, &K::elu_forward>, &activation_backward_with<T, &K::elu_backward>);
}

// `bound.NAME(w, dw, ...)` gives the rule bound to its buffers; NAME(..., rate=) makes one step at once.
template <class... Arguments, class... Names>
void offer_rule(nb::module_& module, nb::module_& bound, const char* name, BoundRule (*make)(Arguments...), const Names&... names) {
    bound.def(name, make, names...);
    module.def(
        name,
        [make](double rate, Arguments... arguments) {
            const BoundRule rule = make(std::move(arguments)...);
            const WithoutLock released;
            rule.run(rate);
        },
        nb::arg("rate"), names...);
}

template <class T>
void define_rules(nb::module_& module, nb::module_& bound) {
    const nb::arg momentum("momentum"), eps("eps"), decay("decay");
    offer_rule(module, bound, "sgd", &sgd_update<T>, in("w"), in("dw"), in("threads"));
    offer_rule(module, bound, "momentum", &momentum_update<T>, in("w"), in("dw"), in("v"), momentum, in("threads"));
    offer_rule(module, bound, "nesterov", &nesterov_update<T>, in("w"), in("dw"), in("v"), momentum, in("threads"));
    offer_rule(module, bound, "adagrad", &adagrad_update<T>, in("w"), in("dw"), in("s"), eps, in("threads"));
    offer_rule(module, bound, "rmsprop", &rmsprop_update<T>, in("w"), in("dw"), in("s"), decay, eps, in("threads"));
}

template <class T>
void define_all(nb::module_& module, nb::module_& bound, const char* type) {
    define_norms<T>(module, bound);
    define_dropout<T>(module, bound);
    define_pooling<T>(module, bound);
    define_joining<T>(module, bound);
    define_activations<T>(module, bound);
    define_rules<T>(module, bound);
    offer(module, bound, "to_channels_last", &to_channels_last<T>, in("x"), in("out"), in("threads"));
    const auto standard = [&](auto make) {
        offer(module, bound, "standardize", make, in("x"), in("mean"), in("std"), in("out"), in("threads"));
    };
    standard(&standardize<T, uint8_t>);
    standard(&standardize<T, T>);
    const auto name = [type](const char* kernel) { return std::string(kernel) + "_workspace_" + type; };
    module.def(name("groupnorm").c_str(), [](long pixels, long c, int threads) {
        require(pixels > 0 && c > 0 && team_of(threads).threads, "pixels and channels must be positive");
        return light<T>().groupnorm_workspace(pixels, c, threads);
    });
    module.def(name("depthwise").c_str(), [](long r, long s, long c, int threads) {
        constexpr long LIMIT = 1L << 20;
        require(0 < r && r < LIMIT && 0 < s && s < LIMIT && 0 < c && double(r) * double(s) * double(c) < double(LIMIT) * LIMIT,
                "taps and channels must be positive, and their product below 2**40");
        return light<T>().depthwise_workspace(r, s, c, team_of(threads).threads);
    });
    module.def(name("layernorm").c_str(),
               [](long d, int threads) { return light<T>().layernorm_workspace(d, team_of(threads).threads); });
}

}  // namespace

void define_light_calls(nb::module_& module, nb::module_& bound) {
    nb::class_<BoundRule>(bound, "BoundRule", "An update rule bound to its buffers: call it with the learning rate.")
        .def(
            "__call__",
            [](const BoundRule& rule, double rate) {
                const WithoutLock released;
                rule.run(rate);
            },
            nb::arg("rate"));
    define_all<float>(module, bound, "float32");
    define_all<double>(module, bound, "float64");
    offer(module, bound, "flip_images", &flip_images, in("x"), in("which"), in("out"), in("threads"));
    offer(module, bound, "shift_images", &shift_images, in("x"), in("shifts"), in("out"), in("threads"));
    offer(module, bound, "cut_images", &cut_images, in("x"), in("corners"), in("size"), in("out"), in("threads"));
}

}  // namespace pellucid
