"""Running code: the learner's in a worker without rights, the reference and its variants in this process.

What lives here: the worker and its sandbox (`worker/`, `processes.py`, `conversation.py`, `sandbox.py`, `job.py`), the forms of
its messages (`messages.py`), what a source says of itself (`outlines.py`), the pack's layers as a submission gets them
(`pack_layers.py`) and lent to a worker (`lender.py`), one attempt at a function with repairs and stand-ins (`attempts.py`), the
reference as text and as functions (`reference.py`), trusted runs (`trusted.py`), and what the reference needs of time and memory
(`needs.py`).
What does not: any comparison of results (`judging/`).
"""

__all__: list[str] = []
