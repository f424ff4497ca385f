"""What `pellucid explain` says of each layer and loss; the derivations in full stand in the modules of `layers/`."""

from pellucid.derive.explanation import Explanation

__all__ = ["LAYERS"]

NORM_WHY = (
    "Mean and variance depend on every entry they were taken over, so an entry's gradient comes on three ways: "
    "straight, through the mean "
    "and through the variance. With g = dout * gamma the three are inv_std * (g - mean(g) - x_hat * mean(g * "
    "x_hat)): what is left is "
    "orthogonal to a shift and to a scaling of x, which the layer does not see."
)
NORM_SUMS = "gamma and beta were broadcast, so their gradients are summed over what they were broadcast to"

LAYERS: dict[str, Explanation] = {
    "affine": Explanation(
        "Affine (fully connected)",
        ("out = x @ w + b", "dx = dout @ w.T    dw = x.T @ dout    db = dout.sum(axis=0)"),
        "x (N, D), w (D, M), b (M,), out (N, M)",
        "Each weight met one input and fed one output for every row, so its gradient is the sum over rows of input times upstream "
        "gradient: a matrix product. b was broadcast over the rows, so its gradient is summed over them.",
        (
            "affine_backward:bias-gradient-one-number",
            "affine_backward:bias-gradient-mean",
            "affine_backward:dx-not-reshaped",
            "affine_forward:x-not-flattened",
        ),
        "Rumelhart, Hinton & Williams 1986",
        ("depth", "init-scale"),
    ),
    "relu": Explanation(
        "ReLU",
        ("out = max(0, x)", "dx = dout where x > 0, else 0"),
        "any; x and out alike",
        "A maximum passes the gradient to the side that won. At exactly 0 either side is right; here it is 0.",
        (
            "relu_backward:relu-mask-of-dout",
            "relu_backward:relu-dout-ignored",
            "relu_backward:relu-gradient-times-x",
        ),
        "Nair & Hinton 2010",
    ),
    "leaky_relu": Explanation(
        "Leaky ReLU",
        ("out = x where x > 0, else slope * x", "dx = dout where x > 0, else slope * dout"),
        "any; x and out alike",
        "Each entry was scaled by 1 or by the slope, so its gradient is scaled alike. No entry is cut off for good.",
        ("the gradient cut off below 0, as ReLU's: dx is 0 where it should be slope * dout",),
        "Maas, Hannun & Ng 2013",
    ),
    "sigmoid": Explanation(
        "Sigmoid",
        ("out = 1 / (1 + exp(-x))", "dx = dout * out * (1 - out)"),
        "any; x and out alike",
        "The derivative of the logistic function can be written with its own output. It is at most 1/4, so a chain of "
        "sigmoids shrinks gradients at every layer.",
        ("x written where out is due: dx = dout * x * (1 - x)", "exp(-x) at a large negative x: it overflows"),
        "Rumelhart, Hinton & Williams 1986",
    ),
    "tanh": Explanation(
        "Hyperbolic tangent",
        ("out = tanh(x)", "dx = dout * (1 - out**2)"),
        "any; x and out alike",
        "The derivative is 1 at 0 and falls to 0 where the function levels off; it can be written with the output.",
        ("x written where out is due: dx = dout * (1 - x**2)",),
        "LeCun et al. 1998",
    ),
    "gelu": Explanation(
        "GELU",
        ("out = x * Phi(x)    Phi: the normal distribution function", "dx = dout * (Phi(x) + x * phi(x))"),
        "any; x and out alike",
        "x reaches the output on two ways, as the factor and through Phi; the gradients of both are added. phi is "
        "the normal density, the slope of Phi.",
        (
            "one of the two ways left out: dx = dout * Phi(x)",
            "the tanh approximation's derivative for the exact function",
        ),
        "Hendrycks & Gimpel 2016",
    ),
    "batchnorm": Explanation(
        "Batch normalization",
        (
            "x_hat = (x - mean) / sqrt(var + eps)    out = gamma * x_hat + beta    mean, var over the batch",
            "dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat)),   g = dout * gamma",
        ),
        "x (N, D), gamma, beta (D,); images (N, C, H, W): gamma, beta (C,), statistics over N, H, W",
        NORM_WHY + " " + NORM_SUMS + ".",
        (
            "batchnorm_forward:eps-outside-root",
            "batchnorm_forward:momentum-reversed",
            "batchnorm_forward:test-uses-batch",
            "batchnorm_backward:paths-forgotten",
            "spatial_batchnorm_forward:no-transpose",
        ),
        "Ioffe & Szegedy 2015",
        ("init-scale", "batch-size", "bn-regularises", "eps-place"),
    ),
    "layernorm": Explanation(
        "Layer normalization",
        (
            "as batch normalization, with mean and var over the features of a row",
            "dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat)),   means over the features",
        ),
        "x (N, D), gamma, beta (D,)",
        NORM_WHY + " A row does not see the others, so nothing differs at inference. " + NORM_SUMS + " (the rows).",
        (
            "layernorm_forward:axis-0",
            "layernorm_forward:eps-outside-root",
            "layernorm_backward:axis-0",
            "layernorm_backward:paths-forgotten",
            "layernorm_backward:dgamma-wrong-axis",
        ),
        "Ba, Kiros & Hinton 2016",
        ("layer-norm", "norms"),
    ),
    "groupnorm": Explanation(
        "Group normalization",
        ("as batch normalization, with mean and var over a group of channels of one image",),
        "x (N, C, H, W), gamma, beta (C,); groups divide C",
        NORM_WHY + " " + NORM_SUMS + " (images and pixels).",
        (
            "spatial_groupnorm_forward:group-size-for-count",
            "spatial_groupnorm_forward:groups-interleaved",
            "spatial_groupnorm_forward:gamma-with-new-axes",
            "spatial_groupnorm_backward:wrong-divisor",
        ),
        "Wu & He 2018",
        ("norms",),
    ),
    "dropout": Explanation(
        "Dropout",
        (
            "inverted: out = x * mask / keep in training, x at inference",
            "vanilla: out = x * mask in training, keep * x at inference",
            "dx = dout * mask / keep, or dout * mask",
        ),
        "any; mask like x",
        "The mask is a constant of this step: what was let through lets the gradient through, scaled alike. Without "
        "the division by keep, "
        "training would see outputs keep times as large as inference does.",
        (
            "dropout_forward:dropout-p-reversed",
            "dropout_forward:dropout-not-scaled",
            "dropout_forward:dropout-at-test",
            "dropout_backward:dropout-backward-not-scaled",
        ),
        "Srivastava et al. 2014",
        ("dropout",),
    ),
    "conv": Explanation(
        "Convolution (cross-correlation)",
        (
            "out[n, f, i, j] = b[f] + sum over c, r, s of",
            "                  x_pad[n, c, i*stride + r, j*stride + s] * w[f, c, r, s]",
            "dw = sum over n, i, j of dout * window    dx_pad: each window gets dout * w added",
            "db = dout.sum(axis=(0, 2, 3))",
        ),
        "x (N, C, H, W), w (F, C, HH, WW), b (F,), out (N, F, H', W')",
        "An affine layer at every place with the same weights: the weights' gradients are summed over the places, "
        "and a pixel read by "
        "several windows receives the sum of what they pass back.",
        (
            "conv_forward_naive:conv-flipped",
            "conv_forward_naive:conv-output-from-height",
            "conv_backward_naive:conv-not-summed",
            "conv_backward_naive:conv-crop-pad-0",
            "conv_backward_naive:conv-unpadded-dw",
        ),
        "LeCun et al. 1998",
        ("conv-speed",),
    ),
    "maxpool": Explanation(
        "Max pooling",
        (
            "out = the largest entry of each window",
            "dx: the entry that won receives dout; where windows overlap, the sum",
        ),
        "x (N, C, H, W), out (N, C, H', W')",
        "A maximum passes the gradient to the entry that won. Of several equal ones the first wins here; giving it "
        "to all is a convention too.",
        (
            "max_pool_backward_naive:pool-not-summed",
            "max_pool_backward_naive:pool-winner-index",
            "max_pool_forward_naive:pool-size-for-stride",
            "max_pool_forward_naive:pool-not-below-0",
        ),
        "Ranzato et al. 2007",
    ),
    "avgpool": Explanation(
        "Average pooling",
        (
            "out = the mean of each window; global: of each channel",
            "dx: every entry of a window receives dout / entries; where windows overlap, the sum",
        ),
        "x (N, C, H, W), out (N, C, H', W'); global: (N, C)",
        "Each entry had an equal share in the mean, so it receives an equal share of the gradient.",
        ("dout not divided by the number of entries", "assigned instead of added where windows overlap"),
        "LeCun et al. 1998; global: Lin, Chen & Yan 2013",
    ),
    "softmax": Explanation(
        "Softmax loss (cross-entropy)",
        ("p = exp(scores - max) / sum    loss = mean of -log p[label]", "dscores = (p - one-hot label) / N"),
        "scores (N, C), labels (N,)",
        "The logarithm undoes the exponential, so the gradient is the difference of what is said and what is true. The maximum is "
        "subtracted so that exp does not overflow; its own gradient cancels, since a shift changes nothing.",
        (
            "softmax_loss:softmax-no-shift",
            "softmax_loss:gradient-not-averaged",
            "softmax_loss:softmax-whole-columns",
            "softmax_loss:log-of-0",
        ),
        "Bridle 1990",
        ("learning-rate",),
    ),
    "svm": Explanation(
        "SVM loss (multiclass hinge)",
        (
            "loss = mean over rows of the sum over wrong classes of max(0, score - right score + 1)",
            "dscores = 1 / N where a margin is violated, at the label minus their number / N",
        ),
        "scores (N, C), labels (N,)",
        "Every violated margin pushes its class down by 1 and the right class up by 1.",
        (
            "svm_loss:svm-right-class-counted",
            "svm_loss:svm-right-class-minus-1",
            "svm_loss:gradient-not-averaged",
        ),
        "Weston & Watkins 1999",
    ),
    "mse": Explanation(
        "Mean squared error",
        ("loss = mean over rows and columns of (scores - targets)**2", "dscores = 2 * (scores - targets) / (N * C)"),
        "scores, targets (N, C)",
        "The derivative of a square is twice what was squared, here the error; the mean divides it by the number of "
        "entries.",
        ("the 2 of the square lost", "divided by N alone although the mean is over the columns too"),
        "Gauss 1809",
    ),
}
