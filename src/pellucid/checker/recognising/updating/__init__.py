"""What changes parameters and gradients: update rules, optimisers, clipping.

What lives here: how they are called (`rule_calls.py`), and which rule their steps are (`rules.py`, `clipping.py`).
What does not: layers (`readings/`).
"""

__all__: list[str] = []
