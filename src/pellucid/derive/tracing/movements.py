"""Primitives that move, repeat or gather values: sums, maxima, reshapes, reads. Their adjoints restore the shape."""

from typing import Any

import numpy as np

from pellucid.derive.tracing.primitives import Adjoint, Primitive
from pellucid.shapes import ShapeError

__all__ = [
    "broadcast_to",
    "concatenate",
    "inserts_axes_only",
    "maximum_over",
    "pad",
    "read",
    "reshape",
    "sum_over",
    "transpose",
    "windows",
]

Axis = int | tuple[int, ...] | None


def sum_over(shape: tuple[int, ...], axis: Axis, keepdims: bool, *, mean: bool = False) -> Primitive:
    """The sum, or the mean, over axes."""
    axes = _axes(axis, len(shape))
    count = " * ".join(f"$0.shape[{a}]" for a in axes) or "1"
    back = "$d" if keepdims else _expanded("$d", axes)
    over = f"axis {', '.join(map(str, axes))}" if len(axes) < len(shape) else "all axes"
    if mean:
        share = f"{back} / {count}" if len(axes) == 1 else f"{back} / ({count})"
        size = int(np.prod([shape[a] for a in axes]))
        reason = f"$0 was averaged over {over}, so its gradient is broadcast: each of the {size} entries receives 1/{size} of it"
        latex = rf"\frac{{1}}{{{size}}} $d \text{{ to every entry}}"
    else:
        share, latex = back, r"$d \text{ to every entry}"
        reason = f"$0 was summed over {over}, so its gradient is broadcast: every entry receives it"
    name = "mean" if mean else "sum"
    keep = ", keepdims=True" if keepdims else ""
    symbol = r"\operatorname{mean}" if mean else r"\textstyle\sum"
    return Primitive(
        name,
        f"$0.{name}(axis={_axis_text(axes, shape)}{keep})",
        rf"{symbol}_{{{','.join(map(str, axes))}}} $0",
        (Adjoint(f"np.broadcast_to({share}, $0.shape)", latex, reason),),
    )


