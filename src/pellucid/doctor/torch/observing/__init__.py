"""What a loop does, heard without changing it: calls of the model, of functions, of backward and of the optimizer.

What lives here: hooks and what they keep, and the loss as a path that can be followed again. What does not: examinations, which
need copies (`patient.py`). Read `observer.py`, `listening.py`, `tape.py`.
"""

from pellucid.doctor.torch.observing.observer import Observer

__all__ = ["Observer"]
