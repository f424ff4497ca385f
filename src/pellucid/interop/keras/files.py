"""Files of Keras, `.keras` and `.h5`: their configuration is looked at first, so that nothing of someone else's is executed."""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from pellucid.data import Standardization
from pellucid.data.targets import Numbers
from pellucid.files import check_plain, check_replaceable, expanded
from pellucid.interop import InteropError
from pellucid.interop.keras.building import known_names
from pellucid.interop.keras.reading import LoadedKeras, from_keras, read_with_entry
from pellucid.interop.keras.writing import to_keras
from pellucid.nets import Network

__all__ = ["load", "load_with_entry", "save", "save_model"]

LARGEST = 8 * 2**30  # bytes
LARGEST_CONFIGURATION = 64 * 2**20
MODELS = ("Sequential", "Functional", "Model", "InputLayer")
DATA = (
    "__tensor__",
    "__numpy__",
    "__tuple__",
    "__keras_tensor__",
    "TensorShape",
)  # numbers and shapes in a configuration
SETTINGS = (
    "initializers",
    "regularizers",
    "constraints",
    "dtype_policies",
)  # of Keras: how weights begin, and what holds them
ENDINGS = (".keras", ".h5", ".hdf5")


def load(path: str | os.PathLike[str], input_shape: Any = None) -> Network:
    """Return the network of a `.keras` or `.h5` file, as `from_keras` does of the model in it.

    The file is read through Keras in safe mode, after a look at its configuration: layers that hold code (Lambda), layers and
    functions that are not Keras's own, and layers that have no counterpart are refused, by name, before anything is made.
    Raises InteropError, one line, for these and for what is no such file.
    """
    return from_keras(_model(path), input_shape)


def load_with_entry(path: str | os.PathLike[str]) -> LoadedKeras:
    """Return the network of a file behind what scales its inputs, for training to go on from (see `load`)."""
    return read_with_entry(_model(path))


def _model(path: str | os.PathLike[str]) -> Any:
    if not isinstance(path, (str, os.PathLike)):
        raise InteropError(f"load: path must be that of a .keras or .h5 file; got {type(path).__name__}")
    file = expanded(path)
    if file.suffix not in ENDINGS:
        raise InteropError(f"load: {file} must end in .keras or .h5, by which Keras knows what it is")
    try:
        check_plain(file, limit=LARGEST)
        configuration = _of_archive(file) if file.suffix == ".keras" else _of_h5(file)
        for found in _objects(configuration):
            _check(file, found)
    except OSError as error:
        raise InteropError(f"load: {file} cannot be read ({error.strerror or error})") from None
    try:
        return keras.saving.load_model(str(file), compile=False, safe_mode=True)
    except Exception as error:  # a damaged file makes Keras raise anything
        raise InteropError(f"load: {file} cannot be read by Keras {keras.__version__} ({_line(error)})") from None


def save(
    net: Network,
    path: str | os.PathLike[str],
    standardization: Standardization | None = None,
    units: Numbers | None = None,
) -> None:
    """Write `to_keras(net)` to a `.keras` file, whole or not at all.

    With `standardization` the inputs are raw; with `units` the values that come out are in those of the targets.
    """
    model = to_keras(net)
    if standardization is not None:
        model = _with_entry(model, standardization)
    if units is not None:
        std, mean = (np.asarray(values, np.float64).tolist() for values in (units.std, units.mean))
        scaled = keras.layers.Rescaling(std, mean, name="in_units", dtype=model.outputs[0].dtype)
        model = keras.Model(model.inputs, scaled(model.outputs[0]))
    save_model(model, path)


def _with_entry(model: Any, standardization: Standardization) -> Any:
    """Return a model that standardizes its inputs first."""
    (shape,) = [tuple(symbol.shape[1:]) for symbol in model.inputs]
    mean, std = (np.asarray(array, np.float64) for array in standardization)
    if mean.ndim > 1:  # of each entry, its channels first
        mean, std = np.moveaxis(mean, 0, -1), np.moveaxis(std, 0, -1)
    x = keras.Input(shape, dtype=model.inputs[0].dtype)
    standardize = keras.layers.Rescaling((1 / std).tolist(), (-mean / std).tolist(), name="standardized", dtype=x.dtype)
    return keras.Model(x, model(standardize(x)))


