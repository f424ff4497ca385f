"""Interop: other people's code comes in, models go out. Each module imports its framework where it is used.

What lives here: the course's names (`cs231n`), how each layer goes to other frameworks and comes back (`bridges`), PyTorch
(`torch`), PyTorch's names and layout without PyTorch (`state_dict`), ONNX (`onnx`), scikit-learn (`sklearn`), notebooks
(`notebook`), a check of what an assignment folder can be used for as it is (`port`). What does not: layers, kernels, training;
everything here is a translation of those.
"""

__all__ = ["InteropError", "MissingPackage"]


class InteropError(ValueError):
    """A model, a file or a folder of another project cannot be translated; the message names what, and what to do."""


class MissingPackage(InteropError, ModuleNotFoundError):
    """An optional package is not installed; the message is the command that installs it."""

    def __init__(self, who: str, package: str, extra: str) -> None:
        message = f'{who}: {package} is not installed; run pip install "pellucid[{extra}]"'
        ModuleNotFoundError.__init__(self, message, name=package)
