"""Known mistakes in ReLU."""

from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake

__all__ = ["RELU"]

RELU = {
    "relu_forward": [
        mistake(
            "AC101 relu-absolute",
            "absolute value instead of ReLU",
            "Negative inputs come out positive.",
            ("np.maximum(x, 0)", "np.abs(x)"),
            nudge="What does ReLU do to -2?",
            formula="out = max(x, 0)",
        ),
        mistake(
            "AC102 relu-leaky",
            "a slope below 0",
            "Negative inputs are scaled where they should become 0.",
            ("np.maximum(x, 0)", "np.where(x > 0, x, 0.01 * x)"),
            nudge="What does ReLU do to -2?",
            formula="out = max(x, 0)",
        ),
        mistake(
            "AC103 relu-minimum",
            "minimum instead of maximum",
            "Positive inputs become 0 and negative ones pass.",
            ("np.maximum(x, 0)", "np.minimum(x, 0)"),
            nudge="Try one positive number.",
            formula="out = max(x, 0)",
        ),
    ],
    "relu_backward": [
        convention(
            "AC901 relu-slope-1-at-0",
            "slope 1 at exactly 0",
            "At 0 any slope between 0 and 1 is a valid choice.",
            ("(x > 0)", "(x >= 0)"),
        ),
        convention(
            "AC902 relu-slope-half-at-0",
            "slope 1/2 at exactly 0",
            "At 0 any slope between 0 and 1 is a valid choice.",
            ("(x > 0)", "((x > 0) + 0.5 * (x == 0))"),
        ),
        mistake(
            "AC201 relu-mask-of-dout",
            "the mask is taken from dout",
            "Which entries pass depends on x, not on the sign of the upstream gradient.",
            ("dout * (x > 0)", "dout * (dout > 0)"),
            ("dout * (x > 0)", "np.maximum(dout, 0)"),
            nudge="Which array decides what passed in the forward?",
            formula="dx = dout * (x > 0)",
        ),
        mistake(
            "AC202 relu-drops-negative-dout",
            "negative upstream gradients are dropped too",
            "Gradient passes only where dout is positive as well (guided backpropagation); ReLU's slope depends on x alone.",
            ("dout * (x > 0)", "dout * (x > 0) * (dout > 0)"),
            nudge="What happens to a negative dout where x is positive?",
            formula="dx = dout * (x > 0)",
        ),
        mistake(
            "AC203 relu-slope-capped",
            "the slope is cut off for large inputs",
            "Nothing passes above a limit: that is the gradient of ReLU6, not of max(x, 0).",
            ("(x > 0)", "((x > 0) & (x < 6))"),
            ("(x > 0)", "((x > 0) & (x < 1))"),
            nudge="What is the slope of max(x, 0) at x = 10?",
            formula="dx = dout * (x > 0)",
        ),
        mistake(
            "AC204 relu-gradient-times-x",
            "dx multiplied by x",
            "dx is dout times the output where it should be dout times 0 or 1.",
            ("dout * (x > 0)", "dout * np.maximum(x, 0)"),
            nudge="What is the slope of max(x, 0) at x = 5?",
            formula="dx = dout * (x > 0)",
        ),
        mistake(
            "AC205 relu-mask-reversed",
            "the mask is inverted",
            "Gradient passes where x is negative.",
            ("(x > 0)", "(x < 0)"),
            ("(x > 0)", "(x <= 0)"),
            nudge="Try one positive x.",
            formula="dx = dout * (x > 0)",
        ),
        mistake(
            "AC206 relu-dout-ignored",
            "dout is left out",
            "dx holds the local slope, not multiplied by the upstream gradient.",
            ("dout * (x > 0)", "1.0 * (x > 0)"),
            nudge="Chain rule.",
            formula="dx = dout * (x > 0)",
        ),
        mistake(
            "AC207 relu-no-mask",
            "the full gradient passes",
            "dx is dout, even where the forward set the output to 0.",
            ("dout * (x > 0)", "dout"),
            nudge="Which inputs had no influence?",
            formula="dx = dout * (x > 0)",
        ),
    ],
}
