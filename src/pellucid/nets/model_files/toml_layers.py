"""A network as a TOML file: a table `[[layer]]` for each layer, with the names that its settings have in Python.

    [[layer]]                          [[layer]]                        # and, of a graph:
    kind = "conv"                      kind = "residual"                [[layer]]
    filters = 8                        [[layer.body]]                   kind = "add"
    kernel = 3                         kind = "relu"                    inputs = ["first", "input"]

"classes" stands for the number of scores that the data needs. A layer reads the one before it, or, in a graph, those that its
`inputs` name: "input" is what goes in, and a layer has the name that `name` gives it. `call = "first"` instead of `kind` calls a
layer again, which shares its parameters. The last layer is the output.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from pellucid.layers import DESCRIPTIONS, Description, Init, Node
from pellucid.nets.graph import Input
from pellucid.nets.model_files.lines import TableLines
from pellucid.nets.network import Network
from pellucid.nets.residual import Residual
from pellucid.nets.storage import StorageError
from pellucid.nets.usual_names import USUAL_NAMES
from pellucid.shapes import ShapeError, did_you_mean, meant

__all__ = ["network_of_toml"]

NOT_IN_FILES = ("Function", "NetworkGraph")
KINDS = {**USUAL_NAMES, "Linear": "Affine"}  # in a table settings have names, so that no number is taken for another
USUAL_SETTINGS = {  # of other libraries, and what they are called here
    **dict.fromkeys(("units", "out_features"), "out"),
    **dict.fromkeys(("out_channels", "channels"), "filters"),
    **{"kernel_size": "kernel", "pool_size": "size", "padding": "pad", "strides": "stride", "epsilon": "eps"},
    **{"negative_slope": "slope", "num_groups": "groups"},
}
OF_GRAPHS = ("name", "inputs", "call")


def network_of_toml(
    path: Path, text: str, input_shape: tuple[int, ...], classes: int, *, seed: int, init: Init
) -> Network:
    """Return the network of a file. Raises ShapeError or StorageError, which name the line."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StorageError(f"{path} is not TOML: {error}") from None
    tables = document.get("layer")
    if (
        not isinstance(tables, list)
        or not all(isinstance(table, dict) for table in tables)
        or set(document) != {"layer"}
    ):
        raise ShapeError(f"{path}: a model is a list of tables [[layer]]; got {', '.join(document) or 'nothing'}")
    reader = _Reader(path, TableLines.of(text), classes, input_shape)
    for place, table in enumerate(tables):
        reader.add(table, (place,))
    if reader.is_graph:
        reader.check_all_used()
        return Network(reader.nodes["input"], reader.last, seed=seed, init=init)
    return Network(reader.layers, input_shape, seed=seed, init=init)


