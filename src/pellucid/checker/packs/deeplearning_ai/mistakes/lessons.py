"""The lessons that several mistakes teach, each a sentence."""

__all__ = ["AVERAGE", "BIAS", "CHAIN", "COLUMNS", "LAYERS", "PENALTY", "SQUARE", "SUM"]

AVERAGE = "The cost is the mean over the m samples, so every gradient of a parameter is divided by m, once."
BIAS = (
    "The bias is added to every column, so its gradient is the sum over the columns, one number a unit: shape (n, 1)."
)
CHAIN = "By the chain rule the gradient that arrives is multiplied by the local derivative."
COLUMNS = "Samples are columns: W has a row for each unit and a column for each input."
LAYERS = "Parameters are numbered from 1 to L, caches and Python's ranges from 0."
PENALTY = "The penalty lambda / (2m) * sum(W^2) has the gradient lambda / m * W."
SQUARE = "Height and width, or inputs and outputs, are mixed up: equal sizes hide it."
SUM = "A place that is used several times gets the sum of all its gradients."
