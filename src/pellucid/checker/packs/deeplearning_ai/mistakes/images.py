"""Known mistakes in course 4's convolution and pooling."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake
from pellucid.checker.packs.deeplearning_ai.mistakes.lessons import SQUARE, SUM

__all__ = ["IMAGES"]

VERT, HORIZ = "vert_start = h * stride", "horiz_start = w * stride"
SLICE = "[:, vert_start:vert_end, horiz_start:horiz_end, :]"
FLIPPED = "np.flip(W, axis=(0, 1))"
WHOLE = "np.tensordot(a_slice_prev, W, axes=((1, 2, 3), (0, 1, 2))) + b[0, 0, 0, :]"
PADDED = "np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))"
CROP = "dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]"
DA = f"dA_prev_pad{SLICE} += np.tensordot(part, W, axes=((1,), (3,)))"
MAXIMUM, SHARED = f"dA_prev{SLICE} += mask * part", f"dA_prev{SLICE} += share * part"
NH, NW = "n_H = int((n_H_prev - f + 2 * pad) / stride) + 1", "n_W = int((n_W_prev - f + 2 * pad) / stride) + 1"
PH, PW = "n_H = int(1 + (n_H_prev - f) / stride)", "n_W = int(1 + (n_W_prev - f) / stride)"
SIZE = "floor((n - f + 2 pad) / stride) + 1"


def _windows(what: str) -> list[Known]:
    """Return the mistakes of where the windows lie."""
    return [
        mistake("CV601 stride-ignored", "the windows move by 1", f"vert_start is h, horiz_start is w: the stride is missing, in {what}.", [(VERT, "vert_start = h"), (HORIZ, "horiz_start = w")], (VERT, "vert_start = h"), (HORIZ, "horiz_start = w"), nudge="Where does the second window start?", formula="vert_start = h * stride"),
        mistake("CV602 corners-exchanged", "h and w are exchanged in the corners", "h moves along the height, w along the width.", [(VERT, "vert_start = min(w, n_H - 1) * stride")], [(HORIZ, "horiz_start = min(h, n_W - 1) * stride")], lesson=SQUARE, nudge="Try an image that is not square.", formula="vert_start = h * stride, horiz_start = w * stride"),
        mistake("CV603 windows-left-out", "the last windows are left out", "The loop ends one window early.", ("for h in range(n_H)", "for h in range(n_H - 1)"), ("for w in range(n_W)", "for w in range(n_W - 1)"), [("for h in range(n_H)", "for h in range(n_H - 1)"), ("for w in range(n_W)", "for w in range(n_W - 1)")], nudge="How often do the loops run?", formula="range(n_H), range(n_W)"),
        mistake("CV604 loops-exchanged", "both loops run over the same size", "Rows are counted by n_H, columns by n_W.", ("for w in range(n_W)", "for w in range(min(n_H, n_W))"), ("for h in range(n_H)", "for h in range(min(n_H, n_W))"), lesson=SQUARE, nudge="Try an image that is not square.", formula="range(n_H), range(n_W)"),
    ]  # fmt: skip


IMAGES = {
    "zero_pad": [
        mistake("CV605 pad-wrong-axes", "the wrong axes are padded", "Only height and width are padded: axes 1 and 2.", ("((0, 0), (pad, pad), (pad, pad), (0, 0))", "((pad, pad), (pad, pad), (0, 0), (0, 0))"), ("((0, 0), (pad, pad), (pad, pad), (0, 0))", "((0, 0), (0, 0), (pad, pad), (pad, pad))"), ("((0, 0), (pad, pad), (pad, pad), (0, 0))", "((pad, pad), (pad, pad), (pad, pad), (pad, pad))"), nudge="Print X_pad.shape.", formula="((0, 0), (pad, pad), (pad, pad), (0, 0))"),
        mistake("CV606 pad-one-side", "padded on one side only", "Each side of height and width gets pad zeros.", ("(pad, pad), (pad, pad)", "(pad, 0), (pad, 0)"), ("(pad, pad), (pad, pad)", "(0, pad), (0, pad)"), nudge="Print X_pad.shape.", formula="((0, 0), (pad, pad), (pad, pad), (0, 0))"),
        mistake("CV607 pad-not-zero", "not padded with zeros", "The border is filled with other values.", ("(0, 0)))", '(0, 0)), mode="edge")'), ("(0, 0)))", "(0, 0)), constant_values=1)"), nudge="Print X_pad[0, 0].", formula="constant_values = 0"),
        mistake("CV608 pad-is-1", "padded by 1 whatever pad is", "The number of zeros is pad.", ("(pad, pad), (pad, pad)", "(1, 1), (1, 1)"), nudge="Try pad = 2.", formula="(pad, pad)"),
    ],
    "conv_single_step": [
        mistake("AF101 bias-left-out", "the bias is not added", "Z is the sum of a_slice_prev * W, plus b.", ("np.sum(s) + float(b[0, 0, 0])", "np.sum(s)"), nudge="What is Z for a slice of zeros?", formula="Z = sum(a * W) + b"),
        mistake("CV609 bias-for-every-product", "the bias is added to every product", "It is added once, after the sum.", ("s = a_slice_prev * W\n    Z = np.sum(s) + float(b[0, 0, 0])", "s = a_slice_prev * W + b\n    Z = np.sum(s)"), nudge="How often is b counted?", formula="Z = sum(a * W) + b"),
        mistake("CV610 not-summed", "the products are not summed over all axes", "Z is one number.", ("np.sum(s) +", "np.sum(s, axis=0) +"), ("np.sum(s) +", "s +"), ("np.sum(s) +", "np.mean(s) +"), nudge="What is the shape of Z?", formula="Z = sum(a * W) + b"),
        mistake("CV611 dot-for-product", "a matrix product", "The slice and the filter are multiplied entry by entry.", ("s = a_slice_prev * W", "s = np.tensordot(a_slice_prev, W, axes=((1,), (0,)))"), ("s = a_slice_prev * W", "s = a_slice_prev + W"), nudge="Which entries are multiplied?", formula="Z = sum(a * W) + b"),
    ],
    "conv_forward": [
        mistake("AF101 bias-left-out", "the bias is not added", "Each filter has a bias.", (WHOLE, WHOLE.removesuffix(" + b[0, 0, 0, :]")), nudge="What is Z for an image of zeros?", formula="Z = sum(a * W) + b"),
        mistake("CV612 bias-of-first-filter", "every filter has the first one's bias", "Filter c has b[..., c].", ("b[0, 0, 0, :]", "b[0, 0, 0, 0]"), nudge="How many biases are there?", formula="b[:, :, :, c]"),
        mistake("CV613 input-not-padded", "the windows read the image without padding", "They read A_prev_pad.", (PADDED, "np.pad(A_prev, ((0, 0), (0, 2 * pad), (0, 2 * pad), (0, 0)))"), nudge="What stands in the first window's corner?", formula="a slice of A_prev_pad"),
        mistake("CV614 one-window-too-few", "the output is one too small", "The + 1 of the output's size is missing.", [(NH, NH.removesuffix(" + 1")), (NW, NW.removesuffix(" + 1"))], nudge="How many windows fit?", formula=SIZE),
        mistake("CV615 size-without-pad", "the output's size ignores the padding", "The padded image has 2 pad more rows.", [(NH, NH.replace(" + 2 * pad", "")), (NW, NW.replace(" + 2 * pad", ""))], [(NH, NH.replace("2 * pad", "pad")), (NW, NW.replace("2 * pad", "pad"))], nudge="How large is the padded image?", formula=SIZE),
        mistake("CV616 size-not-rounded-down", "the output's size is not rounded down", "Without int(...) it is no whole number; rounded up, there is a window beyond the edge.", [(NH, "n_H = int(np.ceil((n_H_prev - f + 2 * pad) / stride)) + 1"), (NW, "n_W = int(np.ceil((n_W_prev - f + 2 * pad) / stride)) + 1")], [(NH, "n_H = (n_H_prev - f + 2 * pad) / stride + 1"), (NW, "n_W = (n_W_prev - f + 2 * pad) / stride + 1")], nudge="Try a stride that leaves a rest.", formula=SIZE),
        mistake("CV617 width-from-height", "the output's width comes from the height", "n_W comes from n_W_prev.", (NW, "n_W = n_H"), lesson=SQUARE, nudge="Try an image that is not square.", formula=SIZE),
        mistake("CV618 first-filter-for-all", "every channel is the first filter's", "Channel c of the output has filter c.", ("np.tensordot(a_slice_prev, W, axes", "np.tensordot(a_slice_prev, W[..., :1] * np.ones(n_C), axes"), nudge="Which filter makes channel 1?", formula="W[:, :, :, c]"),
        mistake("CV619 first-image-for-all", "every image is the first one", "Image i of the output comes from image i.", ("a_slice_prev = A_prev_pad[:,", "a_slice_prev = A_prev_pad[:1,"), nudge="Pass two different images.", formula="A_prev_pad[i]"),
        mistake("CV620 filters-flipped", "the filters are rotated by 180 degrees", "The course's convolution is a cross-correlation: the filter is used as it is.", ("np.tensordot(a_slice_prev, W,", f"np.tensordot(a_slice_prev, {FLIPPED},"), nudge="Which corner of W multiplies the first pixel?", formula="sum(a * W)"),
        *_windows("the forward"),
    ],
    "pool_forward": [
        mistake("PL601 modes-exchanged", "max and average are exchanged", "Each mode computes the other.", [("A[:, h, w, :] = np.max(", "A[:, h, w, :] = np.MEAN("), ("A[:, h, w, :] = np.mean(", "A[:, h, w, :] = np.max("), ("np.MEAN(", "np.mean(")], nudge="Which branch does \"max\" take?", formula="max if mode == 'max', mean if 'average'"),
        mistake("PL602 mode-ignored", "the mode is not used", "Both modes compute the same.", ("= np.mean(", "= np.max("), ("= np.max(", "= np.mean("), nudge="Which branch does \"average\" take?", formula="max if mode == 'max', mean if 'average'"),
        mistake("PL603 sum-for-mean", "a sum instead of the mean", "An average is divided by f * f.", ("= np.mean(", "= np.sum("), nudge="What is the average of ones?", formula="mean of the window"),
        mistake("PL604 one-window-too-few", "the output is one too small", "The + 1 of the output's size is missing.", [(PH, PH.replace("1 + ", "")), (PW, PW.replace("1 + ", ""))], nudge="How many windows fit?", formula="floor((n - f) / stride) + 1"),
        mistake("PL605 size-not-rounded-down", "the output's size is not rounded down", "Without int(...) it is no whole number; rounded up, there is a window beyond the edge.", [(PH, "n_H = int(np.ceil(1 + (n_H_prev - f) / stride))"), (PW, "n_W = int(np.ceil(1 + (n_W_prev - f) / stride))")], [(PH, "n_H = 1 + (n_H_prev - f) / stride"), (PW, "n_W = 1 + (n_W_prev - f) / stride")], nudge="Try a stride that leaves a rest.", formula="floor((n - f) / stride) + 1"),
        mistake("PL606 over-channels", "the window spans all channels", "Each channel is pooled by itself.", ("np.max(a_slice_prev, axis=(1, 2))", "np.max(a_slice_prev, axis=(1, 2, 3))[:, None]"), [("np.max(a_slice_prev, axis=(1, 2))", "np.max(a_slice_prev, axis=(1, 2, 3))[:, None]"), ("np.mean(a_slice_prev, axis=(1, 2))", "np.mean(a_slice_prev, axis=(1, 2, 3))[:, None]")], nudge="Try two channels.", formula="one channel at a time"),
        mistake("PL607 not-below-0", "never below 0", "The maximum starts from 0, so negative windows give 0.", ("np.max(a_slice_prev, axis=(1, 2))", "np.maximum(np.max(a_slice_prev, axis=(1, 2)), 0)"), nudge="Try negative inputs.", formula="max of the window"),
        mistake("PL608 stride-for-size", "the stride used as the window's size", "Windows are f high and wide.", [("vert_start + f", "vert_start + stride"), ("horiz_start + f", "horiz_start + stride")], nudge="Try windows that overlap.", formula="vert_end = vert_start + f"),
        mistake("PL609 size-for-stride", "the window's size used as the stride", "Windows move by the stride.", [(VERT, "vert_start = min(h * f, n_H_prev - f)"), (HORIZ, "horiz_start = min(w * f, n_W_prev - f)")], nudge="Try windows that overlap.", formula="vert_start = h * stride"),
        *_windows("the forward"),
    ],
    "conv_backward": [
        mistake("CV621 da-overwritten", "overlapping windows overwrite each other", "dA_prev is assigned instead of added to.", (DA, DA.replace("+=", "=")), lesson=SUM, nudge="How many windows read a pixel?", formula="da_prev_pad[window] += W * dZ"),
        mistake("CV622 dw-overwritten", "dW keeps the last window only", "dW sums over all positions.", ("dW += np", "dW = np"), lesson=SUM, nudge="Which positions does W act on?", formula="dW += a_slice * dZ"),
        mistake("CV623 db-overwritten", "db keeps the last position only", "db sums over all positions.", ("db += np", "db = np"), lesson=SUM, nudge="How often is b added?", formula="db += dZ"),
        mistake("CV624 pad-not-cut-off", "the padding is not cut off correctly", "dA_prev has the shape of A_prev: the border of width pad is left out.", (CROP, "dA_prev_pad"), (CROP, "dA_prev_pad[:, :n_H_prev, :n_W_prev, :]"), (CROP, "dA_prev_pad[:, 2 * pad :, 2 * pad :, :]"), nudge="Print dA_prev.shape.", formula="da_prev_pad[pad:-pad, pad:-pad, :]"),
        mistake("CV625 pad-0-cuts-all", "-pad cuts everything off for pad = 0", "x[0:-0] is empty.", (CROP, "dA_prev_pad[:, pad:-pad, pad:-pad, :]"), nudge="What is x[0:-0]?", formula="da_prev_pad[pad : pad + n_H_prev, ...]"),
        mistake("CV626 dw-from-unpadded", "dW is made from the image without padding", "The forward multiplied W by windows of the padded image.", (f"a_slice = A_prev_pad{SLICE}", f"a_slice = np.pad(A_prev, ((0, 0), (0, 2 * pad), (0, 2 * pad), (0, 0))){SLICE}"), nudge="Which image did the forward read?", formula="a slice of A_prev_pad"),
        mistake("CV627 filters-rotated", "the filters are rotated in dA_prev", "Each window adds dZ * W as it is.", ("np.tensordot(part, W,", f"np.tensordot(part, {FLIPPED},"), nudge="Which corner of W multiplied the first pixel?", formula="W[:, :, :, c] * dZ"),
        mistake("CV628 da-one-filter", "dA_prev comes from one filter only", "Every filter reads the pixel.", ("np.tensordot(part, W, axes", "np.tensordot(part[:, -1:], W[..., -1:], axes"), ("np.tensordot(part, W, axes", "np.tensordot(part[:, :1], W[..., :1], axes"), lesson=SUM, nudge="How many filters read a pixel?", formula="for c: da += W[..., c] * dZ[..., c]"),
        mistake("CV629 db-averaged", "a gradient is divided by m", "dZ holds that division already.", ("    dA_prev = dA", "    db /= m\n    dA_prev = dA"), ("    dA_prev = dA", "    dW /= m\n    dA_prev = dA"), ("    dA_prev = dA", "    dW /= m\n    db /= m\n    dA_prev = dA"), nudge="Who divides by m?", formula="dW and db are sums"),
        mistake("CV630 last-image-only", "a gradient keeps one image only", "dW and db sum over the images.", ("dW += np.tensordot(a_slice, part,", "dW += np.tensordot(a_slice[-1:], part[-1:],"), ("np.sum(part, axis=0)", "part[-1]"), lesson=SUM, nudge="Pass the same image twice.", formula="dW += ..., for every image"),
        *_windows("the backward"),
    ],
    "create_mask_from_window": [
        convention("PL951 first-maximum-only", "the first of equal maxima alone", "The exercise marks every place that equals the maximum.", ("mask = x == np.max(x)", "mask = np.arange(x.size).reshape(x.shape) == np.argmax(x)")),
        mistake("PL610 mask-of-values", "the maximum's value instead of True", "The mask is True and False, or 1 and 0.", ("x == np.max(x)", "x * (x == np.max(x))"), nudge="Which values has a mask?", formula="x == np.max(x)"),
        mistake("PL611 mask-of-each-row", "a maximum for each row or column", "The window has one maximum.", ("np.max(x)", "np.max(x, axis=0)"), ("np.max(x)", "np.max(x, axis=1, keepdims=True)"), nudge="How many entries are True?", formula="x == np.max(x)"),
        mistake("PL612 mask-reversed", "the mask marks everything else", "True stands where the maximum is.", ("x == np.max(x)", "x != np.max(x)"), ("x == np.max(x)", "x == np.min(x)"), nudge="Where is the maximum?", formula="x == np.max(x)"),
    ],
    "distribute_value": [
        mistake("PL613 not-divided", "dz is not divided", "Each of the n_H * n_W entries gets its share.", ("dz / (n_H * n_W)", "dz"), nudge="What should the entries sum to?", formula="dz / (n_H * n_W)"),
        mistake("PL614 divided-by-sum", "divided by n_H + n_W", "The window has n_H * n_W entries.", ("(n_H * n_W)", "(n_H + n_W)"), nudge="How many entries has a 3 x 2 window?", formula="dz / (n_H * n_W)"),
        mistake("PL615 parentheses-missing", "multiplied by n_W", "dz / n_H * n_W is (dz / n_H) * n_W: parentheses are missing.", ("dz / (n_H * n_W)", "dz / n_H * n_W"), nudge="In which order are / and * computed?", formula="dz / (n_H * n_W)"),
        mistake("PL616 divided-by-one-side", "divided by one side only", "The window has n_H * n_W entries.", ("(n_H * n_W)", "n_H"), ("(n_H * n_W)", "n_W"), nudge="How many entries has a 3 x 2 window?", formula="dz / (n_H * n_W)"),
    ],
    "pool_backward": [
        convention("PL952 first-maximum-only", "ties: the first of equal maxima alone gets the gradient", "The exercise gives it to every place that equals the maximum.", ("mask = a_slice == np.max(a_slice, axis=(1, 2), keepdims=True)", "rows = a_slice.reshape(m, f * f, n_C)\n                mask = (np.arange(f * f)[:, None] == np.argmax(rows, axis=1)[:, None, :]).reshape(a_slice.shape)")),
        mistake("PL617 max-overwritten", "overlapping windows overwrite each other", "dA_prev is assigned instead of added to.", [(MAXIMUM, MAXIMUM.replace("+=", "=")), (SHARED, SHARED.replace("+=", "="))], (MAXIMUM, MAXIMUM.replace("+=", "=")), (SHARED, SHARED.replace("+=", "=")), (MAXIMUM, f"dA_prev{SLICE} = np.where(mask, part, dA_prev{SLICE})"), lesson=SUM, nudge="How many windows read a pixel?", formula="dA_prev[window] += ..."),
        mistake("PL618 average-not-divided", "the average's gradient is not divided", "Each entry of the window gets dA / (f * f).", ("share = np.ones((1, f, f, 1)) / (f * f)", "share = np.ones((1, f, f, 1))"), nudge="What is the slope of a mean?", formula="dA / (f * f)"),
        mistake("PL619 average-divided-wrongly", "the average's gradient is divided by the wrong number", "The window has f * f entries.", ("/ (f * f)", "/ f"), ("/ (f * f)", "/ (2 * f)"), ("/ (f * f)", "/ (n_H * n_W)"), nudge="How many entries has the window?", formula="dA / (f * f)"),
        mistake("PL620 mask-not-applied", "the mask is not applied", "Every entry of the window gets the whole gradient.", ("+= mask * part", "+= np.ones(mask.shape) * part"), nudge="Which entries had influence?", formula="mask * dA"),
        mistake("PL621 times-maximum", "multiplied by the maximum", "The slope of max is 1.", ("+= mask * part", "+= a_slice * mask * part"), nudge="What is the slope of max?", formula="mask * dA"),
        mistake("PL622 gradient-left-out", "dA is left out", "dA_prev counts wins.", [("+= mask * part", "+= mask"), ("+= share * part", "+= share")], ("+= mask * part", "+= mask"), ("+= share * part", "+= share"), nudge="Chain rule.", formula="mask * dA"),
        mistake("PL602 mode-ignored", "the mode is not used", "Both modes do the same.", ("+= share * part", f"+= (A_prev{SLICE} == np.max(A_prev{SLICE}, axis=(1, 2), keepdims=True)) * part"), ("+= mask * part", "+= np.ones((1, f, f, 1)) / (f * f) * part"), nudge="Which branch does \"average\" take?", formula="mask * dA, or dA / (f * f)"),
        mistake("PL623 gradient-at-corner", "dA is read at the window's corner", "Window (h, w) gets dA[i, h, w, c].", ("dA[:, h : h + 1, w : w + 1, :]", "dA[:, min(vert_start, n_H - 1) :, min(horiz_start, n_W - 1) :, :][:, :1, :1]"), nudge="Which entry of dA belongs to window (1, 1)?", formula="dA[i, h, w, c]"),
        *_windows("the backward"),
    ],
}  # fmt: skip
