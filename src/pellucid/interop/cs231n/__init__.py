"""The names of Stanford's course CS231n on top of Pellucid's layers: the notebooks of assignments 1 and 2 run unchanged.

    from pellucid.interop import cs231n
    cs231n.install()
    from cs231n.layers import *          # these modules, even with a `cs231n/` folder next to the notebook
    from cs231n.rnn_layers import *      # that folder's own module, since there is none of this name here

Functions have the course's signatures, parameter dictionaries (which they update, as in the course), defaults and use of
`np.random`; caches are opaque. Names and defaults are those of 2021; older forms are accepted where they do not conflict
(`dropout`, `use_batchnorm`, gamma of shape (C,)). Unlike in the course, only the gradient checks modify their input arrays.
Source: the course's public handouts, for names and behaviour only.
"""

import importlib
import sys
from types import ModuleType

from pellucid.interop.cs231n.beside import FINDER, own_name

__all__ = ["MODULES", "install", "uninstall"]

MODULES = (
    "layers",
    "fast_layers",
    "im2col",
    "im2col_cython",
    "layer_utils",
    "optim",
    "solver",
    "gradient_check",
    "data_utils",
    "vis_utils",
    "features",
    "classifiers",
    "classifiers.fc_net",
    "classifiers.cnn",
    "classifiers.k_nearest_neighbor",
    "classifiers.linear_svm",
    "classifiers.softmax",
    "classifiers.linear_classifier",
    "classifiers.neural_net",
)


def install() -> None:
    """Make `import cs231n` import these modules, even if a folder `cs231n/` or an earlier import would take precedence.

    What such a folder has and Pellucid has not is imported from there: modules, and names in a file of the same name.
    """
    ours = {f"cs231n.{name}": importlib.import_module(f"{__name__}.{name}") for name in MODULES}
    uninstall()
    sys.modules["cs231n"] = sys.modules[__name__]
    sys.modules.update(ours)
    for name, module in {"cs231n": sys.modules[__name__], **ours}.items():
        vars(module)["__getattr__"] = own_name(name)
    sys.meta_path.append(FINDER)


def uninstall() -> None:
    """Remove `cs231n` and all its modules from `sys.modules`; the next import searches the path again."""
    for name in [name for name in sys.modules if name == "cs231n" or name.startswith("cs231n.")]:
        module = sys.modules.pop(name)
        if module.__name__.startswith(__name__):
            _forget(module)
    while FINDER in sys.meta_path:
        sys.meta_path.remove(FINDER)


def _forget(module: ModuleType) -> None:
    """Take from one of our modules what came from the learner's folder."""
    vars(module).pop("__getattr__", None)
    for name, value in list(vars(module).items()):
        if isinstance(value, ModuleType) and value.__name__.startswith("cs231n."):
            delattr(module, name)


def installed() -> bool:
    """Whether `import cs231n` currently imports these modules."""
    found: ModuleType | None = sys.modules.get("cs231n")
    return found is sys.modules[__name__]
