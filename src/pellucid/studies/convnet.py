"""The small ConvNet that studies of images share."""

from pellucid.nets import Affine, BatchNorm, Conv, Description, Flatten, GroupNorm, MaxPool, ReLU

__all__ = ["small_convnet"]


def small_convnet(classes: int, norm: str, filters: tuple[int, int] = (16, 32)) -> list[Description]:
    """{conv 3x3 - [norm] - relu - 2x2 max pool} twice, then affine.

    norm: none, batch, layer (one group over C, H, W) or group (8).
    """
    norms: dict[str, list[Description]] = {
        "none": [],
        "batch": [BatchNorm()],
        "layer": [GroupNorm(1)],
        "group": [GroupNorm(8)],
    }
    body: list[Description] = [
        layer for f in filters for layer in (Conv(f, 3, pad=1), *norms[norm], ReLU(), MaxPool(2))
    ]
    return [*body, Flatten(), Affine(classes)]
