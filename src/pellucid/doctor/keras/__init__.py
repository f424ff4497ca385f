"""The adapter for Keras 3: a callback that watches `model.fit`, on any of its backends.

What lives here: what the doctor needs to know of Keras, which is imported with this room and with nothing else of the package.
What does not: ailments and examinations, which know a patient only. Read `callback.py`, `watching.py`, `patient.py`.
"""

try:
    import keras as _keras  # noqa: F401 (only to say what to install)
except ModuleNotFoundError as error:
    if error.name not in ("keras", "tensorflow", "jax", "torch"):
        raise
    need = f'{error.name} is not installed; run pip install "pellucid[keras,torch]" and set KERAS_BACKEND=torch'
    raise ModuleNotFoundError(f"pellucid.doctor.keras: {need}", name=error.name) from None

from pellucid.doctor.keras.callback import KerasDoctor
from pellucid.doctor.keras.patient import KerasPatient

Doctor = KerasDoctor  # the name in documents: pellucid.doctor.keras.Doctor

__all__ = ["Doctor", "KerasDoctor", "KerasPatient"]
