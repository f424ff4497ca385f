"""Known mistakes in spatial batch normalization: its own, and those of the batch normalization in it."""

from dataclasses import replace

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.batchnorm import BATCH_FORWARD
from pellucid.checker.packs.cs231n_a2.mistakes.lessons import DIVISOR, SCALE
from pellucid.checker.packs.cs231n_a2.mistakes.norm_backward import norm_backward
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["SPATIAL"]


def _inside(known: Known, function: str) -> Known:
    """Return a known mistake of the function that a spatial one calls."""
    return replace(known, edits=[[replace(edit, of=function) for edit in edits] for edits in known.edits])


def _spatial_forward() -> list[Known]:
    rows = "x.transpose(0, 2, 3, 1).reshape(N * H * W, C)"
    back = "out.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
    inner = [_inside(known, "batchnorm_forward") for known in BATCH_FORWARD]
    whole = "axis=(0, 2, 3)"
    return [
        mistake("BN161 no-transpose", "reshaped without transposing", "reshape(N*H*W, C) mixes channels: move the channel axis to the end first.", [(rows, "x.reshape(N * H * W, C)"), (back, "out.reshape(N, C, H, W)")], (rows, "x.reshape(N * H * W, C)"), (back, "out.reshape(N, C, H, W)"),
                [(rows, "x.reshape(N * C, H * W).T.reshape(-1, C)")], lesson="reshape does not move axes.", nudge="Compare running_mean with x.mean((0, 2, 3)).", formula="x.transpose(0, 2, 3, 1).reshape(-1, C)"),
        mistake("BN162 wrong-transpose", "height and width swapped on the way", "The axes are moved to one order and back from another.", (rows, "x.transpose(0, 3, 2, 1).reshape(N * H * W, C)"), (back, "out.reshape(N, W, H, C).transpose(0, 3, 2, 1)"), (back, "out.reshape(N, H, W, C).transpose(0, 3, 2, 1)"), (rows, "x.transpose(0, 3, 2, 1).reshape(-1, C)"), lesson="The transpose back must undo the first one.", nudge="Try an image that is not square.", formula="transpose(0, 2, 3, 1) and back by transpose(0, 3, 1, 2)"),
        mistake("BN163 statistics-per-sample", "statistics of each sample", "Mean and variance are taken over height and width only: that is instance norm.", [(f"np.mean(x, {whole}, keepdims=True)", "np.mean(x, axis=(2, 3), keepdims=True)", "whole"), (f"np.mean(centered**2, {whole}, keepdims=True)", "np.mean(centered**2, axis=(2, 3), keepdims=True)", "whole"), ("np.ravel(mean)[: mean.size]", "np.mean(mean, axis=0).ravel()", "whole"), ("np.ravel(var)[: var.size]", "np.mean(var, axis=0).ravel()", "whole")], lesson=DIVISOR, nudge="Change one image: do the others' outputs change?", formula="mean over (0, 2, 3)"),
        mistake("BN164 statistics-per-pixel", "statistics of each pixel", "Mean and variance are taken over the batch only.", [(f"np.mean(x, {whole}, keepdims=True)", "np.mean(x, axis=0, keepdims=True)", "whole"), (f"np.mean(centered**2, {whole}, keepdims=True)", "np.mean(centered**2, axis=0, keepdims=True)", "whole"), ("np.ravel(mean)[: mean.size]", "np.mean(mean, axis=(0, 2, 3))", "whole"), ("np.ravel(var)[: var.size]", "np.mean(var, axis=(0, 2, 3))", "whole")], lesson=DIVISOR, nudge="Pass one image.", formula="mean over (0, 2, 3)"),
        *inner,
    ]  # fmt: skip


def _spatial_backward() -> list[Known]:
    rows = "dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)"
    back = "dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
    inner = [_inside(known, "batchnorm_backward") for known in norm_backward(0, "N")]
    return [
        mistake("BN261 no-transpose", "reshaped without transposing", "reshape(N*H*W, C) mixes channels.", [(rows, "dout.reshape(N * H * W, C)"), (back, "dx.reshape(N, C, H, W)")], (rows, "dout.reshape(N * H * W, C)"), (back, "dx.reshape(N, C, H, W)"), lesson="reshape does not move axes.", nudge="Compare dbeta with dout.sum((0, 2, 3)).", formula="dout.transpose(0, 2, 3, 1).reshape(-1, C)"),
        mistake("BN262 wrong-transpose", "height and width swapped on the way", "The axes are moved to one order and back from another.", (rows, "dout.transpose(0, 3, 2, 1).reshape(N * H * W, C)"), (back, "dx.reshape(N, W, H, C).transpose(0, 3, 2, 1)"), (back, "dx.reshape(N, H, W, C).transpose(0, 3, 2, 1)"), lesson="The transpose back must undo the first one.", nudge="Try an image that is not square.", formula="transpose(0, 2, 3, 1) and back by transpose(0, 3, 1, 2)"),
        mistake("BN263 divided-by-n", "divided by N, not by N*H*W", "Every pixel of a channel is one of the values averaged.", ("M = N * H * W", "M = N", "whole"), ("M = N * H * W", "M = H * W", "whole"), [("/ (M * std)", "/ (N * std)", "whole"), ("(M * dx_hat", "(N * dx_hat", "whole")], lesson=DIVISOR, nudge="Does dx sum to zero over (0, 2, 3)?", formula="M = N * H * W"),
        mistake("BN264 dgamma-over-batch-only", "dgamma and dbeta sum over the batch only", "They sum over batch, height and width.", [("np.sum(dout, axis=(0, 2, 3))", "np.sum(dout, axis=0)", "whole"), ("np.sum(dout * x_hat, axis=(0, 2, 3))", "np.sum(dout * x_hat, axis=0)", "whole")], ("np.sum(dout * x_hat, axis=(0, 2, 3))", "np.sum(dout * x_hat, axis=0)", "whole"), lesson=SCALE, nudge="What is the shape of gamma?", formula="sum over (0, 2, 3)"),
        *inner,
    ]  # fmt: skip


SPATIAL = {
    "spatial_batchnorm_forward": _spatial_forward(),
    "spatial_batchnorm_backward": _spatial_backward(),
}
