"""Inputs in the forms in which users hold them, as raw samples that can be read batch by batch."""

import os
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.data import DataError, Dataset, Splits
from pellucid.data.lazy import LazyArray
from pellucid.data.loading.indexed import IndexedSamples, is_indexed
from pellucid.data.loading.stream import Stream, is_stream
from pellucid.data.tables import TableSplits, is_table
from pellucid.nets.arguments import SeveralInputs
from pellucid.shapes import Array
from pellucid.train.model.origin import Origin
from pellucid.train.model.pictures import PictureFiles, files_in, fitted_picture, is_picture
from pellucid.train.parts import as_numbers

__all__ = ["check_all_samples", "check_rows", "check_samples", "inputs_of", "raw_samples"]


def raw_samples(who: str, given: Any, shape: tuple[int, ...], origin: Origin) -> "Array | LazyArray | PictureFiles":
    """Return raw samples, of the given shape each, that have a length and take slices of rows.

    given: an array, nested lists, pictures of PIL, or paths of images and of folders of images. Raises DataError in words
    where the samples have another shape or are no numbers.
    """
    white = 255.0 if origin.white is None else origin.white
    if is_picture(given) or (isinstance(given, Sequence) and len(given) and all(map(is_picture, given))):
        pictures = [given] if is_picture(given) else given
        return np.stack([fitted_picture(picture, shape, white, as_folder=white == 255) for picture in pictures])
    if isinstance(given, (str, os.PathLike)) or _all_paths(given):
        paths = [given] if isinstance(given, (str, os.PathLike)) else list(given)
        return PictureFiles(files_in(paths), shape, white, as_folder=white == 255)
    return check_samples(who, given if isinstance(given, LazyArray) else as_numbers(who, given), shape)


def inputs_of(given: Any) -> Any:
    """Return the inputs alone of what `fit` and `evaluate` take with targets; of Splits, those of the test part."""
    if isinstance(given, Splits | TableSplits):
        given = given.test
    if isinstance(given, Iterator):
        given = _listed_paths(given)
    if isinstance(given, Dataset):
        return given.images
    if isinstance(given, (list, tuple, str, os.PathLike, np.ndarray, LazyArray)) or is_table(given):
        return given[0] if isinstance(given, tuple) and len(given) == 2 and not _all_paths(given) else given
    if is_indexed(given) and not hasattr(given, "__array__"):
        return IndexedSamples(given)
    return Stream(given, bare=True) if is_stream(given) and not hasattr(given, "__array__") else given


def check_rows(who: str, given: Any, names: Sequence[str]) -> None:
    """Raise DataError where a model of tables, with columns of these names, is given anything else."""
    if isinstance(given, (LazyArray, str, os.PathLike)) or is_table(given):
        return
    listed = ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "")
    raise DataError(
        f"{who}: the model was trained on a table; give rows with its columns, {listed}: a DataFrame, a dict of columns, "
        f"a list of dicts or a path; got {type(given).__name__}"
    )


def check_all_samples(who: str, samples: Any, shapes: Sequence[tuple[int, ...]]) -> Any:
    """Return samples for a network with inputs of these shapes. Raises DataError where they have other shapes."""
    given = samples.arrays if isinstance(samples, SeveralInputs) else (samples,)
    if isinstance(samples, SeveralInputs) != (len(shapes) > 1) or len(given) != len(shapes):
        several = f"the network has {len(shapes)} inputs: give a tuple of as many arrays for x, as in ((a, b), y)"
        one = f"the network has one input, and x is a tuple of {len(given)} arrays"
        raise DataError(f"{who}: {f'{several}; got {len(given)}' if len(shapes) > 1 else one}")
    for array, shape in zip(given, shapes, strict=True):
        check_samples(who, array, shape)
    return samples


def check_samples(who: str, samples: Any, shape: tuple[int, ...]) -> Any:
    """Return samples (N, *shape). Raises DataError, with the cure where there is one, for samples of another shape."""
    if samples.ndim and samples.shape[1:] == shape:
        return samples
    expected = ", ".join(map(str, ("N", *shape)))
    cure = ""
    if samples.shape == shape:
        cure = "; this is one sample: give inputs[None]"
    elif len(shape) == 3 and samples.shape == (*shape[1:], shape[0]):
        cure = "; this is one picture, and channels come first: give inputs.transpose(2, 0, 1)[None]"
    elif len(shape) == 3 and samples.ndim == 4 and samples.shape[1:] == (*shape[1:], shape[0]):
        cure = "; channels come first: give inputs.transpose(0, 3, 1, 2)"
    elif samples.ndim > 1 and np.prod(samples.shape[1:]) == np.prod(shape):
        cure = f"; reshape them with inputs.reshape(-1, {', '.join(map(str, shape))})"
    elif len(shape) == 3 and samples.ndim == 3 and samples.shape[2] in (1, 3, 4):
        cure = (
            f"; this seems to be one picture (H, W, C); PIL.Image.fromarray(inputs) or a path is resized to {shape[1:]}"
        )
    raise DataError(f"{who}: the network takes samples of shape ({expected}); got {samples.shape}{cure}")


def _listed_paths(given: Iterator[Any]) -> Any:
    """Return an iterator of paths or pictures, such as `folder.glob("*.png")`, as a list; other iterators as they are."""
    name = getattr(given, "__name__", type(given).__name__)
    first = next(given, None)
    if first is None:
        raise DataError(f"{name}: there are no samples")
    if isinstance(first, (str, os.PathLike)) or is_picture(first):
        return [first, *given]
    whole: Any = _joined(first, given)
    whole.__name__ = name  # for messages
    return whole


def _joined(first: Any, rest: Iterator[Any]) -> Generator[Any, None, None]:
    yield first
    yield from rest


def _all_paths(given: Any) -> bool:
    return isinstance(given, Sequence) and len(given) > 0 and all(isinstance(g, (str, os.PathLike)) for g in given)
