"""Keras runs on whichever of its backends is installed, as everywhere in these tests."""

import contextlib

with contextlib.suppress(ModuleNotFoundError):
    import pellucid.interop.keras  # noqa: F401 (chooses the backend before anything imports Keras)
