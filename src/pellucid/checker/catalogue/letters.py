"""The letters that codes begin with, and what they stand for."""

__all__ = ["LETTERS", "OF_ANY_LAYER"]

LETTERS = {
    "AF": "linear layers",
    "AC": "activations",
    "BN": "batch norm",
    "LN": "layer norm",
    "GN": "group and instance norm",
    "RN": "RMS norm",
    "DO": "dropout",
    "CV": "convolution",
    "PL": "pooling",
    "EM": "embedding",
    "AT": "attention",
    "RC": "recurrent networks",
    "LO": "losses",
    "KN": "k-nearest neighbours",
    "OP": "update rules",
    "NT": "networks: regularization, modes, wiring",
    "GR": "what is wrong with a gradient, by its structure",
    "IN": "wrong only for some inputs, or after other calls",
    "CR": "code that does not run",
    "HZ": "hazards",
}
OF_ANY_LAYER = ("GR", "IN", "CR", "HZ")
