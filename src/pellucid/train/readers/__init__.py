"""Readers of a run's events: the progress display, the metrics file, the curves, what a notebook shows.

What lives here: whatever turns events into something to look at. What does not: anything that the loop needs to know.
"""

__all__: list[str] = []
