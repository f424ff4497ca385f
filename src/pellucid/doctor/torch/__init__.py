"""The adapter for loops of PyTorch: `with pellucid.doctor.torch.watch(model, optimizer) as doctor:` around any loop.

What lives here: hooks that see a loop without changing it, its loss followed so that copies can be trained, callbacks for Lightning
and Hugging Face. PyTorch is imported here and nowhere else in the room. What does not: ailments and examinations, which know a
patient only. Read `watching.py`, `observer.py`, `tape.py`, `patient.py`.
"""

from pellucid.doctor.torch.watching import TorchDoctor, watch

__all__ = ["TorchDoctor", "watch"]
