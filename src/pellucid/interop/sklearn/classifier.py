"""NetworkClassifier: one class of several, or several labels."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from pellucid.data.targets import Binary, Classes, Multilabel, Target
from pellucid.interop.sklearn.class_weights import balanced_weights, given_weights, shown
from pellucid.interop.sklearn.estimator import Answers, NetworkEstimator, Run
from pellucid.nets import Description
from pellucid.shapes import Array

__all__ = ["NetworkClassifier"]

LABELS_BY_KIND = {"b": "bools", "i": "numbers", "u": "numbers", "f": "numbers"}


class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """A neural network classifier, trained with mini-batches.

    y (n,) holds classes of any type; two classes are told apart by one score, more by one each. y (n, k) of 0 and 1 holds k labels,
    any number of them for a row.

    layers: a named model, or a list of layer descriptions without the last affine layer, which is added. model_options: options of
    the named model, such as {"hidden": (512, 256)}. input_shape: the shape of one sample if the columns of X are the pixels of an
    image, such as (3, 32, 32). standardize: scale columns (of images, channels) to mean 0 and variance 1, by the training rows.
    early_stopping: hold out validation_fraction of the rows, stop after n_iter_no_change epochs without a better validation
    accuracy, and keep the best network. class_weight: None, 'balanced' or a dict by class. warm_start: `fit` goes on from the
    network of the last `fit`. verbose: show progress. random_state determines initial weights, order and dropout.

    `classes_` are the classes; `loss_curve_` is the training loss of each epoch; `validation_scores_` the accuracy on the held-out
    rows after each (of several labels: all correct), None without early stopping; `n_iter_` the number of epochs; `model_` the
    `pellucid.train.Model`.

    >>> X = np.arange(40.0)[:, None]
    >>> NetworkClassifier(epochs=20).fit(X, np.where(X[:, 0] < 20, "low", "high")).predict([[3], [36]]).tolist()
    ['low', 'high']
    """

    classes_: Array
    _class_totals: Array  # (C,) the weight of each class's rows, over all rows seen

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
        warm_start: bool = False,
        verbose: bool = False,
        random_state: Any = 0,
    ) -> None:
        super().__init__(
            layers,
            model_options=model_options,
            input_shape=input_shape,
            epochs=epochs,
            batch_size=batch_size,
            optimizer=optimizer,
            learning_rate=learning_rate,
            reg=reg,
            standardize=standardize,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            warm_start=warm_start,
            verbose=verbose,
            random_state=random_state,
        )
        self.class_weight = class_weight

    def __sklearn_tags__(self) -> Any:
        """Say that y may hold several labels."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on X (n, d), an array, a sparse matrix or a DataFrame, and y: classes (n,), or 0 and 1 (n, k).

        A row of weight 2 counts as two. Starts from new weights unless `warm_start` is set. Raises ValueError.
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one more pass over these rows; X is standardized, and classes balanced, by all rows seen so far.

        The first call needs all `classes`, unless y holds several labels.
        """
        return self._partial_fit(X, y, sample_weight, classes)

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class (n, classes), in the order of `classes_`, or of each label by itself (n, k)."""
        target, scores = self._scores(X, "predict_proba")
        return target.probabilities(scores)

    def decision_function(self, X: Any) -> Array:
        """Return the network's scores: (n,) for two classes, above 0 for the second; otherwise (n, classes) or (n, labels)."""
        target, scores = self._scores(X, "decision_function")
        return scores[:, 0] if isinstance(target, Binary) else scores

    def predict(self, X: Any) -> Array:
        """Return the most likely class of each row (n,), or its labels as 0 and 1 (n, k)."""
        target, scores = self._scores(X, "predict")
        if isinstance(target, Multilabel):
            return target.decode(scores)
        chosen = (scores[:, 0] > 0).astype(int) if isinstance(target, Binary) else scores.argmax(axis=1)
        labels: Array = self.classes_[chosen]
        return labels

    def _answers(self, y: Any, names: tuple[str, ...], run: Run) -> Answers:
        try:
            check_classification_targets(y)
            kind = type_of_target(y, input_name="y")
        except TypeError:
            raise ValueError(f"{self._who}: y must hold labels of one kind, without gaps; it mixes several") from None
        if kind == "multiclass-multioutput":
            raise ValueError(
                f"{self._who}: y has several columns of classes; give one column, or columns of 0 and 1, one for each label"
            )
        several = kind == "multilabel-indicator"
        if run.goes_on and several != isinstance(self.model_.target, Multilabel):
            before = "one class for each row" if several else "columns of 0 and 1"
            raise ValueError(f"{self._who}: y must hold {before}, as in the call before; got {kind} labels")
        if several:
            return self._labels(y, names, run)
        y = column_or_1d(y, warn=True)
        self._find_classes(y, run)
        places = {label: place for place, label in enumerate(self.classes_.tolist())}
        numbers = np.array([places.get(label, -1) for label in y.tolist()])
        if (numbers < 0).any():
            unknown = y[numbers < 0].tolist()[0]
            raise ValueError(
                f"{self._who}: y contains {unknown!r}, which is not one of the classes {shown(self.classes_)}"
            )
        return Answers(numbers, groups=numbers)

    def _labels(self, y: Any, names: tuple[str, ...], run: Run) -> Answers:
        """Return columns of 0 and 1, one for each label."""
        if self.class_weight is not None:
            raise ValueError(f"{self._who}: class_weight needs one class for each row; y holds several labels")
        y = (y if isinstance(y, np.ndarray) else y.toarray()).astype(np.int64)
        if not run.goes_on:
            self.classes_ = np.arange(y.shape[1])
        elif y.shape[1] != len(self.classes_):
            raise ValueError(f"{self._who}: y must have {len(self.classes_)} columns, as before; got {y.shape[1]}")
        return Answers(y, names)

    def _find_classes(self, y: Array, run: Run) -> None:
        """Set `classes_` in a first run. Raises ValueError for classes other than those before, or fewer than two."""
        if run.goes_on:
            if run.classes is not None and not np.array_equal(np.unique(run.classes), self.classes_):
                raise ValueError(
                    f"{self._who}: classes must be those of the first call, {shown(self.classes_)}; "
                    f"got {shown(np.unique(run.classes))}"
                )
            return
        if run.partial and run.classes is None:
            raise ValueError(
                f"{self._who}: the first call of partial_fit needs all classes: partial_fit(X, y, classes=...)"
            )
        found = np.unique(y if run.classes is None else run.classes)
        if len(found) < 2:
            raise ValueError(f"{self._who}: y must hold at least two classes; it has one class, {shown(found)}")
        self.classes_ = found

    def _target(self, values: Array, names: tuple[str, ...], weights: Array | None, run: Run) -> Target:
        if run.goes_on:
            return self.model_.target
        if values.ndim == 2:
            return Multilabel.of(values, names or None)
        kind = LABELS_BY_KIND.get(self.classes_.dtype.kind, "text")
        whole = self.classes_.astype(np.int64) if kind == "numbers" else self.classes_
        named = tuple(str(label) for label in whole.tolist())
        return Binary(named, kind) if len(named) == 2 else Classes(named, kind)

    def _raw(self, values: Array, target: Target) -> Array:
        return values if values.ndim == 2 else np.array(target.names)[values]

    def _row_weights(self, values: Array, weights: Array | None, run: Run) -> Array | None:
        """Return each row's weight: its own times its class's."""
        if values.ndim == 2:
            return weights
        own = np.ones(len(values)) if weights is None else weights
        totals = np.bincount(values, own, minlength=len(self.classes_))
        totals = totals + self._class_totals if run.goes_on else totals
        by_class = self._by_class(totals)
        self._class_totals = totals
        return weights if by_class is None else own * by_class[values]

    def _by_class(self, totals: Array) -> Array | None:
        """Return (C,) the weight of each class, whose rows seen so far weigh `totals`; None where all are 1."""
        if self.class_weight is None:
            return None
        if isinstance(self.class_weight, Mapping):
            return given_weights(self._who, self.class_weight, self.classes_)
        if not isinstance(self.class_weight, str) or self.class_weight != "balanced":
            raise ValueError(
                f"{self._who}: class_weight must be 'balanced', a dict by class, or None; got {self.class_weight!r}"
            )
        return balanced_weights(totals)
