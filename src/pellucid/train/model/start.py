"""What a fine-tuning starts from: a run, a saved model or network, an ONNX or Keras file, or weights by PyTorch's names."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pellucid.data import Pipeline, Standardization, preparation_from_document
from pellucid.nets import Network, StorageError, read_tensors, write_tensors
from pellucid.shapes import Array, ShapeError
from pellucid.train.checkpoint import CheckpointFolder

__all__ = ["Start", "save_start", "start_from"]


class Start(NamedTuple):
    """A network to go on from, and how its inputs were standardized, where the source says so."""

    net: Network
    standardization: Standardization | None


def start_from(
    source: str, build: Callable[[], Network], input_shape: tuple[int, ...], outputs: int, *, new_head: bool, seed: int
) -> Start:
    """Return the network of a source for samples of this shape and so many scores; nothing in it is frozen.

    source: a run folder, MODEL.safetensors, MODEL.onnx, MODEL.keras (or .h5), or WEIGHTS.safetensors by PyTorch's names, which fill
    the network that `build` makes. new_head: put a new affine layer in place of the last. Raises StorageError or ShapeError, in
    words.
    """
    path = Path(source).expanduser()
    found = _read(path, build, new_head=new_head)
    net = found.net
    if net.program.inputs != (input_shape,):
        shapes = ", ".join(map(str, net.program.inputs))
        raise ShapeError(f"--from {source}: its network takes samples of shape {shapes}; the data has {input_shape}")
    if new_head:
        net = net.replace_head(outputs, seed=seed)
    elif net.output_shape != (outputs,):
        raise ShapeError(
            f"--from {source}: its network gives {net.output_shape} for each sample, and the data needs ({outputs},); "
            "add --new-head"
        )
    net.frozen = frozenset()
    return found._replace(net=net)


def save_start(start: Start, path: Path) -> None:
    """Write what `start_from` reads again, so that a run can be repeated from its folder alone."""
    document: dict[str, Any] = {"network": start.net.to_document()}
    if start.standardization is not None:
        document["standardization"] = {name: array.tolist() for name, array in start.standardization._asdict().items()}
    write_tensors(path, start.net.named_tensors(), document)


def _read(path: Path, build: Callable[[], Network], *, new_head: bool) -> Start:
    if path.suffix == ".onnx":
        return _standardized(importlib.import_module("pellucid.interop.onnx").load(path))
    if path.suffix in (".keras", ".h5", ".hdf5"):
        return _standardized(importlib.import_module("pellucid.interop.keras").load_with_entry(path))
    file = CheckpointFolder(path).best_path if path.is_dir() else path
    if not file.exists():
        raise StorageError(f"--from {path}: it does not exist, or is a folder without a trained network")
    if not _is_ours(file):
        return Start(_filled(build(), file, new_head=new_head), None)
    arrays, document = read_tensors(file)
    if "network" not in document:
        raise StorageError(f"--from {path}: it contains no network")
    net = Network.from_document(document["network"])
    net.adopt(arrays, str(file))
    return Start(net, _standardization(document))


def _is_ours(file: Path) -> bool:
    """Whether a safetensors file is one of Pellucid's, by its metadata. Raises StorageError where it is no such file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(file), framework="numpy") as opened:
            return "document" in (opened.metadata() or {})
    except (OSError, SafetensorError) as error:
        if file.suffix == ".py":
            raise StorageError(
                f"--from {file}: it takes trained weights (.safetensors, .onnx, .keras, or a run folder), not code; a network "
                f"written in Python is --model {file.name}:FUNCTION"
            ) from None
        raise StorageError(f"--from {file}: it cannot be read as safetensors ({error})") from None


def _standardization(document: dict[str, Any]) -> Standardization | None:
    if "standardization" in document:
        return Standardization(**{name: np.array(values) for name, values in document["standardization"].items()})
    about = document.get("about", {})
    if about.get("preparation") is not None:
        preparation = preparation_from_document(about["preparation"])
        return preparation.standardization if isinstance(preparation, Pipeline) else None
    return Standardization(np.array(about["mean"]), np.array(about["std"])) if {"mean", "std"} <= set(about) else None


def _filled(net: Network, file: Path, *, new_head: bool) -> Network:
    """Return the network with weights by PyTorch's names; a head that is to be replaced keeps its own."""
    state_dict = importlib.import_module("pellucid.interop.state_dict")  # a room above: only fine-tuning looks up to it
    from safetensors.numpy import load_file

    arrays: dict[str, Array] = load_file(str(file))
    if new_head:
        head = next((o.home for o in reversed(net.program.trained) if o.params), "")
        arrays = {name: array for name, array in arrays.items() if not name.startswith(f"{head}.")}
        arrays |= {name: array for name, array in state_dict.state_dict(net).items() if name.startswith(f"{head}.")}
    state_dict.adopt_state_dict(net, arrays)
    return net


def _standardized(loaded: Any) -> Start:
    """Return a network that another program made, and what scales and shifts its inputs as their standardization."""
    if loaded.shift is None and loaded.scale is None:
        return Start(loaded.net, None)
    channels = loaded.net.input_shape[0]
    mean, std = (
        np.broadcast_to(np.ravel(fallback if array is None else array), channels).astype(np.float64)
        for array, fallback in ((loaded.shift, 0.0), (loaded.scale, 1.0))
    )
    return Start(loaded.net, Standardization(mean, std))
