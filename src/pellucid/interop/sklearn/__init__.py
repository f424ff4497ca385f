"""scikit-learn: networks as estimators, for pipelines, searches and cross-validation.

    NetworkClassifier(epochs=20).fit(X, y).predict(X)         one class of several, or several labels (columns of 0 and 1)
    NetworkRegressor(epochs=20).fit(X, y).predict(X)          one number or several, in the units of y

What lives here: scikit-learn's conventions around a `Trainer` and the `Model` that it makes. What does not: training, targets and
the preparation of tables, which are the library's. Reading order: inputs, moments, estimator, classifier, regressor.
"""

from pellucid.interop.sklearn.classifier import NetworkClassifier
from pellucid.interop.sklearn.regressor import NetworkRegressor

__all__ = ["NetworkClassifier", "NetworkRegressor"]
