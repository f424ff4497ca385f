"""Mistakes of layers that the built-in packs do not ask for, or have no name for: activations, norms, attention, embedding."""

from pellucid.checker.asking.named.record import Named

__all__ = ["LAYERS"]

NORM = "dx = inv_std * (g - g.mean(axis) - x_hat * (g * x_hat).mean(axis))  # g = dout * gamma"
RMS = "dx = inv_rms * (g - x_hat * (g * x_hat).mean(axis))  # g = dout * gamma"
OWN = "The backward is compared with the exact derivative of its own forward."
SOFTMAX = "dx = s * (dout - (dout * s).sum(axis, keepdims=True))"
SWISH = "dx = dout * (s + x * s * (1 - s))"

ACTIVATIONS = (
    Named(
        "AC121",
        "sigmoid-sign-of-exponent",
        "the sign of the exponent is missing",
        "1 / (1 + exp(x)) is the sigmoid of -x: it falls where it should rise.",
        "1 / (1 + np.exp(x))",
        "1 / (1 + np.exp(-x))",
        "The output for x is the sigmoid of -x: compare both at x = 5.",
    ),
    Named(
        "AC131",
        "softmax-over-everything",
        "divides by the sum of all numbers",
        "Softmax makes each sample's outputs sum to 1; without an axis all samples together do.",
        "e / e.sum()",
        "e / e.sum(axis=-1, keepdims=True)",
        "A batch of one is correct: pass two rows, and each sums to less than 1.",
    ),
    Named(
        "AC211",
        "inverted-mask",
        "the mask is inverted",
        "The gradient is 0 where the slope is 1, and passes where it should not: turn the comparison around.",
        "dout * (x <= 0)",
        "dout * (x > 0)",
        OWN,
    ),
    Named(
        "AC221",
        "input-for-output",
        "the input stands where the sigmoid's output belongs",
        "s * (1 - s) is written for s, what the forward returned.",
        "dx = dout * x * (1 - x)",
        "dx = dout * s * (1 - s)",
        OWN,
    ),
    Named(
        "AC222",
        "no-one-minus",
        "the factor 1 - s is missing",
        "The derivative of the sigmoid has two factors.",
        "dx = dout * s",
        "dx = dout * s * (1 - s)",
        OWN,
    ),
    Named(
        "AC223",
        "no-s",
        "the factor s is missing",
        "The derivative of the sigmoid has two factors.",
        "dx = dout * (1 - s)",
        "dx = dout * s * (1 - s)",
        OWN,
    ),
    Named(
        "AC231",
        "no-square",
        "the square of tanh is missing",
        "The derivative of tanh is 1 - tanh(x)^2.",
        "dx = dout * (1 - out)",
        "dx = dout * (1 - out**2)",
        OWN,
    ),
    Named(
        "AC232",
        "input-for-output",
        "the input stands where tanh's output belongs",
        "1 - out^2 is written for what the forward returned.",
        "dx = dout * (1 - x**2)",
        "dx = dout * (1 - out**2)",
        OWN,
    ),
    Named(
        "AC241",
        "diagonal-only",
        "only the diagonal of softmax's Jacobian",
        "Each output of a softmax depends on all scores of its row; s * (1 - s) is the part of its own score alone.",
        "dx = dout * s * (1 - s)",
        SOFTMAX,
        OWN,
    ),
    Named(
        "AC242",
        "no-sum",
        "the sum over the other outputs is missing",
        "Each score lowers the other outputs, by what they have in common: the sum.",
        "dx = dout * s",
        SOFTMAX,
        OWN,
    ),
    Named(
        "AC243",
        "no-sum",
        "log-softmax without the sum of dout",
        "The log of the sum has the softmax as derivative, times the sum of dout over the row.",
        "dx = dout - s",
        "dx = dout - s * dout.sum(axis, keepdims=True)",
        OWN,
    ),
    Named(
        "AC251",
        "missing-x",
        "the factor x is missing in the second term",
        "x * sigmoid(x) is a product: the second term of its derivative has the factor x.",
        "dx = dout * (s + s * (1 - s))",
        SWISH,
        OWN,
    ),
    Named(
        "AC252",
        "missing-one-minus",
        "the factor 1 - s is missing in the second term",
        "The derivative of the sigmoid inside is s * (1 - s).",
        "dx = dout * (s + x * s)",
        SWISH,
        OWN,
    ),
)

