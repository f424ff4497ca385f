"""Interop: exchange of models and code with other projects. Each module imports its framework only where it is used.

What lives here: the names of CS231n (`cs231n`), how each layer goes to other frameworks and comes back (`bridges`), PyTorch
(`torch`), PyTorch's names and layout without PyTorch (`state_dict`), ONNX (`onnx`), scikit-learn (`sklearn`), notebooks
(`notebook`), and the report on an assignment folder (`port`). What does not: layers, kernels, training; everything here only
translates.
"""

__all__ = ["InteropError", "MissingPackage"]


class InteropError(ValueError):
    """A model, file or folder of another project cannot be translated; the message names the problem and the remedy."""


class MissingPackage(InteropError, ModuleNotFoundError):
    """An optional package is not installed; the message is the command that installs it."""

    def __init__(self, who: str, package: str, extra: str) -> None:
        message = f'{who}: {package} is not installed; run pip install "pellucid[{extra}]"'
        ModuleNotFoundError.__init__(self, message, name=package)
