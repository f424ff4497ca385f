"""Data: where it comes from, how it is divided, and how it becomes batches.

Here live data sets (`load`: the digits that come with the package, CIFAR-10, folders of images, .npz files), their division
into training, validation and test parts, standardization, augmentation, and the table of image transforms. Every source
refuses what is truncated, corrupt or mislabelled by name, row and reason (`DataError`).

Not here: networks and training (`nets`, `train`), what a mask or an initial weight draws (`layers`, `nets`), and files that
hold anything but data (checkpoints, metrics).

Reading order: dataset, sources, pipeline, augmentation, transforms; then the sources one by one.
"""

from pellucid.data.augmentation import Augmentation
from pellucid.data.cifar10 import CIFAR10_CLASSES, find_cifar10, load_cifar10
from pellucid.data.dataset import DataError, Dataset, Splits, split
from pellucid.data.digits import load_digits
from pellucid.data.folder import load_folder
from pellucid.data.npz import load_npz
from pellucid.data.pipeline import Pipeline, epoch_order
from pellucid.data.sources import load
from pellucid.data.standardization import Standardization
from pellucid.data.transforms import REFERENCE_TRANSFORMS, ImageTransforms

__all__ = [
    "CIFAR10_CLASSES",
    "REFERENCE_TRANSFORMS",
    "Augmentation",
    "DataError",
    "Dataset",
    "ImageTransforms",
    "Pipeline",
    "Splits",
    "Standardization",
    "epoch_order",
    "find_cifar10",
    "load",
    "load_cifar10",
    "load_digits",
    "load_folder",
    "load_npz",
    "split",
]