NORMS = (
    *(
        Named(
            f"{letters}228",
            "eps-outside-root",
            "the backward has eps outside the square root, its forward inside",
            "The backward must divide by the forward's own standard deviation.",
            "inv_std = 1 / (np.sqrt(var) + eps)",
            "inv_std = 1 / np.sqrt(var + eps)",
            OWN,
        )
        for letters in ("BN", "LN", "GN")
    ),
    Named(
        "GN217",
        "eps-left-out-of-backward",
        "eps left out of the backward",
        "The forward's root holds eps; so must its derivative.",
        "inv_std = 1 / np.sqrt(var)",
        "inv_std = 1 / np.sqrt(var + eps)",
        OWN,
    ),
    Named(
        "GN108",
        "no-root",
        "the square root is missing",
        "x is divided by the variance.",
        "std = var + eps",
        "std = np.sqrt(var + eps)",
        "The outputs have another spread than 1.",
    ),
    Named(
        "RN103",
        "eps-outside-root",
        "eps outside the square root",
        "eps keeps the root's argument above 0, so it stands inside the root.",
        "x / (np.sqrt((x**2).mean(axis=-1, keepdims=True)) + eps)",
        "x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)",
        "It shows where the mean of squares is about as small as eps.",
    ),
    Named(
        "RN201",
        "paths-forgotten",
        "the path through the mean of squares is left out",
        "Every entry of a row changes the row's root mean square, so gradient flows back through it too.",
        "dx = g * inv_rms",
        RMS,
        OWN,
    ),
    Named(
        "RN216",
        "gamma-left-out",
        "gamma is left out of dx",
        "dx uses dout where it should use dout * gamma.",
        "g = dout",
        "g = dout * gamma",
        OWN,
    ),
    Named(
        "RN218",
        "dgamma-without-x-hat",
        "dgamma lacks the normalized input",
        "gamma multiplies x_hat, so its gradient is the sum of dout * x_hat.",
        "dgamma = dout.sum(axis=0)",
        "dgamma = (dout * x_hat).sum(axis=0)",
        OWN,
    ),
)

OTHERS = (
    Named(
        "CV115",
        "no-bias",
        "the bias is not added",
        "The bias is one of the parameters, and the output does not depend on it.",
        "return out",
        "return out + b[:, None]",
        "The outputs equal those of the convolution without its bias.",
    ),
    Named(
        "DO111",
        "dropout-wrong-scale",
        "scaled by another number than 1 / keep",
        "What is kept is scaled by 1 / keep, so that the expected output is the input.",
        "x * mask / (1 - keep)",
        "x * mask / keep",
        "The mean of the output differs from the mean of the input, by the same factor for every input.",
    ),
    Named(
        "AT101",
        "scores-divided-by-d",
        "the scores are divided by d, not by its square root",
        "q @ k.T of d independent entries has the standard deviation sqrt(d): that is what is divided by.",
        "scores / d",
        "scores / np.sqrt(d)",
        "The weights are more even than they should be, the more the larger d is.",
    ),
    Named(
        "AT102",
        "no-scale",
        "the scores are not scaled",
        "Without the division by sqrt(d) the softmax saturates, and its gradient is nearly 0.",
        "q @ k.T",
        "q @ k.T / np.sqrt(d)",
        "The weights are nearly one-hot for large d.",
    ),
    Named(
        "EM201",
        "not-accumulated",
        "a repeated index gets one gradient only",
        "table[ids] += d adds once for a repeated id; a row that was looked up several times gets the sum.",
        "dtable[ids] += dout",
        "np.add.at(dtable, ids, dout)",
        "It is wrong only for the rows that were looked up several times.",
    ),
)

LAYERS = (*ACTIVATIONS, *NORMS, *OTHERS)
