"""The adapter for Keras 3: a callback that watches `model.fit`, on any of its backends.

What lives here: what the doctor needs to know of Keras, which is imported with this room and with nothing else of the package.
What does not: ailments and examinations, which know a patient only. Read `callback.py`, `watching.py`, `patient.py`.
"""

from pellucid.doctor.keras.callback import Doctor
from pellucid.doctor.keras.patient import KerasPatient

__all__ = ["Doctor", "KerasPatient"]
