"""A file that describes a network, whichever kind it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pellucid.layers import Init
from pellucid.nets.model_files.python_function import network_of_function
from pellucid.nets.model_files.toml_layers import network_of_toml
from pellucid.nets.network import Network
from pellucid.nets.storage import StorageError
from pellucid.shapes import ShapeError

__all__ = ["ModelFile"]


@dataclass(frozen=True)
class ModelFile:
    """A TOML file of layers, or a function in a Python file."""

    path: Path
    function: str = ""  # of a Python file

    @staticmethod
    def is_one(name: str) -> bool:
        """Whether a name means a file, and not a named model."""
        return re.search(r"\.toml$|\.py(:\w*)?$", name) is not None

    @classmethod
    def of(cls, name: str) -> "ModelFile":
        """Return the file that a name means: "net.toml", or "net.py:build"."""
        path, function = name.rsplit(":", 1) if re.search(r"\.py:\w*$", name) else (name, "")
        return cls(Path(path).expanduser(), function)

    def __str__(self) -> str:
        return f"{self.path}:{self.function}" if self.function else str(self.path)

    @property
    def stem(self) -> str:
        """What a run folder is named after: the file's name without its ending."""
        return self.path.stem

    def at(self, path: Path) -> "ModelFile":
        """Return the same function of a file in another place."""
        return replace(self, path=path)

    def content(self) -> bytes:
        """Return what the file holds. Raises StorageError where it cannot be read."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise StorageError(f"cannot read the model {self.path}: {error.strerror or error}") from None

    def network(self, input_shape: Sequence[int], classes: int, *, seed: int = 0, init: Init = "he") -> Network:
        """Return the network for samples of this shape and so many scores.

        A network that the function builds itself keeps its own seed and initialisation. Raises StorageError for a file that
        cannot be read, ShapeError for one that does not describe a network for these data; each in one line, which names the line.
        """
        shape, text = tuple(input_shape), self._text()
        if self.path.suffix == ".toml":
            net = network_of_toml(self.path, text, shape, classes, seed=seed, init=init)
        else:
            net = network_of_function(self.path, text, self.function, shape, classes, seed=seed, init=init)
        if net.program.inputs != (shape,):
            raise ShapeError(f"{self}: its network takes samples of shape {net.program.inputs}; the data has {shape}")
        if net.output_shape != (classes,):
            raise ShapeError(
                f"{self}: its network gives {net.output_shape} for each sample, and the data needs ({classes},); "
                f"end it with an affine layer of {classes} outputs (`classes`)"
            )
        return net

    def _text(self) -> str:
        try:
            return self.content().decode("utf-8")
        except UnicodeDecodeError:
            raise StorageError(f"cannot read the model {self.path}: it is not text in UTF-8") from None
