"""Time the `cs231n` functions against a reimplementation of the course's approach: im2col in NumPy, col2im compiled by Cython.

    python -m bench.course_cython [--rounds N]          PELLUCID_THREADS=1 OPENBLAS_NUM_THREADS=1 for one thread

At the notebook's shapes, float64: convolution x (100, 3, 31, 31), w (25, 3, 3, 3), stride 2, pad 1; pooling x (100, 3, 32, 32),
2 x 2. The course's approach: windows as columns of one matrix, one matrix product; the backward adds the second product back
to the image in a compiled loop (-O3 -march=native); pooling is a reshape and a maximum, its backward a mask. Sides take turns;
printed are medians and the fastest round, which other programs disturb least. Needs Cython and a C compiler.
"""

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.pop(
    "OPENBLAS_CORETYPE", None
)  # so that NumPy's matrix product, which the other side uses, runs at full speed
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pellucid.interop.cs231n import fast_layers, layers

STRIDE, PAD = 2, 1
CONV = {"stride": STRIDE, "pad": PAD}
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


def compiled() -> Any:
    """Compile the extension into a temporary folder and import it."""
    source = Path(__file__).with_name("course_col2im.pyx")
    folder = Path(tempfile.mkdtemp())
    c, library = folder / "course_col2im.c", folder / "course_col2im.so"
    subprocess.run([sys.executable, "-m", "cython", "-3", str(source), "-o", str(c)], check=True)
    include = sysconfig.get_path("include")
    flags = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run([os.environ.get("CC", "cc"), *flags, f"-I{include}", str(c), "-o", str(library)], check=True)
    spec = importlib.util.spec_from_file_location("course_col2im", library)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def conv_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Any]:
    """Convolve by a matrix of windows."""
    padded = np.pad(x, ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)))
    windows = sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::STRIDE, ::STRIDE]
    n, _, down, across = windows.shape[:4]
    columns = np.ascontiguousarray(windows.transpose(1, 4, 5, 0, 2, 3)).reshape(w[0].size, -1)
    product = w.reshape(len(w), -1) @ columns + b[:, None]
    out = np.ascontiguousarray(product.reshape(len(w), n, down, across).transpose(1, 0, 2, 3))
    return out, (x.shape, w, columns)


def conv_backward(add_windows: Callable[..., None], dout: np.ndarray, cache: Any) -> tuple[np.ndarray, ...]:
    """Return dx, dw, db: two matrix products and the compiled loop."""
    (n, channels, height, width), w, columns = cache
    rows = dout.transpose(1, 0, 2, 3).reshape(len(w), -1)
    windows = (w.reshape(len(w), -1).T @ rows).reshape(*w.shape[1:], n, *dout.shape[2:])
    padded = np.zeros((n, channels, height + 2 * PAD, width + 2 * PAD))
    add_windows(windows, padded, STRIDE)
    return padded[:, :, PAD:-PAD, PAD:-PAD], (rows @ columns.T).reshape(w.shape), dout.sum(axis=(0, 2, 3))


def pool_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Pool by a reshape: windows that tile the image."""
    n, channels, height, width = x.shape
    tiles = x.reshape(n, channels, height // 2, 2, width // 2, 2)
    out = tiles.max(axis=3).max(axis=4)
    return out, (tiles, out)


def pool_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Return dx by a mask; equal maxima share the gradient."""
    tiles, out = cache
    mask = tiles == out[:, :, :, None, :, None]
    dx = np.zeros_like(tiles)
    dx[mask] = np.broadcast_to(dout[:, :, :, None, :, None], tiles.shape)[mask]
    dx /= mask.sum(axis=(3, 5), keepdims=True)
    return dx.reshape(*tiles.shape[:2], tiles.shape[2] * 2, -1)


def cases(add_windows: Callable[..., None]) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return the timed calls: operation -> side -> call. The results are compared first."""
    rng = np.random.default_rng(231)
    x, w, b = rng.standard_normal((100, 3, 31, 31)), rng.standard_normal((25, 3, 3, 3)), rng.standard_normal(25)
    dout = rng.standard_normal((100, 25, 16, 16))
    images, dpooled = rng.standard_normal((100, 3, 32, 32)), rng.standard_normal((100, 3, 16, 16))
    their_conv, our_conv = conv_forward(x, w, b), fast_layers.conv_forward_fast(x, w, b, CONV)
    their_pool, our_pool = pool_forward(images), fast_layers.max_pool_forward_fast(images, POOL)
    naive_pool = layers.max_pool_forward_naive(images, POOL)
    made = {
        "conv forward": {
            "course": lambda: conv_forward(x, w, b)[0],
            "pellucid": lambda: fast_layers.conv_forward_fast(x, w, b, CONV)[0],
        },
        "conv backward": {
            "course": lambda: conv_backward(add_windows, dout, their_conv[1])[0],
            "pellucid": lambda: fast_layers.conv_backward_fast(dout, our_conv[1])[0],
        },
        "pool forward": {
            "course": lambda: pool_forward(images)[0],
            "pellucid": lambda: fast_layers.max_pool_forward_fast(images, POOL)[0],
            "pellucid, naive": lambda: layers.max_pool_forward_naive(images, POOL)[0],
        },
        "pool backward": {
            "course": lambda: pool_backward(dpooled, their_pool[1]),
            "pellucid": lambda: fast_layers.max_pool_backward_fast(dpooled, our_pool[1]),
            "pellucid, naive": lambda: layers.max_pool_backward_naive(dpooled, naive_pool[1]),
        },
    }
    for sides in made.values():
        results = [call() for call in sides.values()]
        for other in results[1:]:
            np.testing.assert_allclose(results[0], other, atol=1e-10)
    return made


def main() -> None:
    """Print medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    print(
        f"{'milliseconds':<16}{'course':>9}{'pellucid':>10}{'ratio':>7}     {'fastest: course':>15}{'pellucid':>10}{'ratio':>7}"
    )
    for name, sides in cases(compiled().add_windows).items():
        times: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(rounds):
            for side, call in sides.items():
                start = time.perf_counter()
                call()
                times[side].append(1000 * (time.perf_counter() - start))
        medians = {side: statistics.median(found) for side, found in times.items()}
        best = {side: min(found) for side, found in times.items()}
        columns = [
            f"{figures['course']:>{width}.2f}{figures['pellucid']:>10.2f}{figures['course'] / figures['pellucid']:>7.2f}"
            for width, figures in ((9, medians), (20, best))
        ]
        naive = f"   (naive: {medians['pellucid, naive']:.2f})" if "pellucid, naive" in medians else ""
        print(f"{name:<16}{columns[0]}{columns[1]}{naive}")


if __name__ == "__main__":
    main()