def maximum_over(shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Primitive:
    """The maximum along one axis; among equal entries the first counts."""
    axes = _axes(axis, len(shape))
    if len(axes) != 1:
        raise ShapeError(
            f"trace: a maximum must be taken along one axis (reshape first); here it is taken along {axes}"
        )
    keep = ", keepdims=True" if keepdims else ""
    back = "$d" if keepdims else _expanded("$d", axes)
    return Primitive(
        "max",
        f"$0.max(axis={axes[0]}{keep})",
        rf"\max_{{{axes[0]}}} $0",
        (
            Adjoint(
                f"{back} * first_winner($0, {axes[0]})",
                r"$d \odot [$0 \text{ is the first maximum}]",
                "the gradient of a maximum goes to the largest entry",
            ),
        ),
    )


def reshape(shape: tuple[int, ...]) -> Primitive:
    """The same numbers in another shape."""
    reason = "the same numbers in another shape: the gradient is reshaped back"
    return Primitive(
        "reshape",
        f"$0.reshape({shape})",
        r"\mathrm{reshape}\,$0",
        (Adjoint("$d.reshape($0.shape)", r"\mathrm{reshape}\,$d", reason),),
    )


def transpose(axes: tuple[int, ...]) -> Primitive:
    """Axes in another order."""
    back = tuple(int(a) for a in np.argsort(axes))
    same = axes == (1, 0)
    reason = "axes were reordered: the gradient's axes are put back in order"
    return Primitive(
        "transpose",
        "$0.T" if same else f"$0.transpose{axes}",
        r"$0^\top",
        (Adjoint("$d.T" if same else f"$d.transpose{back}", r"$d^\top", reason),),
    )


def broadcast_to(shape: tuple[int, ...]) -> Primitive:
    """Repeat along axes of length 1 and new leading axes."""
    adjoint = Adjoint("$d", "$d", "every copy passes its gradient on unchanged")
    return Primitive("broadcast", f"np.broadcast_to($0, {shape})", "$0", (adjoint,), broadcasts=True)


def read(index: tuple[Any, ...]) -> Primitive:
    """value[index]. Arrays in the index are operands 1, 2, ...; its other parts are written out."""
    words, arrays = [], 0
    for part in index:
        arrays += isinstance(part, np.ndarray)
        words.append(f"${arrays}" if isinstance(part, np.ndarray) else _index_text(part))
    inside = ", ".join(words)
    place = f"({inside},)" if arrays == len(words) and arrays else f"np.s_[{inside}]"
    reason = "entries that were read receive a gradient, the others 0; an entry read several times receives the sum"
    adjoint = Adjoint(f"put_back($d, $0.shape, {place})", r"$d \text{ at the places read, else } 0", reason)
    return Primitive("read", f"$0[{inside}]", r"$0[\cdot]", (adjoint, *(None,) * arrays))


def pad(widths: tuple[tuple[int, int], ...]) -> Primitive:
    """Add zeros around the array."""
    inner = ", ".join(f"{before}:{before} + $0.shape[{a}]" for a, (before, _) in enumerate(widths))
    reason = "the zeros of the padding are constants: their gradient is dropped"
    return Primitive(
        "pad", f"np.pad($0, {widths})", r"\mathrm{pad}\,$0", (Adjoint(f"$d[{inner}]", r"\mathrm{crop}\,$d", reason),)
    )


def windows(size: tuple[int, int]) -> Primitive:
    """(N, C, H, W) -> (N, C, H', W', HH, WW): every place of a window, stride 1."""
    reason = "windows overlap: a pixel read by several windows receives the sum of their gradients"
    return Primitive(
        "windows",
        f"np.lib.stride_tricks.sliding_window_view($0, {size}, axis=(2, 3))",
        r"\mathrm{windows}\,$0",
        (Adjoint("add_windows($d, $0.shape)", r"\textstyle\sum_{\text{windows}} $d", reason),),
    )


def concatenate(shapes: list[tuple[int, ...]], axis: int) -> Primitive:
    """Arrays one after another along an axis."""
    adjoints, start = [], 0
    for shape in shapes:
        stop = start + shape[axis]
        inside = ", ".join([":"] * axis + [f"{start}:{stop}"])
        reason = "each part receives its own slice of the gradient"
        adjoints.append(Adjoint(f"$d[{inside}]", rf"$d[{start}:{stop}]", reason))
        start = stop
    names = [f"${i}" for i in range(len(shapes))]
    code, latex = ", ".join(names), r",\; ".join(names)
    return Primitive("concatenate", f"np.concatenate([{code}], axis={axis})", f"[{latex}]", tuple(adjoints))


def inserts_axes_only(index: tuple[Any, ...]) -> bool:
    """Whether an index reads everything and only inserts axes of length 1."""
    plain = [part for part in index if not isinstance(part, np.ndarray)]
    return len(plain) == len(index) and all(part is None or part is Ellipsis or part == slice(None) for part in plain)


def _axes(axis: Axis, dimensions: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(dimensions))
    chosen = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(int(a) % dimensions for a in chosen))


def _axis_text(axes: tuple[int, ...], shape: tuple[int, ...]) -> str:
    if len(axes) == len(shape) and len(axes) != 1:
        return "None"
    return str(axes[0]) if len(axes) == 1 else str(axes)


def _expanded(name: str, axes: tuple[int, ...]) -> str:
    if axes == (0,):
        return name  # broadcasting adds leading axes by itself
    return f"np.expand_dims({name}, {axes[0] if len(axes) == 1 else axes})"


def _index_text(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
        return ":".join(ends) + ("" if part.step is None else f":{part.step}")
    return "..." if part is Ellipsis else repr(part)
