"""The lessons that several mistakes teach, each a sentence."""

__all__ = ["AVERAGE", "BIAS", "DIVISOR", "KEEP", "PATHS", "ROOT", "RUNNING", "SCALE"]

BIAS = "The bias is added to every row, so its gradient is the sum over the rows, one number for each output."
AVERAGE = "The loss is the mean over the batch: loss and gradient are each divided by N once."
ROOT = "x_hat = (x - mean) / sqrt(var + eps): eps is added inside the root, once, in training and in test."
RUNNING = "running = momentum * running + (1 - momentum) * sample, with the biased variance."
PATHS = "Mean and variance depend on every sample, so gradient flows back through both."
DIVISOR = "Divide by the number of values that went into the mean."
SCALE = "gamma and beta act on every sample, so their gradients are sums over the samples."
KEEP = "The state of a rule must be written back to config, or the next step starts from nothing."
