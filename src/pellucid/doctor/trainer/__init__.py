"""The adapter for `pellucid.Trainer`: its patient, and the doctor that reads a run's events.

What lives here: what the doctor needs to know of this project's own training. What does not: ailments and examinations, which know
a patient only.
"""

from pellucid.doctor.trainer.folder import doctor_of, examine_run
from pellucid.doctor.trainer.patient import TrainerPatient
from pellucid.doctor.trainer.reader import Doctor

__all__ = ["Doctor", "TrainerPatient", "doctor_of", "examine_run"]
