"""The kinds of layers that the checker knows by what they compute: forwards in every usual convention, and with known mistakes.

What lives here: forwards, in float64. What does not: backwards, since a backward is judged by the derivative of its own forward.
"""

from pellucid.checker.recognising.form import LayerForm, Sizes
from pellucid.checker.recognising.readings import (
    activations,
    attention,
    convolutions,
    extremes,
    images,
    linear,
    losses,
    more_losses,
    multi_head,
    normalization,
    norms_over_axes,
    penalties,
    positions,
    recurrent,
    sequences,
)

__all__ = ["forms"]


def forms(sizes: Sizes) -> list[LayerForm]:
    """Return all forms, at some sizes, in the order in which they are tried."""
    rooms = (
        activations,
        linear,
        normalization,
        norms_over_axes,
        images,
        convolutions,
        extremes,
        losses,
        more_losses,
        penalties,
        recurrent,
        sequences,
        attention,
        multi_head,
        positions,
    )
    return [form for room in rooms for form in room.forms(sizes)]
