"""The names of Stanford's course CS231n, over Pellucid's layers: a notebook of assignment 2 runs in front of them unchanged.

    from pellucid.interop import cs231n
    cs231n.install()
    from cs231n.layers import *          # these modules, whatever `cs231n/` folder lies beside the notebook

Functions have the course's signatures, parameter dictionaries (which they update, as there), defaults and use of
`np.random`; caches are opaque. The 2021 forms rule; older ones are accepted where they do not conflict (`dropout`,
`use_batchnorm`, gamma of shape (C,)). Unlike there, no function but the gradient checks touches its arrays. Source: the
course's public handouts, for names and behaviour only.
"""

import importlib
import sys
from types import ModuleType

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
    "classifiers",
    "classifiers.fc_net",
    "classifiers.cnn",
)


def install() -> None:
    """Make `import cs231n` and its modules mean these, also where a folder `cs231n/` or an earlier import would win."""
    ours = {f"cs231n.{name}": importlib.import_module(f"{__name__}.{name}") for name in MODULES}
    uninstall()
    sys.modules["cs231n"] = sys.modules[__name__]
    sys.modules.update(ours)


def uninstall() -> None:
    """Forget every module called `cs231n` or below it, whoever made it; the next import looks at the path again."""
    for name in [name for name in sys.modules if name == "cs231n" or name.startswith("cs231n.")]:
        del sys.modules[name]


def installed() -> bool:
    """Whether `import cs231n` gives these modules now."""
    found: ModuleType | None = sys.modules.get("cs231n")
    return found is sys.modules[__name__]
