"""What both estimators share: the settings, and how `fit` and `partial_fit` use a trainer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from pellucid.data import Pipeline, Preparation, Standardization, TablePreparation
from pellucid.data.tables import DataTable
from pellucid.data.targets import Target
from pellucid.data.targets.raw import names_of
from pellucid.interop.sklearn.inputs import at_rows, checked_inputs, checked_pair, has_other_columns, moments_of
from pellucid.interop.sklearn.moments import Moments
from pellucid.kernels import fastest_transforms
from pellucid.nets import MODELS, Affine, Description, Network, build
from pellucid.optim import OPTIMIZERS, Optimizer
from pellucid.shapes import Array, check_whole, did_you_mean, meant
from pellucid.train import History, Model, Origin, Trainer

__all__ = ["Answers", "NetworkEstimator"]


class Answers(NamedTuple):
    """What y of a `fit` means, row by row."""

    values: Array  # (N,) or (N, K): class numbers, 0 and 1, or numbers
    names: tuple[str, ...] = ()  # of the outputs, where y has them
    groups: Array | None = None  # (N,) kept in proportion where rows are held out


class Run(NamedTuple):
    """What is asked for."""

    goes_on: bool  # from the network that there is
    partial: bool = False  # one pass over some of the rows
    classes: Any = None  # all that there will be, where they are given


class NetworkEstimator(BaseEstimator):
    """A network that is trained with mini-batches. Subclasses say what y means: `_answers`, `_target`, `_raw`, `_row_weights`."""

    trainer_: Trainer
    seed_: int
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    _moments: Moments | None  # of the columns of X, over all rows seen; None where they are not standardized here

    def __init__(
        self,
        layers: str | Sequence[Description] = "fully-connected",
        *,
        model_options: Mapping[str, Any] | None = None,
        input_shape: tuple[int, ...] | None = None,
        epochs: int = 50,
        batch_size: int = 32,
        optimizer: str = "adam",
        learning_rate: float = 3e-3,
        reg: float = 0.0,
        standardize: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        verbose: bool = False,
        random_state: Any = 0,
    ) -> None:
        self.layers = layers
        self.model_options = model_options
        self.input_shape = input_shape
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.reg = reg
        self.standardize = standardize
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Say that X may be sparse."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def model_(self) -> Model:
        """What was trained: `model_.save(path)`, `model_.describe()`; it takes samples of `input_shape`."""
        return replace(
            self.trainer_.model, origin=Origin()
        )  # rows unlike those of training are asked for on purpose here

    @property
    def network_(self) -> Network:
        """The network that was trained."""
        return self.trainer_.net

    @property
    def n_iter_(self) -> int:
        """The number of epochs since the network was new."""
        return len(self.loss_curve_)

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Train for `epochs` passes, with new weights unless `warm_start` goes on from those there are."""
        goes_on = bool(self.warm_start) and hasattr(self, "trainer_")
        return self._learn(X, y, sample_weight, Run(goes_on))

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        """Train for one pass."""
        if self.early_stopping:
            raise ValueError(f"{self._who}: partial_fit holds out no rows; it needs early_stopping=False")
        run = Run(hasattr(self, "trainer_"), partial=True, classes=classes)
        if not run.goes_on and has_other_columns(X):
            raise ValueError(
                f"{self._who}: partial_fit cannot know all categories from the first rows; call fit first, or encode the columns"
            )
        return self._learn(X, y, sample_weight, run)

    def _learn(self, X: Any, y: Any, sample_weight: Any, run: Run) -> Self:
        """Check everything, begin or go on, train, and keep the curves."""
        names = names_of(y)
        as_table = self._has_table if run.goes_on else has_other_columns(X)
        inputs, y = checked_pair(self, X, y, as_table=as_table, reset=not run.goes_on, shape=self.input_shape)
        answers = self._answers(y, names, run)
        weights = _weights(self._who, sample_weight, inputs)
        counted = np.arange(len(inputs)) if weights is None else np.flatnonzero(weights)
        seed = self.seed_ if run.goes_on else int(check_random_state(self.random_state).randint(2**31 - 1))
        rows, held = self._split(counted, answers.groups, seed)
        judged = None if held is None or weights is None else weights[held]  # as in `score`
        weights = None if weights is None else weights[rows]
        training, values = at_rows(inputs, rows), answers.values[rows]
        in_loss = self._row_weights(values, weights, run)
        target, preparation = self._start(training, values, answers.names, weights, seed, run)
        history = self.trainer_.fit(
            (training, self._raw(values, target)),
            1 if run.partial else self.epochs,
            validation=None
            if held is None
            else (at_rows(inputs, held), self._raw(answers.values[held], target), judged),
            patience=None if held is None else check_whole(self._who, "n_iter_no_change", self.n_iter_no_change),
            pipeline=preparation,
            sample_weight=in_loss,
            progress=bool(self.verbose),  # a grid search fits many times
            doctor=bool(self.verbose),
        )
        self._keep(history, run)
        if history.interrupted:  # by Ctrl-C, which must also end a search; what was learned so far is kept
            raise KeyboardInterrupt
        return self

    def _scores(self, X: Any, method: str) -> tuple[Target, Array]:
        """Return what the network's outputs mean, and the outputs (N, outputs)."""
        check_is_fitted(self, "trainer_")
        inputs = checked_inputs(self, X, as_table=self._has_table, reset=False, shape=self.input_shape)
        with self.trainer_.stepper.unchanged(f"{self._who}.{method}"):
            model = self.model_
            return model.target, model.scores(inputs)

    def _split(self, rows: Array, groups: Array | None, seed: int) -> tuple[Array, Array | None]:
        """Return the rows to train on, and those held out for early stopping."""
        if not self.early_stopping:
            return rows, None
        stratify = None if groups is None else groups[rows]
        train, held = train_test_split(rows, test_size=self.validation_fraction, random_state=seed, stratify=stratify)
        return train, held

    def _start(
        self, inputs: Any, values: Array, names: tuple[str, ...], weights: Array | None, seed: int, run: Run
    ) -> tuple[Target, Preparation]:
        """Set the trainer for a run on these rows; return what outputs mean and how inputs are prepared."""
        moments = None if isinstance(inputs, DataTable) or not self.standardize else moments_of(inputs, weights)
        if run.goes_on and moments is not None and self._moments is not None:
            moments = self._moments.merged(moments)
        preparation = self._preparation(inputs, moments, run)
        target = self._target(values, names, weights, run)
        if run.goes_on:
            net = self.network_
        else:
            shape = preparation.sample_shape if isinstance(preparation, TablePreparation) else inputs.shape[1:]
            net = self._network(shape, target.outputs, seed)
        trainer = self._trainer(net, target, seed)
        if run.goes_on and _settings(trainer) == _settings(self.trainer_):
            optimizer, trainer = trainer.optimizer, self.trainer_  # its moments and its count of epochs
            trainer.optimizer, trainer.target = optimizer, target
        self.trainer_, self.seed_, self._moments = trainer, seed, moments
        return target, preparation

    def _preparation(self, inputs: Any, moments: Moments | None, run: Run) -> Preparation:
        """Return how inputs become those of the network: by the rows seen so far, those of a table by the first `fit`."""
        if isinstance(inputs, DataTable):
            if self.input_shape is not None:
                raise ValueError(f"{self._who}: input_shape must be None for a table, whose columns make the inputs")
            before = self.model_.preparation if run.goes_on else None
            return before if isinstance(before, TablePreparation) else TablePreparation.of(inputs)
        if moments is None:
            return Pipeline()
        if not np.isfinite(moments.std).all():
            column = int(np.argmin(np.isfinite(moments.std)))
            raise ValueError(
                f"{self._who}: column {column} of X is too large to scale; divide it, or take its logarithm"
            )
        shape = inputs.shape[1:]
        if len(shape) == 3:  # images: one mean a channel
            moments, shape = moments.pooled(shape[0]), shape[:1]
        standardization = Standardization(moments.mean.reshape(shape), moments.std.reshape(shape))
        return Pipeline(standardization, transforms=fastest_transforms())

    def _network(self, shape: tuple[int, ...], outputs: int, seed: int) -> Network:
        if not isinstance(self.layers, str):
            return Network([*self.layers, Affine(outputs)], shape, seed=seed)
        name = meant(self.layers, MODELS)
        if name is None:
            raise ValueError(
                f"{self._who}: layers must be one of {', '.join(MODELS)}, or a list; got {self.layers!r}"
                f"{did_you_mean(self.layers, MODELS)}"
            )
        return build(name, shape, outputs, seed=seed, **(self.model_options or {}))

    def _trainer(self, net: Network, target: Target, seed: int) -> Trainer:
        name = meant(self.optimizer, OPTIMIZERS) if isinstance(self.optimizer, str) else None
        if name is None:
            raise ValueError(
                f"{self._who}: optimizer must be one of {', '.join(OPTIMIZERS)}; got {self.optimizer!r}"
                f"{did_you_mean(self.optimizer, OPTIMIZERS)}"
            )
        optimizer: Optimizer = OPTIMIZERS[name](learning_rate=self.learning_rate)
        return Trainer(
            net,
            optimizer,
            batch_size=self.batch_size,
            reg=self.reg,
            seed=seed,
            target=target,
            loss=self._loss(target),
            metrics=["r2"] if target.kind == "numbers" else [],
        )

    def _keep(self, history: History, run: Run) -> None:
        """Add a run to the curves: the training loss of each epoch, and what validation scored."""
        losses, scores = (self.loss_curve_, self.validation_scores_ or []) if run.goes_on else ([], [])
        found: list[Any] = [epoch.metrics.get("val_r2", epoch.val_accuracy) for epoch in history.epochs]
        self.loss_curve_ = [*losses, *history.train_loss]
        self.validation_scores_ = [*scores, *found] if self.early_stopping else None

    @property
    def _who(self) -> str:
        return type(self).__name__

    @property
    def _has_table(self) -> bool:
        return isinstance(self.model_.preparation, TablePreparation)

    # What subclasses decide.

    def _answers(self, y: Any, names: tuple[str, ...], run: Run) -> Answers:
        """Check y, and keep the classes of a first run."""
        raise NotImplementedError

    def _target(self, values: Array, names: tuple[str, ...], weights: Array | None, run: Run) -> Target:
        """Return what the outputs mean."""
        raise NotImplementedError

    def _raw(self, values: Array, target: Target) -> Array:
        """Return rows of `Answers.values` as the target reads them."""
        return values

    def _row_weights(self, values: Array, weights: Array | None, run: Run) -> Array | None:
        """Return each row's weight in the loss, (N,), or None."""
        return weights

    def _loss(self, target: Target) -> str:
        """Return the name of the loss."""
        return target.default_loss


def _settings(trainer: Trainer) -> tuple[Any, ...]:
    """Return what cannot be changed in a trainer: the kind of its optimizer, and what its plan is made for."""
    return type(trainer.optimizer), trainer.batch_size, trainer.reg, trainer.loss


def _weights(who: str, sample_weight: Any, inputs: Any) -> Array | None:
    """Return (N,) float64, or None. Raises ValueError unless they are finite and not negative, one of them above 0."""
    if sample_weight is None:
        return None
    weights: Array = _check_sample_weight(sample_weight, inputs, dtype=np.float64)
    if (weights < 0).any():
        row = int(np.argmax(weights < 0))
        raise ValueError(f"{who}: sample_weight must not be negative; row {row} weighs {weights[row]:g}")
    if not weights.any():
        raise ValueError(f"{who}: sample_weight must be above 0 for at least one row; all are 0")
    return weights
