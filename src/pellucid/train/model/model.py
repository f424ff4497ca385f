"""Model: what was trained, from data to answer."""

import importlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data import DataError, Pipeline, Preparation, TablePreparation, preparation_from_document
from pellucid.data.checks import outside
from pellucid.data.lazy import LazyArray
from pellucid.data.loading.stream import Stream
from pellucid.data.targets import Target, target_from_document
from pellucid.habits import attribute_error, known_keywords
from pellucid.kernels import fastest_layers, fastest_transforms
from pellucid.layers import Layers, Loss, checked_loss, loss_name
from pellucid.nets import Network, write_tensors
from pellucid.nets.arguments import SeveralInputs
from pellucid.plan import Plan
from pellucid.progress import job
from pellucid.shapes import Array
from pellucid.train.evaluation import Evaluation, evaluate, first_output
from pellucid.train.model.describing import described_inputs, described_outputs
from pellucid.train.model.inputs import check_all_samples, check_rows, check_samples, inputs_of, raw_samples
from pellucid.train.model.origin import Origin, unlike
from pellucid.train.model.pictures import PictureFiles
from pellucid.train.model.predicted import predicted_columns
from pellucid.train.objective import Monitor, check_target_suits
from pellucid.train.parts import Data, KnownData, labelled_part, several_inputs
from pellucid.train.streaming import samples_from
from pellucid.train.whole_call import ANSWER_HABITS

__all__ = ["Model"]