class _Reader:
    """Makes a layer of each table, and calls it on what it reads, so that a misfit is found at its own line."""

    def __init__(self, path: Path, lines: TableLines, classes: int, input_shape: tuple[int, ...]) -> None:
        self.path, self.lines, self.classes = path, lines, classes
        self.last: Node = Input(input_shape)
        self.nodes: dict[str, Node] = {"input": self.last}  # by name
        self.called: dict[str, Description] = {}  # layers, by name
        self.layers: list[Description] = []
        self.places: dict[int, tuple[int, ...]] = {}  # of a node's table, by the number of the node
        self.is_graph = False

    def add(self, table: Mapping[str, Any], place: tuple[int, ...]) -> None:
        """Add the layer of one table."""
        settings = {key: value for key, value in table.items() if key not in OF_GRAPHS}
        self.is_graph |= any(key in table for key in ("inputs", "call"))
        if "call" in table:
            if settings:
                raise self.wrong(place, f"a layer that is called again has no settings; got {min(settings)}")
            layer = self.known(self.called, table["call"], place, "call")
        else:
            layer = self.layer(settings, place)
        read = [self.last]
        if "inputs" in table:
            names = [table["inputs"]] if isinstance(table["inputs"], str) else table["inputs"]
            if not isinstance(names, list) or not names:
                raise self.wrong(place, f"inputs must be a list of names; got {names!r}")
            read = [self.known(self.nodes, name, place, "inputs") for name in names]
        try:
            self.last = layer(*read)
        except ShapeError as error:
            raise self.wrong(place, str(error)) from None
        self.layers.append(layer)
        self.places[self.last.number] = place
        if "name" in table:
            name = table["name"]
            if not isinstance(name, str) or name in self.nodes:
                raise self.wrong(place, f"name must be a text that no layer before it has; got {name!r}")
            self.nodes[name], self.called[name] = self.last, layer

    def layer(self, settings: Mapping[str, Any], place: tuple[Any, ...]) -> Description:
        """Return the description of one table."""
        kind = self.kind(settings.get("kind"), place)
        given = {key: value for key, value in settings.items() if key != "kind"}
        known = {setting.name: setting for setting in fields(kind)}
        name = settings["kind"]
        for key in given:
            if key not in known and key not in kind.other_settings:
                raise self.wrong((*place, key), f"{name} has no setting {key!r}{_instead(key, list(known))}")
        follows = any(key in given for key in kind.other_settings)
        for key, setting in known.items():
            if not follows and key not in given and setting.default is MISSING and setting.default_factory is MISSING:
                raise self.wrong(place, f"{name} needs a setting {key!r}")
        if kind is Residual:
            given = {branch: self.branch(value, (*place, branch)) for branch, value in given.items()}
            return Residual(**given)
        try:
            return kind(**{key: self.value(value) for key, value in given.items()})
        except (ShapeError, TypeError) as error:
            raise self.wrong(place, str(error)) from None

    def kind(self, name: Any, place: tuple[Any, ...]) -> type[Description]:
        """Return the class that a kind means: "conv", "Conv", "max-pool"."""
        known = {key: kind for key, kind in DESCRIPTIONS.items() if key not in NOT_IN_FILES}
        found = meant(name, [*known, *KINDS]) if isinstance(name, str) else None
        if found is None:
            names = sorted(kind.lower() for kind in known)
            hint = did_you_mean(name, names) or f"; the kinds are {', '.join(names)}"
            given = "a layer needs a kind" if name is None else f"there is no kind of layer {name!r}"
            raise self.wrong((*place, "kind"), f"{given}{hint}")
        return known[KINDS.get(found, found)]

    def branch(self, tables: Any, place: tuple[Any, ...]) -> Any:
        """Return the layers of a branch of a residual."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self.wrong(place, f"{place[-1]} must be a list of tables [[layer.{place[-1]}]]; got {tables!r}")
        return [self.layer(table, (*place, number)) for number, table in enumerate(tables)]

    def value(self, value: Any) -> Any:
        """Return a setting in Python's form."""
        if isinstance(value, list):
            return tuple(map(self.value, value))
        return self.classes if value == "classes" else value

    def known(self, names: Mapping[str, Any], name: Any, place: tuple[int, ...], key: str) -> Any:
        """Return what a name means among those before it."""
        if not isinstance(name, str) or name not in names:
            hint = did_you_mean(name, names) or f"; there are {', '.join(names) or 'none'}"
            raise self.wrong((*place, key), f"no layer before it is named {name!r}{hint}")
        return names[name]

    def check_all_used(self) -> None:
        """Raise ShapeError for a layer that the last one does not depend on."""
        reached, waiting = set(), [self.last]
        while waiting:
            node = waiting.pop()
            if node.number not in reached:
                reached.add(node.number)
                waiting += node.inputs
        for number, place in self.places.items():
            if number not in reached:
                raise self.wrong(place, "the last layer does not depend on this one; name it in somebody's inputs")

    def wrong(self, place: tuple[Any, ...], problem: str) -> ShapeError:
        """Return the error at a place: of a table, or of a key in it."""
        return ShapeError(f"{self.path}{self.lines.where(place)}: {problem}")


def _instead(key: str, known: list[str]) -> str:
    """Return what to write instead of a setting that a layer does not have, and all that it has."""
    usual = meant(key, USUAL_SETTINGS)
    own = None if usual is None else USUAL_SETTINGS[usual]
    hint = f"; did you mean {own!r}?" if own in known else did_you_mean(key, known)
    return f"{hint}{' Its' if hint else '; its'} settings are {', '.join(known) or 'none'}"
