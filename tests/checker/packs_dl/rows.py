"""Mistakes that people make in these courses, planted into right files of other styles than the reference's."""

from typing import NamedTuple

__all__ = ["ROWS"]


class Row(NamedTuple):
    """One planted mistake."""

    file: str
    function: str
    old: str
    new: str
    named: str  # the id of the cause that names it


ROWS = (
    Row("basics_terse", "softmax", "e.sum(axis=1)", "e.sum()", "softmax-of-whole-matrix"),
    Row("basics_terse", "normalizeRows", ".sum(axis=1))[:, None]", ".sum(axis=0))", "norm-of-columns"),
    Row("logistic_marked", "propagate", "(-1 / m) * np.sum(Y", "-np.sum(Y", "loss-value-not-averaged"),
    Row("logistic_marked", "propagate", "(np.log(1 - A))", "(np.log(A))", "cost-log-of-a-twice"),
    Row("logistic_alone", "propagate", "np.mean(A - Y)", "np.sum(A - Y)", "db-not-averaged"),
    Row("logistic_marked", "optimize", "w = w - learning_rate", "w = w + learning_rate", "wrong-sign"),
    Row("planar_early", "backward_propagation", "1 - np.power(A1, 2)", "1 - A1", "tanh-slope-not-squared"),
    Row(
        "planar_early",
        "backward_propagation",
        "np.sum(dZ1, axis=1, keepdims=True)",
        "np.sum(dZ1)",
        "db-without-keepdims",
    ),
    Row("planar_early", "compute_cost", "-(1 / m) * np.sum(logprobs)", "-np.sum(logprobs)", "loss-value-not-averaged"),
    Row(
        "deep_marked", "linear_activation_backward", "dZ = relu_backward(dA, activation_cache)", "dZ = dA", "da-for-dz"
    ),
    Row("deep_marked", "L_model_backward", "current_cache = caches[l]", "current_cache = caches[l - 1]", "wrong-cache"),
    Row("deep_generic", "linear_backward", "dZ.mean(1, keepdims=True)", "dZ.sum(1, keepdims=True)", "db-not-averaged"),
    Row("deep_generic", "L_model_forward", '"relu" if l < L else "sigmoid"', '"relu"', "last-layer-relu"),
    Row("deep_generic", "update_parameters", "value - learning", "value + learning", "wrong-sign"),
    Row(
        "regularization_loops",
        "compute_cost_with_regularization",
        "total / (2 * Y.shape[1])",
        "total / 2",
        "penalty-not-averaged",
    ),
    Row(
        "regularization_loops",
        "backward_propagation_with_regularization",
        "(lambd * W2) / m",
        "0",
        "reg-gradient-missing-somewhere",
    ),
    Row(
        "regularization_loops", "backward_propagation_with_dropout", "* D1 / keep_prob", "* D1", "scale-not-in-backward"
    ),
    Row("regularization_loops", "forward_propagation_with_dropout", "    A2 /= keep_prob\n", "", "dropout-not-scaled"),
    Row(
        "regularization_loops",
        "initialize_parameters_he",
        "np.sqrt(2 / layers_dims[l - 1])",
        "np.sqrt(1 / layers_dims[l - 1])",
        "xavier-for-he",
    ),
    Row("gradient_checking", "gradient_check", "/ 2 / epsilon", "/ epsilon", "wrong-distance"),
    Row(
        "gradient_checking",
        "backward_propagation_n",
        'gradients[f"dW{n}"] = dZ @ A.T / m',
        'gradients[f"dW{n}"] = dZ @ A.T / m * (1 + (n == 2))',
        "planted-dw2",
    ),
    Row(
        "optimization_current",
        "update_parameters_with_momentum",
        "(1 - beta) * grads",
        "grads",
        "momentum-without-1-minus-beta",
    ),
    Row("optimization_current", "update_parameters_with_adam", "np.power(beta2, t)", "beta2", "correction-without-t"),
    Row(
        "optimization_current",
        "update_parameters_with_adam",
        "np.sqrt(s_corrected[d]) + epsilon",
        "np.sqrt(s_corrected[d] + 0 * epsilon)",
        "eps-left-out",
    ),
    Row(
        "optimization_current",
        "random_mini_batches",
        "shuffled_Y = X[:, permutation], Y[:, permutation]",
        "shuffled_Y = X[:, permutation], Y",
        "labels-not-shuffled",
    ),
    Row("convolution_marked", "conv_forward", "vert_start = stride * h", "vert_start = h", "stride-ignored"),
    Row("convolution_marked", "conv_single_step", "Z = Z + b", "Z = Z", "bias-left-out"),
    Row("convolution_windows", "conv_forward", ", W) + b", ", W)", "bias-left-out"),
    Row(
        "convolution_windows",
        "conv_backward",
        "dpadded[:, p : p + shape[1], p : p + shape[2]], dW",
        "dpadded[:, : shape[1], : shape[2]], dW",
        "pad-not-cut-off",
    ),
    Row(
        "convolution_marked", "conv_backward", "dW[:, :, :, c] += a_slice", "dW[:, :, :, c] = a_slice", "dw-overwritten"
    ),
    Row("convolution_marked", "pool_backward", "+= distribute_value(da, (f, f))", "+= da", "average-not-divided"),
    Row("convolution_windows", "pool_backward", "+ column, c] += dA", "+ column, c] = dA", "max-overwritten"),
    Row(
        "recurrent_marked",
        "lstm_cell_forward",
        "concat[:n_a, :] = a_prev\n    concat[n_a:, :] = xt",
        "concat[:n_x, :] = xt\n    concat[n_x:, :] = a_prev",
        "concat-order",
    ),
    Row(
        "recurrent_marked",
        "lstm_cell_forward",
        "np.multiply(ft, c_prev) + np.multiply(it, cct)",
        "np.multiply(it, c_prev) + np.multiply(ft, cct)",
        "gates-exchanged",
    ),
    Row("recurrent_marked", "lstm_cell_backward", "dcct = (dc_next * it + ", "dcct = (", "dc-next-left-out"),
    Row(
        "recurrent_marked",
        "lstm_cell_backward",
        "back[:n_a], back[n_a:]",
        "back[-n_a:], back[:-n_a]",
        "slices-exchanged",
    ),
    Row(
        "recurrent_marked",
        "lstm_backward",
        "da[:, :, t] + da_prevt, dc",
        "da[:, :, t], dc",
        "state-gradient-not-carried",
    ),
    Row("recurrent_marked", "rnn_backward", "dWax += dWaxt", "dWax = dWaxt", "weights-not-summed"),
    Row("characters", "clip", "-maxValue, maxValue, out=gradient", "-maxValue, maxValue", "clip-not-used"),
    Row("characters", "sample", "        a_prev = a\n", "", "sample-state-not-carried"),
)