def save_model(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a Keras model to a `.keras` file, whole or not at all."""
    file = expanded(path)
    if file.suffix != ".keras":
        raise InteropError(f"save: {file} must end in .keras")
    check_replaceable(file)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.stem}-") as folder:
        whole = Path(folder) / file.name
        model.save(str(whole))
        os.replace(whole, file)


def _of_archive(file: Path) -> Any:
    """Return the configuration in a `.keras` file, whose members and weights hold nothing unusual."""
    try:
        with zipfile.ZipFile(file) as archive:
            if wrong := [name for name in archive.namelist() if not _is_member(name)]:
                raise InteropError(
                    f"load: {file} holds {wrong[0]!r}, which no layer here needs; nothing of it is unpacked"
                )
            if archive.getinfo("config.json").file_size > LARGEST_CONFIGURATION:
                raise InteropError(f"load: {file} has a configuration of over {LARGEST_CONFIGURATION} bytes")
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise InteropError(f"load: {file} unpacks to over {LARGEST} bytes")
            configuration = json.loads(archive.read("config.json"))
            with h5py.File(BytesIO(archive.read("model.weights.h5")), "r") as weights:
                _check_links(file, weights)
    except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        raise InteropError(f"load: {file} is no whole .keras file ({_line(error)})") from None
    return {name: value for name, value in configuration.items() if name != "compile_config"}


def _is_member(name: str) -> bool:
    return name in ("metadata.json", "config.json", "model.weights.h5", "assets/", "assets")


def _of_h5(file: Path) -> Any:
    """Return the configuration in a whole model's `.h5` file."""
    try:
        with h5py.File(file, "r") as opened:
            _check_links(file, opened)
            text = opened.attrs.get("model_config")
            if text is None:
                raise InteropError(
                    f"load: {file} holds weights alone; make the model, model.load_weights(file), and pass it to from_keras"
                )
            return json.loads(text)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        if isinstance(error, InteropError):
            raise
        raise InteropError(f"load: {file} is no whole .h5 file ({_line(error)})") from None


def _check_links(file: Path, group: Any) -> None:
    """Refuse what stands in other files, which reading would open."""
    for name in group:
        link = group.get(name, getlink=True)
        if isinstance(link, (h5py.ExternalLink, h5py.SoftLink)):
            raise InteropError(
                f"load: {file} refers to another place for {name!r}; only what stands in the file is read"
            )
        item = group[name]
        if isinstance(item, h5py.Group):
            _check_links(file, item)
        elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
            raise InteropError(f"load: {file} keeps {name!r} in another file; only what stands in the file is read")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield everything in a configuration that Keras would make an object of."""
    if isinstance(value, dict):
        if "class_name" in value:
            yield value
        if value.get("class_name") not in DATA:
            for inner in value.values():
                yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _check(file: Path, found: dict[str, Any]) -> None:
    """Refuse an object that is not one of Keras's own that are read."""
    kind, module = found["class_name"], found.get("module")
    config = found.get("config")
    name = config if isinstance(config, str) else (config or {}).get("name") or found.get("name") or kind
    where = f"load: {file}: {name} ({kind})"
    if kind in DATA:
        return
    if kind in ("Lambda", "__lambda__", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer"):
        raise InteropError(f"{where} holds code, which is not run; replace it by layers, or by what it computes")
    own = module is None or module == "keras" or str(module).startswith("keras.")
    if not own or "function" in (kind, found.get("registered_name")):
        raise InteropError(
            f"{where} is not Keras's own, and is not made; load the model yourself (keras.saving.load_model with "
            "custom_objects) and pass it to from_keras"
        )
    if any(getattr(getattr(keras, room), str(kind), None) is not None for room in SETTINGS):
        return
    if kind not in MODELS and kind not in known_names():
        raise InteropError(f"{where}: no layer corresponds to it")


def _line(error: BaseException, most: int = 200) -> str:
    return " ".join(str(error).split())[:most] or type(error).__name__
