"""Planted in Keras: programs in the usual style, each with a mistake and without; what the callback finds in them.

    KERAS_BACKEND=torch python -m bench.doctor_keras [--seeds 3] [--only WORD]

prints a line for each run, then recall, precision of the first finding, and false alarms on the healthy twins.
"""

import argparse
import time
import warnings
from dataclasses import dataclass

import keras

from bench.keras_programs import PROGRAMS
from pellucid.doctor.keras import Doctor


@dataclass
class Tally:
    """How often what was found is what was planted."""

    sick: int = 0
    found: int = 0  # anywhere among the findings
    first: int = 0
    silent: int = 0
    healthy: int = 0
    alarms: int = 0
    alarms_high: int = 0


def main() -> None:
    """Run all, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    tally = Tally()
    for name in PROGRAMS:
        if arguments.only in name:
            for seed in range(arguments.seeds):
                for sick in (True, False):
                    _run(tally, name, seed, sick)
    print(tally)
    precision = tally.first / max(1, tally.sick - tally.silent)
    print(f"recall {tally.found / max(1, tally.sick):.2f}, first finding correct {precision:.2f}")
    print(f"false alarms {tally.alarms} of {tally.healthy}, of high confidence {tally.alarms_high}")


def _run(tally: Tally, name: str, seed: int, sick: bool) -> None:
    program, expected = PROGRAMS[name]
    keras.utils.set_random_seed(seed)
    doctor, began = Doctor(verbose=False), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        program(seed, sick, [doctor])
    names = [finding.ailment for finding in doctor.findings]
    if sick:
        tally.sick += 1
        tally.silent += not names
        tally.found += any(one in names for one in expected)
        tally.first += bool(names) and names[0] in expected
        mark = "ok   " if names and names[0] in expected else "MISS "
    else:
        tally.healthy += 1
        tally.alarms += bool(names)
        tally.alarms_high += any(finding.confidence == "high" for finding in doctor.findings)
        mark = "ALARM" if names else "ok   "
    said = ", ".join(f"{f.ailment}{'' if f.confidence == 'high' else '?'}" for f in doctor.findings)
    learned = doctor.chart.learned if doctor.chart is not None else None
    shown = "-" if learned is None else f"{learned:.2f}"
    seconds = time.process_time() - began
    kind = "sick   " if sick else "healthy"
    print(f"{mark} {name:26} {kind} seed {seed}  learned {shown:>6}  {seconds:4.1f} s  {said}", flush=True)
    for line in doctor.left_out:
        print(f"      not examined: {line}")


if __name__ == "__main__":
    main()
