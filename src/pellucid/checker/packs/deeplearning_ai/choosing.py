"""Which function a name stands for in a file: the courses call different functions by the same name in different exercises.

Told by the arguments, by the function's own statements and by what else the file defines. Where none of these decides, every
meaning is accepted: a wrong guess must not make a correct function wrong. What fits no function of the pack is not judged.
"""

import re
from collections.abc import Callable, Mapping

from pellucid.checker.asking.pack import Options

__all__ = [
    "arguments_like",
    "cost_meaning",
    "has_two_layers",
    "is_of_numpy",
    "leaving_out",
    "pooling_has_size",
    "returns_cache",
    "softmax_meaning",
    "starts_with",
]

Fits = Callable[[str, Options], bool]
Meaning = Mapping[str, str]
RECURRENT = ("rnn_cell_forward", "lstm_cell_forward", "rnn_forward", "lstm_forward", "sample", "rnn_step_forward")
BASICS = ("image2vector", "normalize_rows", "normalizeRows", "L1", "L2", "sigmoid_derivative")
DEEP = ("linear_forward", "L_model_forward", "L_model_backward", "initialize_parameters_deep", "linear_backward")
MINI_BATCHES = (
    "random_mini_batches",
    "update_parameters_with_adam",
    "initialize_adam",
    "update_parameters_with_momentum",
)
FRAMEWORKS = re.compile(r"\b(?:tf|torch|K|keras)\.")


def is_of_numpy(name: str, options: Options) -> bool:
    """Say whether a function is written in NumPy, as far as its own statements show."""
    return not FRAMEWORKS.search(options.statements.get(name, ""))


def arguments_like(*patterns: str, least: int = 0, most: int = 99) -> Fits:
    """Return a test: the function's first arguments match the patterns, and it has so many. Unknown arguments fit."""

    def fits(name: str, options: Options) -> bool:
        arguments = options.arguments.get(name)
        if not is_of_numpy(name, options):
            return False
        if not arguments:  # `f = g`: nothing is known
            return arguments is None
        enough = max(least, len(patterns)) <= len(arguments) <= most
        return enough and all(
            re.fullmatch(one, got, re.IGNORECASE) for one, got in zip(patterns, arguments, strict=False)
        )

    return fits


def starts_with(pattern: str, *, least: int, most: int) -> Fits:
    """Return a test of the first argument's name and the number of arguments."""
    return arguments_like(pattern, least=least, most=most)


def leaving_out(fits: Fits, *words: str) -> Fits:
    """Return a test that a function also fails if its statements contain one of the words."""

    def stricter(name: str, options: Options) -> bool:
        text = options.statements.get(name, "")
        return fits(name, options) and not any(re.search(rf"\b{word}\b", text) for word in words)

    return stricter


def has_two_layers(name: str, options: Options) -> bool:
    """Say whether a function may be that of exactly two layers: it names W2, and the file is not that of deep networks."""
    return _names(name, options, "W2", "b2") and not _defines(options, DEEP)


def softmax_meaning(options: Options) -> Meaning:
    """Return what a softmax over the columns means: the recurrent exercises have that one, the basics one over the rows."""
    if _defines(options, RECURRENT):
        return {"softmax-of-columns": "usual"}
    is_of_rows = not options.arguments or _defines(options, BASICS)
    return {"softmax-of-columns": "unwanted"} if is_of_rows else {}


def cost_meaning(options: Options) -> Meaning:
    """Return what a cost means that is not divided by m: with mini-batches, the sum over an epoch is divided later."""
    return {"cost-not-divided": "usual"} if _defines(options, MINI_BATCHES) else {"cost-not-divided": "unwanted"}


def returns_cache(options: Options) -> Meaning:
    """Accept an activation that returns its input too, as the deep network's exercise hands it out."""
    return {"returns-its-input-too": "usual"}


def pooling_has_size(name: str, options: Options) -> bool:
    """Say whether a pooling is of NumPy, with its settings in one dictionary."""
    return is_of_numpy(name, options) and len(options.arguments.get(name, ("A_prev", "hparameters"))) in (2, 3)


def _defines(options: Options, names: tuple[str, ...]) -> bool:
    return any(name in options.arguments for name in names)


def _names(name: str, options: Options, *words: str) -> bool:
    return all(re.search(rf"\b{word}\b", options.statements.get(name, "")) for word in words)
