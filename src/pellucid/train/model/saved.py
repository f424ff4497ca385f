"""A model read from disk: a file that `Model.save` wrote, or the best network of a run's folder."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import Pipeline, Standardization
from pellucid.data.decode import SUFFIXES
from pellucid.data.tables.reading import TABLE_SUFFIXES
from pellucid.data.targets import Classes
from pellucid.files import expanded
from pellucid.nets import StorageError, read_tensors
from pellucid.train.checkpoint import CheckpointFolder
from pellucid.train.model.model import Model
from pellucid.train.model.origin import Origin

__all__ = ["load"]

_TABLE = ("a table", "pellucid.data.table_splits(path, target=...) reads it, for fit")
_DATA = ("data", "pellucid.data.load(path) reads it, for fit; Model.predict takes paths of images")
_TORCH = ("a file of PyTorch", "load it there, and pellucid.interop.torch.from_torch(module) takes the network over")
_ONNX = ("an ONNX file", "pellucid.interop.onnx.load(path) reads it, `pellucid train --from FILE` goes on from it")
_KERAS = ("a file of Keras", "pellucid.interop.keras.load(path) reads it, `pellucid train --from FILE` goes on from it")
_OTHERS = {  # what files of other kinds are, and what reads them
    **dict.fromkeys(TABLE_SUFFIXES, _TABLE),
    **dict.fromkeys((".npz", *SUFFIXES), _DATA),
    **dict.fromkeys((".pt", ".pth", ".pkl"), _TORCH),
    ".onnx": _ONNX,
    **dict.fromkeys((".keras", ".h5", ".hdf5"), _KERAS),
}


def load(path: str | PathLike[str]) -> Model:
    """Return the model of a run's folder (its best epoch), or of a file that `Model.save` wrote.

    >>> import pellucid  # doctest: +SKIP
    >>> pellucid.load("runs/digits-1").predict(["three.png"])  # doctest: +SKIP
    array(['3'], dtype='<U1')

    Raises StorageError, in words, for anything else.
    """
    found = expanded(path)
    if found.is_dir():
        file = CheckpointFolder(found).best_path
        if not file.exists():
            raise StorageError(
                f"{found} contains no trained network ({file.name}); train one with `pellucid train --out {found}`"
            )
    elif found.exists():
        file = found
    else:
        raise StorageError(f"{found} does not exist; expected a run folder, or a file written by Model.save")
    arrays, document = _tensors(file)
    model = Model.from_document(document | {"about": _about(file, document)})
    model.net.adopt(arrays, str(file))
    return model


def _tensors(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a file holds. Raises StorageError; for a file of another kind, with what reads it."""
    try:
        return read_tensors(file)
    except StorageError:
        if (instead := _OTHERS.get(file.suffix.lower())) is None:
            raise
    what, how = instead
    raise StorageError(f"{file} is no model that Model.save wrote: it seems to be {what}; {how}")


def _about(path: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the file says beside the network; what 0.1.0 wrote is put into today's form."""
    about: dict[str, Any] = document.get("about", {})
    if "target" in about:
        return about
    if missing := {"classes", "mean", "std", "white", "data"} - set(about):
        raise StorageError(
            f"{path} holds a network without {', '.join(sorted(missing))}: it was not written by `pellucid train`, "
            "fit(folder=...) or Model.save; pellucid.Network.load can read its network"
        )
    pipeline = Pipeline(Standardization(np.array(about["mean"]), np.array(about["std"])))
    return {
        "target": Classes(tuple(about["classes"])).to_document(),
        "preparation": pipeline.to_document(),
        "origin": Origin(about["data"], about.get("size"), about["white"], pixels=True).to_document(),
        "loss": about["loss"],
        "label_smoothing": about["label_smoothing"],
    }
