"""scikit-learn: a network as a classifier, for pipelines, grid searches and cross-validation.

NetworkClassifier("fully-connected", epochs=20).fit(x, y).predict(x)
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.kernels import fastest_layers
from pellucid.metrics.probabilities import softmax
from pellucid.nets import MODELS, Description, Network, build
from pellucid.optim import OPTIMIZERS
from pellucid.shapes import Array
from pellucid.train import Trainer
from pellucid.train.readers.watching import ignore

__all__ = ["NetworkClassifier"]


class NetworkClassifier(ClassifierMixin, BaseEstimator):
    """A neural network classifier trained with mini-batches.

    layers: a named model, or a list of layer descriptions without the last affine layer, which is added for the classes found.
    model_options: options of the named model, such as {"hidden": (512, 256)}. input_shape: the shape of one sample if the columns
    of X are the pixels of an image, such as (3, 32, 32). standardize: scale columns to mean 0 and variance 1. early_stopping:
    hold out validation_fraction of the rows, stop after n_iter_no_change epochs without improvement and keep the best network.
    class_weight: None, 'balanced' or weights by class. random_state determines initial weights, order and dropout.
    """

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
        class_weight: Any = None,
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
        self.class_weight = class_weight
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows X (n, d) and labels y (n,) of any type, starting from new weights."""
        x, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self._begin(x, np.unique(y), sample_weight)
        weights = self._weights(x, y, sample_weight)
        labels = np.searchsorted(self.classes_, y)
        inputs = self._inputs(x)
        if len(self.classes_) == 1:
            self.n_iter_ = 0
            return self
        validation, patience = None, None
        if self.early_stopping:
            rows, held = train_test_split(
                np.arange(len(y)), test_size=self.validation_fraction, random_state=self.seed_, stratify=labels
            )
            validation, patience = (inputs[held], labels[held]), self.n_iter_no_change
            inputs, labels = inputs[rows], labels[rows]
            weights = None if weights is None else weights[rows]
        history = self.trainer_.fit(
            (inputs, labels),
            self.epochs,
            validation=validation,
            patience=patience,
            sample_weight=weights,
            on_event=ignore,  # a grid search fits many times
        )
        self.n_iter_ = len(history.epochs)
        self.loss_curve_ = history.train_loss
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one more pass over these rows. The first call needs all `classes` if y does not contain them all."""
        first = not hasattr(self, "network_")
        x, y = validate_data(self, X, y, dtype=[np.float64, np.float32], reset=first)
        check_classification_targets(y)
        if first:
            self._begin(x, np.unique(y if classes is None else classes), sample_weight)
        if unknown := sorted(set(np.unique(y).tolist()) - set(self.classes_.tolist())):
            raise ValueError(
                f"partial_fit: y contains {unknown[0]!r}, which is not one of the classes {self.classes_.tolist()}"
            )
        if len(self.classes_) > 1:
            labels = np.searchsorted(self.classes_, y)
            weights = self._weights(x, y, sample_weight)
            self.trainer_.fit((self._inputs(x), labels), 1, sample_weight=weights, on_event=ignore)
        return self

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class (n, classes), in the order of `classes_`."""
        check_is_fitted(self, "network_")
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        with self.trainer_.stepper.unchanged("NetworkClassifier.predict"):
            return softmax(self.network_.predict(self._inputs(x), layers=fastest_layers()))

    def predict(self, X: Any) -> Array:
        """Return the most likely class of each row (n,)."""
        probability = self.predict_proba(X)
        return self.classes_[probability.argmax(axis=1)]

    def _begin(self, x: Array, classes: Array, sample_weight: Any) -> None:
        """Set classes, standardization and a network with new weights."""
        self.classes_ = classes
        self.seed_ = int(check_random_state(self.random_state).randint(2**31 - 1))
        shape = (x.shape[1],) if self.input_shape is None else tuple(self.input_shape)
        if int(np.prod(shape)) != x.shape[1]:
            raise ValueError(f"NetworkClassifier: input_shape {shape} does not match the {x.shape[1]} columns of X")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(
                f"NetworkClassifier: optimizer must be one of {', '.join(OPTIMIZERS)}; got {self.optimizer!r}"
            )
        weighted = np.ones(len(x), bool) if sample_weight is None else np.asarray(sample_weight) > 0
        rows = x[weighted] if weighted.shape == (len(x),) and weighted.any() else x
        self.mean_ = rows.mean(axis=0) if self.standardize else np.zeros(x.shape[1])
        spread = rows.std(axis=0) if self.standardize else np.ones(x.shape[1])
        self.scale_ = np.where(spread > 1e-12 * np.abs(self.mean_), spread, 1.0)
        count = max(2, len(classes))
        if isinstance(self.layers, str):
            if self.layers not in MODELS:
                raise ValueError(
                    f"NetworkClassifier: layers must be one of {', '.join(MODELS)}, or a list; got {self.layers!r}"
                )
            self.network_ = build(self.layers, shape, count, seed=self.seed_, **(self.model_options or {}))
        else:
            from pellucid.nets import Affine

            self.network_ = Network([*self.layers, Affine(count)], shape, seed=self.seed_)
        if len(classes) == 1:  # nothing to learn: always predict that class
            self.network_.params.flat[:] = 0
            self.network_.params[next(reversed(self.network_.program.operations[-1].params))][0] = 100
        optimizer = OPTIMIZERS[self.optimizer](learning_rate=self.learning_rate)
        self.trainer_ = Trainer(self.network_, optimizer, batch_size=self.batch_size, reg=self.reg, seed=self.seed_)

    def _inputs(self, x: Array) -> Array:
        standardized = ((x - self.mean_) / self.scale_).astype(np.float32)
        return standardized.reshape(len(x), *self.network_.input_shape)

    def _weights(self, x: Array, y: Array, sample_weight: Any) -> Array | None:
        """Return each row's weight: the sample's times its class's."""
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, x, dtype=np.float64)
        if self.class_weight is None:
            return weights
        by_class = self.class_weight
        if isinstance(by_class, Mapping):
            of = np.array([by_class.get(c, 1.0) for c in self.classes_.tolist()])
        else:
            present = np.unique(y)
            of = np.ones(len(self.classes_))
            of[np.searchsorted(self.classes_, present)] = compute_class_weight(by_class, classes=present, y=y)
        rows = of[np.searchsorted(self.classes_, y)]
        return rows if weights is None else weights * rows
