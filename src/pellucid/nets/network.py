"""Network: parameters, running statistics, and the loss with its gradients."""

import fnmatch
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.habits import KnownKeywords, attribute_error
from pellucid.layers import REFERENCE, Affine, Description, Init, Layers, Loss, Node, Parameter
from pellucid.layers.description import check_init
from pellucid.memory import require_memory
from pellucid.nets import execute
from pellucid.nets.architecture import (
    check_document,
    from_document,
    graph_from_document,
    graph_to_document,
    to_document,
)
from pellucid.nets.arguments import Inputs, checked_dtype, checked_inputs, checked_name, checked_shape
from pellucid.nets.graph import NetworkGraph, as_description, chain_graph, graph_of, inner_arrays
from pellucid.nets.initialise import first_value
from pellucid.nets.lowering import Program, lower
from pellucid.nets.named_arrays import NamedArrays, Slot
from pellucid.nets.storage import StorageError, copy_arrays, read_tensors, write_tensors
from pellucid.nets.summary import table_of_layers
from pellucid.shapes import Array, ShapeError, check_number, check_whole

__all__ = ["Network", "ParameterRange", "TrainingPass"]


KEYWORDS = {
    "device": "leave it out: everything runs on the CPU",
    "in_shape": "write input_shape=...",
    **dict.fromkeys(("random_state", "random_seed"), "write seed=..."),
    **dict.fromkeys(("optimizer", "loss", "lr"), "write Trainer(net, Adam(learning_rate=...), loss=...)"),
}
HABITS = {  # what others' networks have, and what to write here
    **dict.fromkeys(
        ("parameters", "named_parameters", "weights", "get_weights"), "write net.params, which maps names to arrays"
    ),
    "set_weights": "write net.params[name] = array",
    "state_dict": "write net.params and net.state, or net.save(path)",
    "load_state_dict": "write Network.load(path), or pellucid.interop.torch for PyTorch's arrays",
    **dict.fromkeys(("eval", "train"), "leave it out: net(x) is inference, and only a Trainer's steps train"),
    **dict.fromkeys(("to", "cuda", "cpu"), "leave it out: everything runs on the CPU, in Network(dtype=...)"),
    "forward": "write net(x)",
    "backward": "write loss, grads = net.loss(x, y)",
    "zero_grad": "leave it out: net.loss returns new gradients",
    "compile": "write Trainer(net, Adam(), loss=..., metrics=...)",
    "fit": "write Trainer(net).fit(x, y, epochs=10)",
    "evaluate": "write trainer.evaluate(x, y) after Trainer(net).fit",
    **dict.fromkeys(
        ("predict_proba", "predict_classes"), "write trainer.model.predict_proba(x), or predict(x), after fit"
    ),
    **dict.fromkeys(("add", "append"), "write all layers into one list: Network([...], input_shape)"),
    "requires_grad_": "write net.freeze('conv*')",
}


class TrainingPass(NamedTuple):
    """What one forward and backward pass on a batch gives. Nothing in it is changed by a later call."""

    loss: float  # with the regularisation term
    scores: Array  # (N, C)
    grads: NamedArrays  # of every parameter
    state: Mapping[str, Array]  # the running statistics as this batch would move them
    dx: Inputs  # (N, ...) gradient of the input; a tuple where there are several


@dataclass(frozen=True)
class ParameterRange:
    """A run of the flat buffer that learns, and whether decay applies to it."""

    start: int
    stop: int
    decays: bool


