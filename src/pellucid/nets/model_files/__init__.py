"""Networks of one's own from files: `net.toml`, a list of layers, or `net.py:build`, a function that returns layers or a network.

What lives here: reading such a file for data of a shape and a number of classes, with errors that name its lines. What does not:
named models (`nets/models.py`), and saved networks, whose arrays are in the file (`Network.load`).
"""

from pellucid.nets.model_files.model_file import ModelFile

__all__ = ["ModelFile"]
