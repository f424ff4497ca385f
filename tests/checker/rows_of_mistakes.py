"""Mistakes that people make, row by row of the gathered list, planted into right implementations of other styles than the reference's.

A row: what is wrong, the style it is planted in, the function, the changes, and the causes that name it.
"""

from typing import NamedTuple

from .network_styles import NETWORKS
from .right_styles import STYLES

__all__ = ["ROWS", "TEXTS", "Row"]

TEXTS = STYLES | NETWORKS


class Row(NamedTuple):
    """One planted mistake."""

    told: str
    style: str
    function: str
    changes: tuple[tuple[str, str], ...]
    named: tuple[str, ...]  # causes that say it; several where the list's row has several names
    shows_as: str = "wrong"  # or "hazard": dangerous, and right


LOOPS, INDICES, STRIDES = (
    "convolution and pooling, plain loops",
    "convolution by im2col with indices, pooling by argmax",
    "convolution by strides and einsum",
)
STAGED, JACOBIAN = "batch norm, staged graph, statistics (1, D)", "batch norm, moments, the Jacobian written out"
LAYER_NORM, WHOLE = "layer norm by transposing batch norm", "spatial and group norm, whole arrays"
FLAT = "spatial and group norm, rows of pixels"
AFFINE, EINSUM = "affine and relu, loops", "affine and relu, einsum and closures"
LSE, PROBS = "losses, log-sum-exp and loops", "losses, probabilities and one-hot"
DROPOUT, RULES = "dropout with choice and masks of booleans", "update rules, written tersely"
NET, CONVNET = "a network of steps", "a convolutional network of steps"

DX_LOOPS = "dx[n, c, i*s:i*s+h, j*s:j*s+w] += (window == window.max()) * dout[n, c, i, j]"
CROP_LOOPS = "(dxp if p == 0 else dxp[:, :, p:-p, p:-p])"
SIZES_LOOPS = "Ho, Wo = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1\n    out"
SIZES_INDICES = "Ho, Wo = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1\n    i0"
CROP_INDICES = "padded[:, :, p:p + shape[2], p:p + shape[3]]"
TRAIN_STD, TEST_STD = "sqrtvar = np.sqrt(var + eps)\n", "np.sqrt(running_var + eps)) + beta"
MEAN_UPDATE = "momentum * running_mean + (1.0 - momentum) * mu"
VAR_UPDATE = "momentum * running_var + (1.0 - momentum) * var"
BN_TEST = "gamma * ((x - running_mean) / np.sqrt(running_var + eps)) + beta"
MODE = '            settings["mode"] = mode\n'
HALF, REG_GRADIENT = "0.5 * self.reg * (W ** 2).sum()", "+ self.reg * W"

