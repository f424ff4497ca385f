"""The model, and the size of images, where nobody chose them: by the kind of data; and what a loss that was chosen makes of it.

digits, CIFAR-10, arrays    three-layer-convnet, the default of the configuration
a table                     fully-connected, 128 and 64 units
a folder of images          vgg6-bn, whose number of parameters hardly grows with the size; images of at most 128 x 128 pixels
"""

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["loss_notes", "with_model"]

LARGEST_SIDE = 128  # pixels of images whose size nobody chose
SMALLEST_SIDE = 8  # which three 2x2 pools need
FOR_PICTURES = "vgg6-bn"


def with_model(values: dict[str, Any], said: Callable[[str], object]) -> dict[str, Any]:
    """Return settings with a model that suits the data, unless they have one; `said` gets a line on what was chosen for images."""
    from pellucid.data.tables import is_table

    data = values.get("data", "")
    if "model" in values:
        return values
    if is_table(data):
        return {"model": "fully-connected", "hidden": (128, 64)} | values
    chosen = {} if "from_" in values else _for_pictures(data, values.get("size"))
    if chosen:
        shrunk = ""
        if "size" in chosen:
            side = chosen["size"]
            shrunk = f"; its images are resized to {side}x{side} pixels, --size chooses another size"
        said(f"the data are a folder of images: the model is {chosen['model']}, --model chooses another{shrunk}")
    return values | chosen


def loss_notes(loss: str | None, data: Any) -> Iterator[str]:
    """Yield a line where a loss that was chosen is not made for classes, and the data are classes."""
    from pellucid.data import Splits
    from pellucid.layers import LOSS_KINDS

    if loss is None or not (isinstance(data, Splits) or data.task == "classification"):
        return
    taken = LOSS_KINDS[loss].takes
    if taken != "labels":
        yield f"the loss {loss} takes {taken}: each class is read as a row of 0 and 1 (one-hot); --loss softmax is made for classes"


def _for_pictures(data: str, size: int | None) -> dict[str, Any]:
    """Return the model, and the size where it is not given and the images are large; nothing for data of another kind."""
    from pellucid.data.sources import size_of_pictures

    usual = size_of_pictures(data)
    if usual is None or min(usual if size is None else (size,)) < SMALLEST_SIDE:
        return {}
    model = {"model": FOR_PICTURES}
    return model if size is not None or max(usual) <= LARGEST_SIDE else model | {"size": LARGEST_SIDE}
