"""NetworkRegressor: numbers in their units."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import column_or_1d

from pellucid.data.targets import Numbers, Target
from pellucid.interop.sklearn.estimator import Answers, NetworkEstimator, Run
from pellucid.interop.sklearn.moments import Moments
from pellucid.layers import LOSS_KINDS, checked_loss
from pellucid.nets import Description
from pellucid.shapes import Array, did_you_mean, meant

__all__ = ["NetworkRegressor"]

REGRESSION_LOSSES = tuple(name for name, kind in LOSS_KINDS.items() if kind.takes == "numbers")


class NetworkRegressor(RegressorMixin, NetworkEstimator):
    """A neural network for regression, trained with mini-batches.

    y (n,) or (n, k) is standardized for the network; predictions are in its units. loss: 'mse', 'mae', 'huber' or
    'huber(delta=0.5)'. All other settings are those of `NetworkClassifier`; early stopping follows the validation loss.

    `loss_curve_` is the training loss of each epoch, of standardized y; `validation_scores_` the R2 of the held-out rows after
    each, None without early stopping; `n_iter_` the number of epochs; `model_` the `pellucid.train.Model`.

    >>> X = np.linspace(0, 1, 100)[:, None]
    >>> NetworkRegressor(epochs=20).fit(X, 1000 * X[:, 0]).predict([[0.5]]).round(-2)
    array([500.])
    """

    _y_moments: Moments  # of the columns of y, over all rows seen

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
        loss: str = "mse",
        standardize: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
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
        self.loss = loss

    def __sklearn_tags__(self) -> Any:
        """Say that y may have several columns."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on X (n, d), an array, a sparse matrix or a DataFrame, and numbers y (n,) or (n, k).

        A row of weight 2 counts as two. Starts from new weights unless `warm_start` is set. Raises ValueError.
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one more pass over these rows; X and y are standardized by all rows seen so far."""
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> Array:
        """Return values in the units of y, (n,) or (n, k)."""
        target, scores = self._scores(X, "predict")
        return target.decode(scores)

    def _answers(self, y: Any, names: tuple[str, ...], run: Run) -> Answers:
        if not isinstance(y, np.ndarray):
            raise TypeError(f"{self._who}: y must be dense; got a sparse matrix: give y.toarray()")
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        try:
            return Answers(y.astype(np.float64), names)
        except (TypeError, ValueError):
            raise ValueError(f"{self._who}: y must be numbers; got {y.dtype}, such as {y.ravel()[0]!r}") from None

    def _target(self, values: Array, names: tuple[str, ...], weights: Array | None, run: Run) -> Target:
        moments = Moments.of(values.reshape(len(values), -1), weights)
        if run.goes_on:
            self.model_.target.encode(values, who=f"{self._who}: y")  # refuses another number of columns
            names, moments = self.model_.target.names, self._y_moments.merged(moments)
        else:
            names = Numbers.of(values, names, standardize=False).names
        self._y_moments = moments
        return Numbers(names, tuple(moments.mean.tolist()), tuple(moments.std.tolist()))

    def _loss(self, target: Target) -> str:
        name = self.loss.partition("(")[0] if isinstance(self.loss, str) else ""  # "huber(delta=0.5)"
        if meant(name, REGRESSION_LOSSES) is None:
            hint = did_you_mean(self.loss, REGRESSION_LOSSES)
            raise ValueError(
                f"{self._who}: loss must be one of {', '.join(REGRESSION_LOSSES)}; got {self.loss!r}{hint}"
            )
        return str(checked_loss(self._who, self.loss))
