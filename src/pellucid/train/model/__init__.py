"""A trained model, from data to answer: a network, how its inputs are prepared, and what its outputs mean.

What lives here: `Model` and its file, the forms in which users hold inputs, pictures in files, and the recognition of inputs that
were prepared twice or not at all. What does not: training; the trainer makes a model, and `pellucid.load` reads one.
"""

from pellucid.train.model.importance import Importance, permutation_importance
from pellucid.train.model.model import Model
from pellucid.train.model.origin import Origin
from pellucid.train.model.saved import load

__all__ = ["Importance", "Model", "Origin", "load", "permutation_importance"]
