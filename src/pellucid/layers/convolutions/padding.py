"""Where windows stand on a padded image: padding by side, `same`, and dilation.

A dilated window reads every `dilation`-th pixel: it has k taps and covers 1 + dilation * (k - 1) pixels. `same` pads so
that there are ceil(size / stride) places, an odd pixel more going below and to the right:

    total = max((ceil(size / stride) - 1) * stride + covered - size, 0)
"""

from pellucid.shapes import ShapeError, check_pair

__all__ = ["Pad", "Pads", "by_side", "check_pad", "covered", "places_of_window"]

Pad = int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]] | str  # what a user writes
Pads = tuple[tuple[int, int], tuple[int, int]]  # ((top, bottom), (left, right))


def check_pad(who: str, pad: Pad) -> None:
    """Raise ShapeError unless pad is a number, (height, width), ((top, bottom), (left, right)) or 'same'."""
    if isinstance(pad, str) and pad != "same":
        raise ShapeError(f"{who}: pad must be numbers or 'same'; got {pad!r}")
    if not isinstance(pad, str):
        _sides(who, pad)


def by_side(
    who: str,
    pad: Pad,
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
) -> Pads:
    """Return the padding of each side, in pixels. Raises ShapeError for anything else than a pad."""
    check_pad(who, pad)
    if not isinstance(pad, str):
        return _sides(who, pad)
    totals = [
        max((-(-size // step) - 1) * step + window - size, 0)
        for size, step, window in zip(image, stride, covered(kernel, dilation), strict=True)
    ]
    top, left = totals[0] // 2, totals[1] // 2
    return (top, totals[0] - top), (left, totals[1] - left)


def covered(kernel: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    """Return how many rows and columns a dilated window covers."""
    return 1 + dilation[0] * (kernel[0] - 1), 1 + dilation[1] * (kernel[1] - 1)


def places_of_window(
    who: str,
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    pads: Pads,
    dilation: tuple[int, int],
) -> tuple[int, int]:
    """Return (H', W'): how many windows fit. Raises ShapeError where none does."""
    window = covered(kernel, dilation)
    padded = image[0] + sum(pads[0]), image[1] + sum(pads[1])
    if padded[0] < window[0] or padded[1] < window[1]:
        raise ShapeError(
            f"{who}: the window must fit into the padded image; "
            f"the window covers {window[0]}x{window[1]}, the image with its padding is {padded[0]}x{padded[1]}"
        )
    return 1 + (padded[0] - window[0]) // stride[0], 1 + (padded[1] - window[1]) // stride[1]


def _sides(who: str, pad: int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]]) -> Pads:
    if isinstance(pad, tuple) and any(isinstance(side, tuple) for side in pad):
        if len(pad) != 2 or not all(isinstance(side, tuple) and len(side) == 2 for side in pad):
            raise ShapeError(f"{who}: pad by side must be ((top, bottom), (left, right)); got {pad!r}")
        return check_pair(who, "pad", pad[0], minimum=0), check_pair(who, "pad", pad[1], minimum=0)
    height, width = check_pair(who, "pad", pad, minimum=0)  # type: ignore[arg-type]
    return (height, height), (width, width)
