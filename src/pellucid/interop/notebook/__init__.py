"""Notebooks: networks, plans, histories, runs, gradient checks and checker reports as tables and pictures; live curves
during `fit`; cells that run in a separate process.

    import pellucid        trainer.fit(data, epochs=5)        %%isolated --memory 2000

`import pellucid` in a notebook registers all of it; in any other IPython, use `%load_ext pellucid`. `%unload_ext pellucid` stops
the curves. Works in Jupyter and VS Code. Needs the extra [notebook].
"""

from pellucid.interop.notebook.displays import html_of, register_displays
from pellucid.interop.notebook.isolated import Ended, run_isolated
from pellucid.interop.notebook.live import LiveCurves

__all__ = ["Ended", "LiveCurves", "html_of", "load_extension", "register_displays", "run_isolated", "unload_extension"]


def load_extension(shell: object) -> None:
    """Register displays, live curves and magics with a running IPython shell: what `%load_ext pellucid` does."""
    from pellucid.interop.notebook.isolated import isolated_magic
    from pellucid.train.readers.watching import watch_with

    register_displays(shell)
    watch_with(LiveCurves)
    shell.user_ns.setdefault("LiveCurves", LiveCurves)  # type: ignore[attr-defined]
    shell.register_magic_function(isolated_magic(shell), "cell", "isolated")  # type: ignore[attr-defined]


def unload_extension() -> None:
    """Stop the live curves: what `%unload_ext pellucid` does. Displays stay registered."""
    from pellucid.train.readers.watching import watch_with

    watch_with(None)
