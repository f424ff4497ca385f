"""Planted in Keras: programs in the usual style, each with a mistake and without; what the callback finds in them.

    KERAS_BACKEND=torch python -m bench.doctor_keras [--seeds 3] [--only WORD]

prints a line for each run, then recall, precision of the first finding, and false alarms on the healthy twins.
"""

import argparse
import time
import warnings

import keras

from bench.doctor_tally import Tally, learned, said
from bench.keras_programs import PROGRAMS
from pellucid.doctor.keras import Doctor


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


def _run(tally: Tally, name: str, seed: int, sick: bool) -> None:
    program, expected = PROGRAMS[name]
    keras.utils.set_random_seed(seed)
    doctor, began = Doctor(verbose=False), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        program(seed, sick, [doctor])
    mark = tally.count(doctor, expected if sick else ())
    seconds = time.process_time() - began
    kind = "sick   " if sick else "healthy"
    print(
        f"{mark} {name:26} {kind} seed {seed}  learned {learned(doctor):>6}  {seconds:4.1f} s  {said(doctor)}",
        flush=True,
    )
    for line in doctor.left_out:
        print(f"      not examined: {line}")


if __name__ == "__main__":
    main()
