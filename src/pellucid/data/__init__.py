"""Data: loading, splitting, and turning samples into batches.

What lives here: data sets (`load`: the built-in digits, CIFAR-10, folders of images, .npz files), the split into training,
validation and test sets, standardization, augmentation, and the table of image transforms. A truncated, corrupt or mislabelled
file is refused with its name, the row and the reason (`DataError`).

What does not: networks and training (`nets`, `train`), random masks and initial weights (`layers`, `nets`), and files that hold
anything but data (checkpoints, metrics).

Reading order: dataset, sources, pipeline, augmentation, transforms; then the sources one by one.
"""

from typing import Any

from pellucid.data.augmentation import Augmentation
from pellucid.data.cifar10 import CIFAR10_CLASSES, find_cifar10, load_cifar10
from pellucid.data.dataset import DataError, Dataset, Splits, split
from pellucid.data.digits import load_digits
from pellucid.data.folder import load_folder
from pellucid.data.loading.parquet_rows import ParquetRows
from pellucid.data.npz import load_npz
from pellucid.data.pipeline import Pipeline, balanced_order, epoch_order
from pellucid.data.preparation import Preparation, preparation_from_document
from pellucid.data.sources import load
from pellucid.data.standardization import Standardization
from pellucid.data.tables import TablePreparation, read_table, table_splits
from pellucid.data.transforms import REFERENCE_TRANSFORMS, ImageTransforms
from pellucid.habits import attribute_error

__all__ = [
    "CIFAR10_CLASSES",
    "REFERENCE_TRANSFORMS",
    "Augmentation",
    "DataError",
    "Dataset",
    "ImageTransforms",
    "ParquetRows",
    "Pipeline",
    "Preparation",
    "Splits",
    "Standardization",
    "TablePreparation",
    "balanced_order",
    "epoch_order",
    "find_cifar10",
    "load",
    "load_cifar10",
    "load_digits",
    "load_folder",
    "load_npz",
    "preparation_from_document",
    "read_table",
    "split",
    "table_splits",
]

HABITS = {  # what other libraries have, and what to write here
    "DataLoader": "write fit(data, ...), which takes PyTorch's DataLoader, or arrays",
    "train_test_split": "write split(x, y), or fit(..., validation=0.1)",
    "StandardScaler": "write nothing: fit standardizes images and tables, and remembers how",
    "ImageFolder": "write load_folder(path)",
}


def __getattr__(name: str) -> Any:
    """Raise AttributeError, which says what to write."""
    raise attribute_error("module 'pellucid.data'", name, __all__, HABITS)
