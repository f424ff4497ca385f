"""The NumPy functions of the DeepLearning.AI specialization's courses 1, 2, 4 and 5: samples in columns, dictionaries of parameters.

What lives here: references (`reference/`), what the exercises hand out (`supplied/`), cases, mistakes, and which function a name
stands for in a file (`choosing.py`). What does not: exercises in TensorFlow.
"""

from pellucid.checker.packs.deeplearning_ai.pack import PACK

__all__ = ["PACK"]