class Network(KnownKeywords):
    """A list of layer descriptions, or a graph of them, with its parameters.

    >>> from pellucid.nets import Affine, ReLU
    >>> net = Network([Affine(5), ReLU(), Affine(3)], input_shape=(4,), seed=0)
    >>> loss, grads = net.loss(np.zeros((2, 4), np.float32), np.array([0, 2]))
    >>> round(loss, 4), grads["affine1.weight"].shape
    (1.0986, (4, 5))

    params: name -> array (`conv1.weight`); `net.params[name] = a` copies into place. state: running statistics, in the same way.
    Both are views of one flat buffer each, weights first. `init` is 'he', 'xavier' or a standard deviation; a layer's
    own setting takes precedence.

    A graph is given by its inputs and its outputs, `Network(inputs, outputs)`, as nodes (see `nets/graph.py`). Several inputs are
    passed as a tuple of arrays. The loss is that of the first output; `predict` returns a tuple where there are several. A network
    may be a layer of another, which starts with a copy of its arrays: `network1.conv1.weight`, or `name.conv1.weight`.
    """

    _habits = KEYWORDS
    _hint_at_values = "; layers are one list: Network([Affine(10), ReLU()], input_shape)"

    def __init__(
        self,
        layers: Sequence[Description] | NetworkGraph | Node | Sequence[Node],
        input_shape: Sequence[int] | Node | Sequence[Node] = (),
        *,
        seed: int = 0,
        init: Init = "he",
        dtype: npt.DTypeLike = np.float32,
        name: str = "",
    ) -> None:
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**64:
            raise ShapeError(f"Network: seed must be a whole number from 0 to 2**64 - 1; got {seed!r}")
        check_init("Network", "none" if init is None else init)
        self.dtype = checked_dtype(dtype)
        self.seed = int(seed)
        self.init = init
        self.name = checked_name(name)
        self.graph = _graph(layers, input_shape, self.name)  # None: a list of layers
        self.layers: tuple[Description, ...]
        if self.graph is None:
            self.program: Program = lower(layers, checked_shape(input_shape))  # type: ignore[arg-type]
            self.layers = tuple(map(as_description, layers))  # type: ignore[arg-type]
        else:
            self.program, self.layers = lower(self.graph), self.graph.layers
        graph = self.graph or chain_graph(self.layers, self.input_shape, self.name)
        self.as_layer = replace(graph, arrays=self)  # what stands for it in another network
        self.frozen: frozenset[str] = frozenset()
        declared = self.program.params
        entries = sum(math.prod(parameter.shape) for parameter in declared.values())
        require_memory("Network: its parameters", entries * self.dtype.itemsize, "use smaller layers")
        weights_first = sorted(declared, key=lambda name: not declared[name].decays)
        self.params = NamedArrays({name: _slot(declared[name]) for name in weights_first}, self.dtype)
        self.state = NamedArrays({name: _slot(p) for name, p in self.program.state.items()}, self.dtype)
        for number, (name, parameter) in enumerate(declared.items()):
            self.params[name] = first_value(parameter, init, seed=self.seed, number=number)
        for name, parameter in self.program.state.items():
            self.state[name] = first_value(parameter, init, seed=self.seed, number=0)
        for group, name, array, frozen in inner_arrays(self.program.networks):
            (self.params if group == "params" else self.state)[name] = array
            self.frozen |= {name} if frozen else frozenset()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise attribute_error("Network", name, dir(type(self)), HABITS)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The input shape for one sample; of the first input where there are several."""
        return self.program.input_shape

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The output shape for one sample: (classes,) for a classifier; of the first output where there are several."""
        return self.program.output_shape

    def __call__(self, *x: Any) -> Any:
        """Return the value that this network makes of nodes, as a layer of a larger one; of arrays, what `predict` returns."""
        if any(isinstance(value, Node) for value in x):
            return self.as_layer(*x)
        return self.predict(x if len(x) > 1 else x[0])

    def loss(
        self,
        x: Inputs,
        y: Array,
        *,
        loss: Loss = "softmax",
        label_smoothing: float = 0.0,
        reg: float = 0.0,
        weights: Array | None = None,
        step: int = 0,
        layers: Layers = REFERENCE,
    ) -> tuple[float, NamedArrays]:
        """Return the training loss on a batch and the gradient of every parameter.

        x (N, *input_shape); y what the loss takes: labels (N,), or numbers (N, C). loss is a name in `layers.LOSSES`, or a function
        (scores, targets) -> (loss, dscores); reg adds
        0.5 * reg * sum(w**2) over weights, never biases or normalisation parameters; weights (N,) are the rows' weights;
        step, with the network's seed, fixes the dropout masks. Changes nothing: batch norm uses the batch's own statistics and
        the running ones stay. In your own training loop, update them with `net.state.update(net.training_pass(x, y).state)`;
        `Trainer` does.
        """
        done = self.training_pass(
            x, y, loss=loss, label_smoothing=label_smoothing, reg=reg, weights=weights, step=step, layers=layers
        )
        return done.loss, done.grads

    def training_pass(
        self,
        x: Inputs,
        y: Array,
        *,
        loss: Loss = "softmax",
        label_smoothing: float = 0.0,
        reg: float = 0.0,
        weights: Array | None = None,
        step: int = 0,
        layers: Layers = REFERENCE,
    ) -> TrainingPass:
        """Run forward, loss and backward on a batch; see `loss` for the arguments."""
        inputs = self.checked_inputs("loss", x)
        if len(self.output_shape) != 1:
            raise ShapeError(
                f"Network.loss: the network must end in one score per class; its output shape is {self.output_shape}"
            )
        check_number("Network.loss", "reg", reg, minimum=0)
        trace = execute.forward_training(self.program, self.params, inputs, layers=layers, seed=self.seed, step=step)
        value, dscores = execute.loss_of(
            trace.out, y, loss=loss, label_smoothing=label_smoothing, weights=weights, layers=layers
        )
        state = execute.new_state(self.program, self.state, trace.caches, self.frozen)
        by_name, dx = execute.backward(self.program, dscores, trace.caches, layers=layers)
        grads = self.params.like()
        for name, gradient in by_name.items():
            grads[name] = gradient
        if reg:
            stop = self.weights_stop
            value += 0.5 * reg * float((self.params.flat[:stop].astype(np.float64) ** 2).sum())
            grads.flat[:stop] += reg * self.params.flat[:stop]
        for name in self.frozen & set(self.params):
            grads[name][...] = 0
        return TrainingPass(value, trace.out, grads, state, dx)

    def predict(self, x: Inputs, *, batch_size: int = 256, layers: Layers = REFERENCE) -> Any:
        """Return the scores (N, C) at inference: running statistics, nothing dropped. `.argmax(axis=1)` are the classes.

        x is what the network reads. After a `fit` of pixels or tables that is what they were prepared to be: ask the trainer or its
        model, which prepare raw inputs.
        Of a graph with several outputs, a tuple of arrays.
        """
        inputs = self.checked_inputs("predict", x)
        check_whole("Network.predict", "batch_size", batch_size)
        parts = [
            execute.forward_inference(
                self.program,
                self.params,
                self.state,
                tuple(array[i : i + batch_size] for array in inputs),
                layers=layers,
            )
            for i in range(0, len(inputs[0]), batch_size)
        ]
        outputs = tuple(
            np.concatenate([part[place] for part in parts])
            if parts
            else np.empty((0, *self.program.shape_of(value)), self.dtype)
            for place, value in enumerate(self.program.outputs)
        )
        return outputs if len(outputs) > 1 else outputs[0]

    def checked_inputs(self, who: str, x: Inputs) -> tuple[Array, ...]:
        """Return the arrays of a batch in the network's dtype, one for each input, or raise ShapeError."""
        return checked_inputs(who, x, self.program.inputs, self.dtype)

    @property
    def weights_stop(self) -> int:
        """Where, in the flat buffer, the parameters that decay end."""
        return sum(slot.size for name, slot in self.params.slots.items() if self.program.params[name].decays)

    def learning_ranges(self) -> tuple[ParameterRange, ...]:
        """Return the ranges of the flat buffer that an update changes, weights separately.

        They hold all that is not frozen, except what the first output, whose loss is minimized, does not depend on.
        """
        ranges: list[ParameterRange] = []
        reached = {name for operation in self.program.trained for name in operation.params}
        for name, (start, stop) in self.params.ranges.items():
            decays = self.program.params[name].decays
            if name in self.frozen or name not in reached:
                continue
            if ranges and ranges[-1].stop == start and ranges[-1].decays == decays:
                ranges[-1] = ParameterRange(ranges[-1].start, stop, decays)
            else:
                ranges.append(ParameterRange(start, stop, decays))
        return tuple(ranges)

    def freeze(self, *patterns: str) -> None:
        """Freeze parameters and running statistics, by name: `net.freeze("conv*", "batchnorm1.*")`."""
        self.frozen |= self._matching(patterns)

    def unfreeze(self, *patterns: str) -> None:
        """Let them learn again: `net.unfreeze("*")`."""
        self.frozen -= self._matching(patterns)

    def replace_head(self, classes: int, *, seed: int | None = None) -> "Network":
        """Return a new network for `classes` classes: the last affine layer new, every other array copied, none frozen."""
        learning = [operation for operation in self.program.trained if operation.params]
        head = learning[-1] if learning else None
        places = [place for place, layer in enumerate(self.layers) if head is not None and layer is head.description]
        if head is None or not places or not isinstance(head.description, Affine):
            raise ShapeError("Network.replace_head: the network must end in an affine layer of its own")
        new = Affine(classes, init=head.description.init)
        layers = (*self.layers[: places[-1]], new, *self.layers[places[-1] + 1 :])
        net = Network(
            layers if self.graph is None else replace(self.graph, layers=layers),
            self.input_shape if self.graph is None else (),
            seed=self.seed if seed is None else seed,
            init=self.init,
            dtype=self.dtype,
            name=self.name,
        )
        net.frozen = frozenset()
        for name in self.params:
            if name not in head.params:
                net.params[name] = self.params[name]
        net.state.update(self.state)
        return net

    def describe(self) -> str:
        """Return a table: layer, output shape, parameters, multiply-adds for one sample."""
        return table_of_layers(self.program, self.params)

    def summary(self) -> None:
        """Print the table that `describe` returns."""
        print(self.describe())

    def __repr__(self) -> str:
        return f"Network of {len(self.program.operations)} operations, {self.params.flat.size:,} parameters\n{self.describe()}"

    def save(self, path: str | PathLike[str]) -> None:
        """Write the network to a safetensors file: layers, parameters, running statistics, frozen names."""
        write_tensors(Path(path), self.named_tensors(), {"network": self.to_document()})

    @classmethod
    def load(cls, path: str | PathLike[str], *, layers: Sequence[Description] | None = None) -> "Network":
        """Read a network that `save` wrote. `layers` replaces the file's if these hold a Function (code is not saved)."""
        arrays, document = read_tensors(Path(path))
        if "network" not in document:
            raise StorageError(f"cannot read {path}: it contains no network")
        net = cls.from_document(document["network"], layers=layers)
        net.adopt(arrays, str(path))
        return net

    def to_document(self) -> dict[str, Any]:
        """Return, as JSON, what `from_document` builds the network from (with initial values)."""
        if self.graph is None:
            built = {"layers": to_document(self.layers), "input_shape": list(self.input_shape)}
        else:
            built = {"graph": graph_to_document(self.graph)}
        return {
            **built,
            **({"name": self.name} if self.name else {}),
            "seed": self.seed,
            "init": self.init,
            "dtype": self.dtype.name,
            "frozen": sorted(self.frozen),
        }

    @classmethod
    def from_document(cls, saved: Mapping[str, Any], *, layers: Sequence[Description] | None = None) -> "Network":
        """Build the network that `save` described, with initial values. Raises StorageError where keys are missing or wrong."""
        check_document(saved)
        structure: Any = layers
        if "graph" in saved:
            structure = graph_from_document(saved["graph"], layers=layers)
        elif layers is None:
            structure = from_document(saved["layers"])
        net = cls(
            structure,
            saved.get("input_shape", ()),
            seed=saved["seed"],
            init=saved["init"],
            dtype=saved["dtype"],
            name=saved.get("name", ""),
        )
        net.frozen = frozenset(saved["frozen"])
        return net

    def named_tensors(self) -> dict[str, Array]:
        """Return every parameter as `params/NAME` and every running statistic as `state/NAME`."""
        return {f"params/{name}": a for name, a in self.params.items()} | {
            f"state/{name}": a for name, a in self.state.items()
        }

    def adopt(self, arrays: Mapping[str, Array], source: str) -> None:
        """Copy in what `named_tensors` gave. Raises StorageError where names or shapes differ; then nothing is copied."""
        copy_arrays(arrays, self.named_tensors(), source)

    def _matching(self, patterns: Sequence[str]) -> frozenset[str]:
        names = [*self.params, *self.state]
        found: set[str] = set()
        for pattern in patterns:
            matched = fnmatch.filter(names, pattern)
            if not matched:
                raise ShapeError(f"Network: no parameter is named {pattern!r}; there are {', '.join(names)}")
            found.update(matched)
        return frozenset(found)


def _graph(structure: Any, outputs: Any, name: str) -> NetworkGraph | None:
    """Return the graph that a network is given as, between nodes or as it is; None where it is given as a list of layers."""
    if isinstance(structure, NetworkGraph):
        return replace(structure, name=name)
    first = structure[0] if isinstance(structure, (list, tuple)) and structure else structure
    return graph_of(structure, outputs, name) if isinstance(first, Node) else None


def _slot(parameter: Parameter) -> Slot:
    return Slot(parameter.shape, parameter.memory or tuple(range(len(parameter.shape))))