ROWS_AT_ONCE = 256
HABITS = {  # what others' models have, and what to write here
    "summary": "write model.net.summary()",
    "fit": "write Trainer(model.net).fit(x, y, epochs=10)",
    "eval": "leave it out: a Model only answers",
    "train": "write Trainer(model.net).fit(x, y, epochs=10)",
    "predict_classes": "write model.predict(x)",
    "score": "write model.evaluate(x, y).accuracy",
    "forward": "write model.scores(x)",
    "parameters": "write model.net.params",
    "state_dict": "write model.net.params, or model.save(path)",
    "to": "leave it out: everything runs on the CPU",
    "transform": "write model.predict(x)",
}
NUMBER_METRICS = ("rmse", "mae", "r2")
OF_SEVERAL_NUMBERS = ("rmse_per_output", "r2_per_output", *NUMBER_METRICS)


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network, how its inputs are prepared, and what its outputs mean.

    `trainer.model` after `fit`, or `pellucid.load(path)`. Methods mean what they mean in scikit-learn. Inputs are raw, in the form
    that `fit` took: an array or nested lists (N, ...), a Dataset, Splits (their test part), (inputs, targets), rows of a table, or
    paths of images and of folders of images. Each method raises DataError in words for inputs that the model cannot take.
    """

    net: Network
    target: Target
    preparation: Preparation | None = None  # None: inputs go to the network as they are
    loss: Loss = "softmax"
    label_smoothing: float = 0.0
    origin: Origin = field(default_factory=Origin)
    layers: Layers = field(default_factory=fastest_layers, repr=False)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise attribute_error("Model", name, [*dir(type(self)), *vars(self)], HABITS)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes as text, or of the outputs; `predict` gives the labels as the data had them, 0 for '0'."""
        return tuple(self.target.names)

    def __call__(self, inputs: Any) -> Array:
        """Return what `scores` returns."""
        return self.scores(inputs)

    @known_keywords("Model.predict", ANSWER_HABITS)
    def predict(self, inputs: Any) -> Array:
        """Return the answer for each sample: the label of the likeliest class, or values in the target's units."""
        return self.target.decode(self._scores("predict", inputs))

    @known_keywords("Model.predict_proba", ANSWER_HABITS)
    def predict_proba(self, inputs: Any) -> Array:
        """Return the probability of each class (N, C), in the order of `classes`. Raises DataError where there are none."""
        return self.target.probabilities(self._scores("predict_proba", inputs))

    def predict_columns(self, rows: Any, ids: str | Sequence[str] | None = None) -> dict[str, Array]:
        """Return predictions as columns by name, those of `pellucid predict`: `DataFrame(model.predict_columns(rows))`.

        Of classes "prediction" and "p(cat)", of labels and numbers one for each. Of a table, the columns `ids` come first: unless
        given, those that training left out because they tell rows apart (names, codes).
        """
        return predicted_columns(self.preparation, self.target, self.scores, rows, ids)

    @known_keywords("Model.scores", ANSWER_HABITS)
    def scores(self, inputs: Any) -> Array:
        """Return the network's outputs (N, C) as they are."""
        return self._scores("scores", inputs)

    @known_keywords("Model.evaluate", ANSWER_HABITS)
    def evaluate(
        self,
        data: Data,
        targets: Any = None,
        *,
        metrics: Any = (),
        loss: Loss | None = None,
        sample_weight: Array | None = None,
    ) -> Evaluation:
        """Return loss, accuracy, scores and metrics on labelled data.

        data: a Dataset, Splits (their test part), inputs and targets, or the path of a data set: all of it, unless
        it has a test set of its own or is what the model was trained on (the part held out); of a table alone (a path, a frame),
        all rows; their targets are in the columns that the model was trained to predict. metrics: names or
        functions, as for a Trainer; unless given, numbers are judged by rmse, mae and r2 in their units, several also by
        rmse and r2 of each (`rmse[price]`). loss: another than the one trained with; a model that was loaded only knows the name
        of a loss of one's own: its `loss` is None without this.
        sample_weight (N,): what each row counts in loss, accuracy and metrics; rows that weigh 0 are left out.
        """
        part = replace(labelled_part("evaluate", data, targets, self._known_data()), weights=sample_weight)
        if isinstance(self.preparation, TablePreparation):
            check_rows("evaluate", part.inputs, [column.name for column in self.preparation.columns])
        if isinstance(self.preparation, Pipeline | None):
            check_all_samples("evaluate", part.inputs, self.net.program.inputs)
            self._say_if_unlike(part.inputs[:ROWS_AT_ONCE] if isinstance(part.inputs, LazyArray) else part.inputs)
        samples = samples_from("evaluate", part, self._input_preparation(part.inputs), self.target)
        smoothing = self.label_smoothing if loss is None else 0.0
        measured = self.loss if loss is None else checked_loss("evaluate", loss)
        if loss is not None:
            check_target_suits(self.target, measured, self.net.output_shape[0])
        found = evaluate(self.net, samples, loss=measured, label_smoothing=smoothing, layers=self.layers)
        monitor = Monitor.of(metrics or self._usual_metrics())
        monitor.check(self.target, validated=True)
        values = monitor.measured(self.target, found.scores, found.targets, *samples.own_weights())
        return found._replace(metrics=values, trained_on=self.origin.known.share_of(samples.inputs))

    def _known_data(self) -> KnownData:
        """Return what decides how data to judge are read."""
        is_table = isinstance(self.preparation, TablePreparation)
        return KnownData(self.origin.data, self.net.program.inputs[0], self.origin.targets, is_table)

    def _usual_metrics(self) -> tuple[str, ...]:
        """Return the metrics where none are asked for."""
        if self.target.kind != "numbers":
            return ()
        return NUMBER_METRICS if self.target.outputs == 1 else OF_SEVERAL_NUMBERS

    def save(self, path: str | PathLike[str]) -> None:
        """Write the whole model to one file, from which `pellucid.load` reads it. Raises StorageError."""
        write_tensors(Path(path), self.net.named_tensors(), {"network": self.net.to_document(), "about": self.about()})

    def about(self) -> dict[str, Any]:
        """Return, as JSON, all of the model but its network: `from_document` reads both."""
        return {
            "target": self.target.to_document(),
            "preparation": None if self.preparation is None else self.preparation.to_document(),
            "origin": self.origin.to_document(),
            "loss": loss_name(self.loss),
            "label_smoothing": self.label_smoothing,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Model":
        """Return the model that a file's document describes; its network has initial values."""
        about = document["about"]
        preparation = None if about["preparation"] is None else preparation_from_document(about["preparation"])
        if isinstance(preparation, Pipeline):
            preparation = replace(preparation, transforms=fastest_transforms())
        return cls(
            Network.from_document(document["network"]),
            target_from_document(about["target"]),
            preparation,
            about["loss"],
            about["label_smoothing"],
            Origin.from_document(about["origin"]),
        )

    def export(self, path: str | PathLike[str], *, preprocessing: bool = True) -> str:
        """Write MODEL.onnx or MODEL.keras (with `preprocessing`, raw inputs in), or MODEL.safetensors; return a line about it."""
        exporting = importlib.import_module("pellucid.interop.export")  # a room above: only this method looks up to it
        line: str = exporting.export_model(self, Path(path), preprocessing=preprocessing)
        return line

    def describe(self) -> str:
        """Return what goes in (of a table each column, its kind and range), the network as a table, and what comes out."""
        return "\n".join([self.described_inputs(), self.net.describe(), described_outputs(self.target)])

    def described_inputs(self) -> str:
        """Return what goes in: of a table, each column in a line."""
        return described_inputs(self.preparation, self.origin, self.net.program.inputs)

    def __repr__(self) -> str:
        return self.describe()

    def _scores(self, who: str, inputs: Any) -> Array:
        plan, size, scores = None, 0, []
        for part in self._prepared(who, inputs):
            if plan is None or len(part) > size:  # the first batch is the largest, except of some streams
                size = len(part)
                plan = Plan.inference(self.net, size, layers=self.layers)
            scores.append(first_output(plan.predict(part)))
        if not scores:
            raise DataError(f"{who}: there are no samples")
        return np.concatenate(scores)

    def _raw(self, who: str, inputs: Any) -> Any:
        """Return raw samples that have a length and take slices of rows."""
        shapes = self.net.program.inputs
        if len(shapes) > 1:
            whole = isinstance(inputs, tuple) and len(inputs) == len(shapes) and isinstance(inputs[0], np.ndarray)
            given = several_inputs(who, inputs) if whole else np.empty(0)
            return check_all_samples(who, given, shapes)
        return raw_samples(who, inputs, shapes[0], self.origin)

    def _prepared(self, who: str, inputs: Any) -> Iterator[Array]:
        """Yield network inputs, batch by batch."""
        several = len(self.net.program.inputs) > 1
        preparation, inputs = self.preparation, inputs if several else inputs_of(inputs)
        if isinstance(preparation, TablePreparation):
            check_rows(who, inputs, [column.name for column in preparation.columns])
        if not isinstance(preparation, Pipeline | None):
            for part in slices(inputs, ROWS_AT_ONCE) if isinstance(inputs, LazyArray) else [inputs]:
                yield from slices(preparation.prepare(part), ROWS_AT_ONCE)
            return
        if isinstance(stream := inputs_of(inputs), Stream):
            for batch in stream.batches(ROWS_AT_ONCE, lambda batch, start: batch.inputs):
                yield self._input(check_samples(who, batch, self.net.input_shape))
            return
        raw = self._raw(who, inputs)
        with job("reading images") if isinstance(raw, PictureFiles) else nullcontext(_show_nothing) as show:
            for start in range(0, len(raw), ROWS_AT_ONCE):
                batch = raw[start : start + ROWS_AT_ONCE]
                if start == 0:
                    self._say_if_unlike(batch)
                _warn_if_not_finite(who, batch, start)
                yield self._input(batch)
                show(start + len(batch), len(raw))

    def _input(self, raw: Array) -> Array:
        needed = self._input_preparation(raw)
        return raw if needed is None else needed.prepare(raw)

    def _input_preparation(self, raw: Any) -> Preparation | None:
        """Return the preparation; whole numbers for a network that was trained on floats as they are become floats."""
        if self.preparation is None and isinstance(raw, np.ndarray) and raw.dtype.kind != "f":
            return Pipeline(dtype=self.net.dtype)
        return self.preparation

    def _say_if_unlike(self, raw: Array) -> None:
        """Warn where raw inputs cannot be what the model was trained on: prepared twice, or not at all."""
        if isinstance(raw, SeveralInputs):
            return
        reason = unlike(raw, self.origin, prepared=self.preparation is not None)
        if reason is not None:
            warnings.warn(reason, stacklevel=outside())


def slices(values: Any, size: int) -> Iterator[Any]:
    """Yield `size` rows at a time."""
    return (values[start : start + size] for start in range(0, len(values), size))


def _warn_if_not_finite(who: str, batch: Any, start: int) -> None:
    """Warn of NaN and infinity, whose answers mean nothing, in a batch that begins at row `start`."""
    if not isinstance(batch, np.ndarray) or batch.dtype.kind != "f" or np.isfinite(batch).all():
        return
    place = tuple(map(int, np.argwhere(~np.isfinite(batch))[0]))
    where = f", column {place[1]}" if batch.ndim == 2 else ""
    warnings.warn(
        f"{who}: row {start + place[0]}{where} is {batch[place]}; the answer for it means nothing; correct it or leave it out",
        stacklevel=outside(),
    )


def _show_nothing(done: int, total: int | None) -> None:
    """Samples that are in memory need no progress."""
