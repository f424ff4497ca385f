"""The pipeline from a data set to the batches of a network: order, augmentation, standardization."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.data.augmentation import Augmentation
from pellucid.data.checks import DataError, is_whole
from pellucid.data.dataset import Dataset
from pellucid.data.draws import Purpose, draws
from pellucid.data.standardization import Standardization
from pellucid.data.transforms import REFERENCE_TRANSFORMS, ImageTransforms
from pellucid.shapes import FLOATS, Array

__all__ = ["Augmentation", "Pipeline", "Standardization", "balanced_order", "epoch_order"]


@dataclass(frozen=True)
class Pipeline:
    """How samples become network inputs.

    A batch keeps the memory layout of the images, channels-first or channels-last.
    """

    standardization: Standardization | None = None  # None: raw pixel values
    augmentation: Augmentation = field(default_factory=Augmentation)  # none
    dtype: npt.DTypeLike = np.float32  # of a batch: float32 or float64
    transforms: ImageTransforms = REFERENCE_TRANSFORMS

    def __post_init__(self) -> None:
        """Check the dtype."""
        if np.dtype(self.dtype) not in FLOATS:
            raise DataError(f"Pipeline: dtype must be float32 or float64; got {np.dtype(self.dtype)}")

    def train_batch(self, dataset: Dataset, rows: Array, *, seed: int, epoch: int) -> tuple[Array, Array]:
        """Return x (M, ...) and labels (M,) for the samples at `rows` (M,), augmented for this seed and epoch."""
        images = dataset.images[rows]
        images = self.augmentation.apply(images, seed=seed, epoch=epoch, rows=rows, transforms=self.transforms)
        return self.batch(images), dataset.labels[rows]

    def batch(self, images: Array) -> Array:
        """Return images (M, ...) standardized, without augmentation: for validation, test and prediction."""
        if self.standardization is None:
            return images.astype(self.dtype)
        return self.transforms.standardize(images, self.standardization.mean, self.standardization.std, self.dtype)

    def prepare(self, raw: Array) -> Array:
        """Return raw samples (M, ...) as network inputs: the preparation of a trained model."""
        return self.batch(raw)

    def to_document(self) -> dict[str, Any]:
        """Return, as JSON, what `from_document` reads; the table of transforms is chosen by whoever reads it."""
        found = self.standardization
        return {
            "kind": "pipeline",
            "mean": None if found is None else found.mean.tolist(),
            "std": None if found is None else found.std.tolist(),
            "augmentation": asdict(self.augmentation),
            "dtype": np.dtype(self.dtype).name,
        }

    @classmethod
    def from_document(
        cls, document: Mapping[str, Any], *, transforms: ImageTransforms = REFERENCE_TRANSFORMS
    ) -> "Pipeline":
        """Return the pipeline that `to_document` described."""
        measured = document["mean"] is not None
        standardization = Standardization(np.array(document["mean"]), np.array(document["std"])) if measured else None
        return cls(standardization, Augmentation(**document["augmentation"]), document["dtype"], transforms)


def epoch_order(n: int, *, seed: int, epoch: int, blocks: Array | None = None) -> Array:
    """Return the order of n samples in an epoch: a permutation (n,) determined by seed and epoch.

    With blocks (n,), the number of each sample's block, the samples of a block stay together: blocks are shuffled, and the samples
    within each.

    >>> sorted(epoch_order(5, seed=0, epoch=0).tolist())
    [0, 1, 2, 3, 4]
    """
    if not is_whole(n) or n < 1:
        raise DataError(f"epoch_order: n must be a whole number, at least 1; got {n!r}")
    keys = draws(Purpose.ORDER, n, seed=seed, epoch=epoch)
    if blocks is None:
        return np.argsort(keys, kind="stable")
    _, first, block = np.unique(blocks, return_index=True, return_inverse=True)
    return np.lexsort((keys, keys[first][block]))


def balanced_order(labels: Array, *, seed: int, epoch: int) -> Array:
    """Return n samples of an epoch, (n,), in which every class of labels (n,) occurs equally often, by one more or less.

    The samples of a class take turns: a large class shows a part of its samples in an epoch, a small one repeats them.

    >>> labels = np.array([0, 0, 0, 0, 0, 1])
    >>> np.bincount(labels[balanced_order(labels, seed=0, epoch=0)]).tolist()
    [3, 3]
    """
    shuffled = epoch_order(len(labels), seed=seed, epoch=epoch)
    classes, group = np.unique(labels, return_inverse=True)
    share, rest = divmod(len(labels), len(classes))
    chosen = []
    for number in range(len(classes)):
        samples = shuffled[group[shuffled] == number]
        chosen.append(np.resize(samples, share + (number < rest)))
    keys = draws(Purpose.SAMPLING, len(labels), seed=seed, epoch=epoch)
    return np.concatenate(chosen)[np.argsort(keys, kind="stable")]
