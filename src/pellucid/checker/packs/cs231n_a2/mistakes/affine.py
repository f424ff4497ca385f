"""Known mistakes in the affine layer."""

from pellucid.checker.packs.cs231n_a2.mistakes.lessons import AVERAGE, BIAS
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["AFFINE"]

AFFINE = {
    "affine_forward": [
        mistake(
            "AF101 bias-left-out",
            "the bias is not added",
            "out is x w where it should be x w + b.",
            ("rows @ w + b", "rows @ w"),
            nudge="What does each output start from when x is 0?",
            formula="out = x w + b",
        ),
        mistake(
            "AF102 flattened-in-another-order",
            "x is flattened in a different order",
            "Rows in Fortran's order (or with axes moved): each weight multiplies a different pixel than in the course.",
            ("rows = x.reshape(N, -1)", "rows = x.transpose(0, *range(x.ndim - 1, 0, -1)).reshape(N, -1)"),
            nudge="Which pixel is multiplied by the second row of w?",
            formula="x.reshape(N, -1), in C's order",
        ),
        mistake(
            "AF103 x-not-flattened",
            "x is not reshaped into rows",
            "x has to become (N, D) before the matrix product.",
            ("rows = x.reshape(N, -1)", "rows = x"),
            nudge="What is the shape of x when it is a batch of images?",
            formula="rows = x.reshape(N, -1)",
        ),
    ],
    "affine_backward": [
        mistake(
            "AF201 w-not-transposed-when-square",
            "w is transposed only where it would not fit otherwise",
            "For a square w the product fits without the transpose, and is wrong.",
            ("dx = dout @ w.T", "dx = dout @ (w if w.shape[0] == w.shape[1] else w.T)"),
            ("dw = rows.T @ dout", "dw = (rows if rows.shape[0] == rows.shape[1] else rows.T) @ dout"),
            nudge="Try as many inputs as outputs.",
            formula="dx = dout w^T",
        ),
        mistake(
            "AF202 w-not-transposed",
            "w is not transposed",
            "dx is dout w^T: without the transpose it is an error, or, for a square w, wrong numbers.",
            ("dx = dout @ w.T", "dx = dout @ w"),
            nudge="What is the shape of dout w?",
            formula="dx = dout w^T",
        ),
        mistake(
            "AF203 flattened-in-another-order",
            "x is flattened in a different order than in the forward",
            "Rows in Fortran's order (or with axes moved) are multiplied by other rows of w than in the forward.",
            ("rows = x.reshape(N, -1)", "rows = x.transpose(0, *range(x.ndim - 1, 0, -1)).reshape(N, -1)"),
            nudge="Which pixel is multiplied by the second row of w?",
            formula="x.reshape(N, -1), in C's order",
        ),
        mistake(
            "AF204 bias-gradient-one-number",
            "db sums over everything",
            "db is one number: the sum has no axis, so all biases move together.",
            ("np.sum(dout, axis=0)", "np.sum(dout)"),
            lesson=BIAS,
            nudge="What is the shape of db?",
            formula="db = dout.sum(axis=0)",
        ),
        mistake(
            "AF205 bias-gradient-mean",
            "db is a mean",
            "db is averaged over the rows where it should be summed: N times too small.",
            ("np.sum(dout, axis=0)", "np.mean(dout, axis=0)"),
            lesson=BIAS,
            nudge="Does db grow with the batch?",
            formula="db = dout.sum(axis=0)",
        ),
        mistake(
            "AF206 bias-gradient-first-row",
            "db looks at one row",
            "db takes the gradient of one row of the batch only.",
            ("np.sum(dout, axis=0)", "dout[0]"),
            ("np.sum(dout, axis=0)", "dout[-1]"),
            lesson=BIAS,
            nudge="How many rows does the bias act on?",
            formula="db = dout.sum(axis=0)",
        ),
        mistake(
            "AF207 bias-gradient-wrong-axis",
            "db sums over the wrong axis",
            "db sums over the outputs where it should sum over the rows.",
            ("np.sum(dout, axis=0)", "np.sum(dout, axis=1)"),
            lesson=BIAS,
            nudge="Which axis was b broadcast over?",
            formula="db = dout.sum(axis=0)",
        ),
        mistake(
            "AF208 dx-not-reshaped",
            "dx is not reshaped back",
            "dx has the shape of the flattened rows, not of x.",
            ("dx = dx.reshape(x.shape)", "dx = dx"),
            nudge="A gradient has the shape of what it is the gradient of.",
            formula="dx = (dout w^T).reshape(x.shape)",
        ),
        mistake(
            "AF209 dw-averaged",
            "dw is divided by N",
            "dw is averaged over the batch; the loss has already done that.",
            ("rows.T @ dout", "rows.T @ dout / N"),
            lesson=AVERAGE,
            nudge="Who divides by N?",
            formula="dw = x^T dout",
        ),
    ],
}