ROWS = [
    # max pool
    Row("dx = for dx +=", LOOPS, "max_pool_backward_naive", ((DX_LOOPS, DX_LOOPS.replace("+=", "=")),), ("pool-window-overwritten",)),
    Row("dx = for dx +=, at the winner", INDICES, "max_pool_backward_naive", (("np.add.at(dx, (n, c, i * s + arg // w, j * s + arg % w), dout)", "dx[n, c, i * s + arg // w, j * s + arg % w] = dout"),), ("pool-not-summed",)),
    Row("fancy += without np.add.at", INDICES, "max_pool_backward_naive", (("np.add.at(dx, (n, c, i * s + arg // w, j * s + arg % w), dout)", "dx[n, c, i * s + arg // w, j * s + arg % w] += dout"),), ("pool-not-summed",)),
    Row("argmax row // pool_height", INDICES, "max_pool_backward_naive", (("arg // w, j * s + arg % w", "arg // h, j * s + arg % h"),), ("pool-winner-index",)),
    Row("window h and w swapped", LOOPS, "max_pool_forward_naive", (("for r in range(h):\n            for q in range(w)", "for r in range(w):\n            for q in range(h)"),), ("pool-window-exchanged",)),
    Row("pool size used as stride", LOOPS, "max_pool_forward_naive", (("x[n, c, i * s + r, j * s + q]", "x[n, c, i * h + r, j * w + q]"),), ("pool-size-for-stride",)),
    Row("pool size used as stride, backward", LOOPS, "max_pool_backward_naive", (("window = x[n, c, i*s:i*s+h, j*s:j*s+w]\n        dx[n, c, i*s:i*s+h, j*s:j*s+w]", "window = x[n, c, i*h:i*h+h, j*w:j*w+w]\n        dx[n, c, i*h:i*h+h, j*w:j*w+w]"),), ("pool-size-for-stride",)),
    Row("output width from the height", LOOPS, "max_pool_forward_naive", (("(W - w) // s + 1), -np.inf)", "(H - h) // s + 1), -np.inf)"),), ("pool-output-from-height",)),
    # convolution
    Row("dx cropped with pad:-pad at pad 0", LOOPS, "conv_backward_naive", ((CROP_LOOPS, "dxp[:, :, p:-p, p:-p]"),), ("conv-crop-pad-0",)),
    Row("dx cropped with 1:-1", STRIDES, "conv_backward_naive", (("dxp[:, :, p:xp.shape[2] - p, p:xp.shape[3] - p]", "dxp[:, :, 1:-1, 1:-1]"),), ("conv-crop-hard-coded",)),
    Row("np.pad(x, ..., 1)", INDICES, "conv_forward_naive", (("np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))", "np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))"),), ("conv-pad-hard-coded",)),
    Row("crop by HH // 2", INDICES, "conv_backward_naive", ((CROP_INDICES, "padded[:, :, w.shape[2] // 2:w.shape[2] // 2 + shape[2], w.shape[3] // 2:w.shape[3] // 2 + shape[3]]"),), ("conv-crop-by-filter",)),
    Row("W_out from H", LOOPS, "conv_forward_naive", ((SIZES_LOOPS, SIZES_LOOPS.replace("(W + 2 * p - WW)", "(H + 2 * p - HH)")),), ("conv-output-from-height",)),
    Row("out (H_out, H_out)", LOOPS, "conv_forward_naive", (("np.zeros((N, F, Ho, Wo))\n    for n in range(N):", "np.zeros((N, F, Ho, Ho)); Wo = Ho\n    for n in range(N):"),), ("conv-output-from-height",)),
    Row("window's width taken for its height", LOOPS, "conv_forward_naive", (("(xp[n, :, i*s:i*s+HH, j*s:j*s+WW] * w[f])", "(xp[n, :, i*s:i*s+WW, j*s:j*s+WW] * w[f])"),), ("conv-filter-axes",)),
    Row("rows and columns exchanged", LOOPS, "conv_forward_naive", (("xp[n, :, i*s:i*s+HH, j*s:j*s+WW] * w[f]", "xp[n, :, j*s:j*s+HH, i*s:i*s+WW] * w[f]"),), ("conv-image-axes",)),
    Row("col2im assigns", STRIDES, "conv_backward_naive", (("q:q + s * dout.shape[3]:s] +=", "q:q + s * dout.shape[3]:s] ="),), ("conv-not-summed",)),
    Row("fancy += without np.add.at, conv", INDICES, "conv_backward_naive", (("np.add.at(padded, (slice(None), k, i, j), dcols)", "padded[:, k, i, j] += dcols"),), ("conv-not-summed",)),
    Row("windows overwrite each other", LOOPS, "conv_backward_naive", (("dxp[n, :, i*s:i*s+HH, j*s:j*s+WW] += w[f]", "dxp[n, :, i*s:i*s+HH, j*s:j*s+WW] = w[f]"),), ("conv-not-summed",)),
    Row("conv db over the wrong axes", STRIDES, "conv_backward_naive", (("dout.sum((0, 2, 3))", "dout.sum((0, 1, 2))"),), ("conv-db-wrong-axes",)),
    # batch norm
    Row("eps outside the root", STAGED, "batchnorm_forward", ((TRAIN_STD, "sqrtvar = np.sqrt(var) + eps\n"), (TEST_STD, "(np.sqrt(running_var) + eps)) + beta")), ("eps-outside-root",)),
    Row("eps outside the root in training only", STAGED, "batchnorm_forward", ((TRAIN_STD, "sqrtvar = np.sqrt(var) + eps\n"),), ("eps-outside-root",)),
    Row("eps outside the root in test mode only", STAGED, "batchnorm_forward", ((TEST_STD, "(np.sqrt(running_var) + eps)) + beta"),), ("eps-outside-root",)),
    Row("eps twice", STAGED, "batchnorm_forward", ((TRAIN_STD, "sqrtvar = np.sqrt(var + eps) + eps\n"),), ("eps-twice",)),
    Row("eps ignored", JACOBIAN, "batchnorm_forward", (("np.sqrt(var + eps) + beta", "np.sqrt(var) + beta"), ('np.sqrt(bn_param["running_var"] + eps)', 'np.sqrt(bn_param["running_var"])')), ("eps-left-out",)),
    Row("eps ignored in test mode", JACOBIAN, "batchnorm_forward", (('np.sqrt(bn_param["running_var"] + eps)', 'np.sqrt(bn_param["running_var"])'),), ("eps-left-out",)),
    Row("momentum reversed", STAGED, "batchnorm_forward", ((MEAN_UPDATE, "(1.0 - momentum) * running_mean + momentum * mu"), (VAR_UPDATE, "(1.0 - momentum) * running_var + momentum * var")), ("momentum-reversed",)),
    Row("momentum reversed, another style", JACOBIAN, "batchnorm_forward", (("m * bn_param.get(key, 0 * now) + (1 - m) * now", "(1 - m) * bn_param.get(key, 0 * now) + m * now"),), ("momentum-reversed",)),
    Row("PyTorch's running variance", STAGED, "batchnorm_forward", ((VAR_UPDATE, "momentum * running_var + (1.0 - momentum) * var * N / (N - 1)"),), ("running-variance-unbiased",)),
    Row("statistics of the test batch", STAGED, "batchnorm_forward", ((BN_TEST, "gamma * ((x - x.mean(0)) / np.sqrt(x.var(0) + eps)) + beta"),), ("test-uses-batch",)),
    Row("running statistics updated in test mode", STAGED, "batchnorm_forward", ((BN_TEST + "\n", BN_TEST + "\n        running_mean = momentum * running_mean + (1 - momentum) * x.mean(0)\n        running_var = momentum * running_var + (1 - momentum) * x.var(0)\n"),), ("test-updates-running",)),
    Row("paths through mean and variance forgotten", JACOBIAN, "batchnorm_backward", (("J = s * (np.eye(N) - 1 / N - np.outer(h, h) / N)", "J = s * np.eye(N)"),), ("paths-forgotten",)),
    Row("path through the mean forgotten", STAGED, "batchnorm_backward", (("return dx1 + 1.0 / N * np.ones((N, D)) * dmu, dgamma, dbeta", "return dx1, dgamma, dbeta"),), ("mean-path-forgotten",)),
    Row("path through the variance forgotten", JACOBIAN, "batchnorm_backward", ((" - np.outer(h, h) / N", ""),), ("variance-path-forgotten",)),
    Row("one name for two gradients", STAGED, "batchnorm_backward", (("dgamma = np.sum(dout * xhat, axis=0, keepdims=True)", "dgamma = dbeta = np.sum(dout * xhat, axis=0, keepdims=True)"),), ("generated-name",)),
    Row("dgamma without an axis", JACOBIAN, "batchnorm_backward", (('np.einsum("nd,nd->d", dout, (x - mu) / np.sqrt(var + eps))', 'np.einsum("nd,nd->", dout, (x - mu) / np.sqrt(var + eps))'),), ("dgamma-one-number",)),
    # spatial batch norm
    Row("reshape without transpose", FLAT, "spatial_batchnorm_forward", (("np.moveaxis(x, 1, 3).reshape(-1, x.shape[1])", "x.reshape(-1, x.shape[1])"), ("np.moveaxis(flat.reshape(N, H, W, C), 3, 1)", "flat.reshape(N, C, H, W)")), ("no-transpose",)),
    Row("statistics per sample", WHOLE, "spatial_batchnorm_forward", (("mu, var = x.mean(AX), x.var(AX)\n", "mu, var = x.mean((2, 3), keepdims=True), x.var((2, 3), keepdims=True)\n"), ("running_mean=m * rm + (1 - m) * mu, running_var=m * rv + (1 - m) * var", "running_mean=m * rm + (1 - m) * x.mean(AX), running_var=m * rv + (1 - m) * x.var(AX)"), ("np.sqrt(var + eps)[None, :, None, None]\n", "np.sqrt(var + eps)\n"), ("x - mu[None, :, None, None]", "x - mu")), ("statistics-per-sample",)),
    Row("statistics per pixel", WHOLE, "spatial_batchnorm_forward", (("mu, var = x.mean(AX), x.var(AX)\n", "mu, var = x.mean(0), x.var(0)\n"), ("running_mean=m * rm + (1 - m) * mu, running_var=m * rv + (1 - m) * var", "running_mean=m * rm + (1 - m) * x.mean(AX), running_var=m * rv + (1 - m) * x.var(AX)"), ("np.sqrt(var + eps)[None, :, None, None]\n", "np.sqrt(var + eps)\n"), ("x - mu[None, :, None, None]", "x - mu")), ("statistics-per-pixel",)),
    Row("divided by N", WHOLE, "spatial_batchnorm_backward", (("(d - d.mean(AX, keepdims=True) - hat * (d * hat).mean(AX, keepdims=True)) / std", "(len(d) * d - d.sum(AX, keepdims=True) - hat * (d * hat).sum(AX, keepdims=True)) / std / len(d)"),), ("divided-by-n",)),
    # layer and group norm
    Row("axis 0 left from batch norm", LAYER_NORM, "layernorm_forward", (("xt = x.T", "xt = x"), ("hat = ((xt - mu) * inv).T", "hat = (xt - mu) * inv")), ("axis-0",)),
    Row("sums over the batch, backward", LAYER_NORM, "layernorm_backward", (("g = (dout * gamma).T\n    h = hat.T\n", "g = dout * gamma\n    h = hat\n    inv = inv[:, None]\n"), ("return dx.T", "return dx")), ("axis-0",)),
    Row("gamma[None, :, None, None]", WHOLE, "spatial_groupnorm_forward", (("return hat * gamma + beta, (hat, std, gamma, G)", "return hat * gamma[None, :, None, None] + beta[None, :, None, None], (hat, std, gamma, G)"),), ("gamma-with-new-axes",)),
    Row("dgamma of the wrong shape", WHOLE, "spatial_groupnorm_backward", (("(dout * hat).sum((0, 2, 3)), dout.sum((0, 2, 3))\n", "(dout * hat).sum(0), dout.sum(0)\n"),), ("dgamma-wrong-axes",)),
    # dropout
    Row("p read as drop", DROPOUT, "dropout_forward", (("np.random.binomial(1, p, size=x.shape)\n        out = x * mask / p", "np.random.binomial(1, 1 - p, size=x.shape)\n        out = x * mask / (1 - p)"),), ("dropout-p-reversed",)),
    Row("no scaling", DROPOUT, "dropout_forward", (("out = x * mask / p", "out = x * mask"),), ("dropout-not-scaled",)),
    Row("scaled by 1 - p", DROPOUT, "dropout_forward", (("out = x * mask / p", "out = x * mask / (1 - p)"),), ("dropout-wrong-divisor",)),
    Row("scaled at test time", DROPOUT, "dropout_forward", (("out = x * mask / p", "out = x * mask"), ("out = x.copy()", "out = x * p")), ("dropout-vanilla-test",)),
    Row("mask drawn again in the backward", DROPOUT, "dropout_backward", (("return dout * mask /", "return dout * np.random.binomial(1, dropout_param['p'], size=dout.shape) /"),), ("dropout-mask-redrawn",)),
    Row("mask not applied", DROPOUT, "dropout_backward", (("return dout * mask /", "return dout /"),), ("dropout-backward-no-mask",)),
    # losses
    Row("no maximum subtracted", PROBS, "softmax_loss", (("np.exp(x - np.max(x, axis=1, keepdims=True))", "np.exp(x)"),), ("softmax-no-shift",)),
    Row("not divided by N", LSE, "softmax_loss", (("np.mean(lse", "np.sum(lse"), ("np.exp(x - lse[:, None]) / N", "np.exp(x - lse[:, None])"), ("-= 1.0 / N", "-= 1.0")), ("loss-not-averaged",)),
    Row("divided by N twice", LSE, "softmax_loss", (("np.mean(lse - x[np.arange(N), y])", "np.mean(lse - x[np.arange(N), y]) / N"), ("np.exp(x - lse[:, None]) / N", "np.exp(x - lse[:, None]) / N ** 2"), ("-= 1.0 / N", "-= 1.0 / N ** 2")), ("loss-averaged-twice",)),
    Row("divided by N * C", PROBS, "softmax_loss", (("[np.arange(N), y])) / N", "[np.arange(N), y])) / x.size"), ("np.eye(x.shape[1])[y]) / N", "np.eye(x.shape[1])[y]) / x.size")), ("loss-averaged-over-classes",)),
    Row("gradient not divided by N", LSE, "svm_loss", (("return loss / N, dx / N", "return loss / N, dx"),), ("gradient-not-averaged",)),
    Row("the right class is counted", LSE, "svm_loss", (("            if c == y[n]: continue\n", ""),), ("svm-right-class-counted",)),
    Row("max(0, .) missing", PROBS, "svm_loss", (("np.maximum(0, x - x[range(N), y].reshape(-1, 1) + 1.0)", "x - x[range(N), y].reshape(-1, 1) + 1.0"),), ("svm-no-maximum",)),
    Row("log of an underflowed probability", PROBS, "softmax_loss", (), ("log-of-0",), "hazard"),
    # affine, ReLU
    Row("db without an axis", AFFINE, "affine_backward", (("return dx.reshape(x.shape), dw, db", "return dx.reshape(x.shape), dw, np.sum(dout)"),), ("bias-gradient-one-number",)),
    Row("dx not reshaped back", AFFINE, "affine_backward", (("return dx.reshape(x.shape), dw, db", "return dx, dw, db"),), ("dx-not-reshaped",)),
    Row("x not flattened", EINSUM, "affine_forward", (("X = x.reshape(x.shape[0], prod(x.shape[1:]))", "X = x"),), ("x-not-flattened",)),
    Row("mask from dout", AFFINE, "relu_backward", (("np.where(cache > 0, dout, 0)", "np.where(dout > 0, dout, 0)"),), ("relu-mask-of-dout",)),
    Row("dout changed in place", AFFINE, "relu_backward", (("return np.where(cache > 0, dout, 0)", "dout[cache <= 0] = 0\n    return dout"),), ("changes-input",), "hazard"),
    # Adam and others
    Row("t not incremented", RULES, "adam", (('    c["t"] += 1\n', '    c["t"] = max(c["t"], 1)\n'),), ("t-not-incremented",)),
    Row("t not stored back", RULES, "adam", (('    c["t"] += 1\n', '    t = c["t"] + 1\n'), ('c["beta1"] ** c["t"]', 'c["beta1"] ** t'), ('c["beta2"] ** c["t"]', 'c["beta2"] ** t')), ("t-not-stored",)),
    Row("beta ** 2", RULES, "adam", (('c["beta1"] ** c["t"]', 'c["beta1"] ** 2'), ('c["beta2"] ** c["t"]', 'c["beta2"] ** 2')), ("beta-squared",)),
    Row("beta", RULES, "adam", (('c["beta1"] ** c["t"]', 'c["beta1"]'), ('c["beta2"] ** c["t"]', 'c["beta2"]')), ("beta-to-no-power",)),
    Row("correction unused", RULES, "adam", (('(c["m"] / (1 - c["beta1"] ** c["t"]))', 'c["m"]'), ('np.sqrt(c["v"] / (1 - c["beta2"] ** c["t"]))', 'np.sqrt(c["v"])')), ("not-corrected",)),
    Row("t = 0 at the first step", RULES, "adam", (('    c["t"] += 1\n', ""),), ("t-not-incremented", "t-after-use")),
    # networks
    Row("no 0.5 in the loss", NET, "FullyConnectedNet", ((HALF, "self.reg * (W ** 2).sum()"),), ("reg-half-missing",)),
    Row("2 * reg * W", NET, "FullyConnectedNet", ((REG_GRADIENT, "+ 2 * self.reg * W"),), ("reg-gradient-doubled",)),
    Row("full loss and 2 * reg * W", NET, "FullyConnectedNet", ((HALF, "self.reg * (W ** 2).sum()"), (REG_GRADIENT, "+ 2 * self.reg * W")), ("reg-without-half-throughout",)),
    Row("0.5 * reg * W", NET, "FullyConnectedNet", ((REG_GRADIENT, "+ 0.5 * self.reg * W"),), ("reg-gradient-halved",)),
    Row("the template's bn_param[mode] = mode", NET, "FullyConnectedNet", ((MODE, '            settings[mode if "p" not in settings else "mode"] = mode\n'),), ("batchnorm-mode",)),
    Row("no regularisation in the gradients", CONVNET, "ThreeLayerConvNet", ((REG_GRADIENT, "+ 0 * W"),), ("reg-gradient-missing",)),
    Row("no 0.5, convolutional", CONVNET, "ThreeLayerConvNet", ((HALF, "self.reg * (W ** 2).sum()"),), ("reg-half-missing",)),
    Row("a square image taken for granted", CONVNET, "ThreeLayerConvNet", (("(H // 2) * (W // 2)", "(H // 2) ** 2"),), ("size-from-height",)),
]  # fmt: skip
