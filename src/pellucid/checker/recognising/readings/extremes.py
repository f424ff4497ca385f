"""The largest and the smallest numbers along an axis."""

from collections.abc import Callable, Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.shapes import Array

__all__ = ["forms"]


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of the maximum and the minimum along an axis of a matrix."""
    x = Role("x", ((s.n, s.d),))
    return [
        LayerForm(kind, "", (x,), _read(operation), pattern, {"features": s.d}, is_by_name=True)
        for kind, operation, pattern in (
            ("maximum along an axis", np.max, names("max(?!pool)")),
            ("minimum along an axis", np.min, names("^min|min$")),
        )
    ]


def _read(operation: Callable[..., Array]) -> Callable[[Values, Hints], Iterator[Reading]]:
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        for axis, told in ((-1, "of each row"), (0, "of each column")):
            yield Reading((operation(v["x"], axis=axis),), (told,))

    return read
