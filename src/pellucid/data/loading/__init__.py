"""Loading: data that do not lie in memory as arrays, read ahead of the step that needs them.

What lives here: samples that can be indexed (pictures in files, objects with `__len__` and `__getitem__`), streams of batches
(generators, DataLoaders), and threads that work ahead. What does not: the form that both indexed kinds have (`data/lazy.py`),
tables, and the loop that takes the batches.

Reading order: prefetch, pictures, indexed, stream.
"""

__all__: list[str] = []
