"""Interop: other people's code comes in, models go out. Each module imports its framework where it is used.

What lives here: the course's names (`cs231n`), PyTorch (`torch`), PyTorch's names and layout without PyTorch (`state_dict`), ONNX
(`onnx`), scikit-learn (`sklearn`), notebooks (`notebook`), what of an assignment folder can be used as it is (`port`). What
does not: layers, kernels, training; everything here is a translation of those.
"""

__all__ = ["InteropError"]


class InteropError(ValueError):
    """A model, a file or a folder of another project cannot be translated; the message names what, and what would do."""
