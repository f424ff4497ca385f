"""The descriptions of batch, layer and group normalization."""

from dataclasses import dataclass
from typing import ClassVar

from pellucid.nets.descriptions.description import Description, Lowered, Parameter, Shape, image_sizes
from pellucid.shapes import ShapeError, check_number, check_whole

__all__ = ["BatchNorm", "GroupNorm", "LayerNorm"]


@dataclass(frozen=True)
class BatchNorm(Description):
    """Batch normalization of features, or of the channels of an image. `decay` is that of the running statistics."""

    eps: float = 1e-5
    decay: float = 0.9
    prefix: ClassVar[str] = "batchnorm"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("BatchNorm", "eps", self.eps, above=0)
        check_number("BatchNorm", "decay", self.decay, least=0, most=1)

    def lowered(self, shape: Shape) -> Lowered:
        if len(shape) not in (1, 3):
            raise ShapeError(f"BatchNorm: its input must be features (D,) or an image (C, H, W); it is {shape}")
        features = shape[0]
        kind = "batchnorm" if len(shape) == 1 else "spatial_batchnorm"
        state = {"mean": Parameter((features,), 0.0), "var": Parameter((features,), 1.0)}
        return Lowered(kind, shape, {"eps": self.eps}, _scale_and_shift(features), state, 0)


@dataclass(frozen=True)
class LayerNorm(Description):
    """Layer normalization of features, or of a whole image over (C, H, W) with one gamma and beta a channel."""

    eps: float = 1e-5
    prefix: ClassVar[str] = "layernorm"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("LayerNorm", "eps", self.eps, above=0)

    def lowered(self, shape: Shape) -> Lowered:
        if len(shape) == 1:
            return Lowered("layernorm", shape, {"eps": self.eps}, _scale_and_shift(shape[0]), {}, 0)
        if len(shape) == 3:
            return Lowered("groupnorm", shape, {"groups": 1, "eps": self.eps}, _scale_and_shift(shape[0]), {}, 0)
        raise ShapeError(f"LayerNorm: its input must be features (D,) or an image (C, H, W); it is {shape}")


@dataclass(frozen=True)
class GroupNorm(Description):
    """Group normalization: the channels of an image in `groups` groups."""

    groups: int
    eps: float = 1e-5
    prefix: ClassVar[str] = "groupnorm"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("GroupNorm", "groups", self.groups)
        check_number("GroupNorm", "eps", self.eps, above=0)

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = image_sizes("GroupNorm", shape)
        if channels % self.groups:
            raise ShapeError(f"GroupNorm: groups must divide the {channels} channels; it is {self.groups}")
        return Lowered("groupnorm", shape, {"groups": self.groups, "eps": self.eps}, _scale_and_shift(channels), {}, 0)


def _scale_and_shift(features: int) -> dict[str, Parameter]:
    return {"gamma": Parameter((features,), 1.0), "beta": Parameter((features,), 0.0)}
