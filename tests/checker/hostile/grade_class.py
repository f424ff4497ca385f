"""A grader of a class of hostile submissions, as a program of its own: `grade_class.py FOLDER CANARY WHICH [--weak]`.

WHICH: "3/5", every fifth submission from the third on, or "FAMILY: NAME" of some, separated by semicolons. They are handed in and
graded; what became of them is printed as JSON.
"""

import json
import os
import resource
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from hostile.submissions import FAMILIES, RIGHT, source_text

from pellucid.checker import check
from pellucid.checker.check_folder import check_folder
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.request import request_for

SECONDS, GIB = 0.8, 0.4  # soon reached
PATIENCE = 60.0  # for what must not run out of time, on a busy machine too


def chosen(which):
    """The submissions that WHICH names: "family: name" and the submission."""
    every = {f"{family}: {name}": text for family, texts in FAMILIES.items() for name, text in texts.items()}
    if ":" in which:
        return {name: every[name] for name in which.split(";")}
    first, step = map(int, which.split("/"))
    return dict(list(every.items())[first::step])


def hand_in(folder, canary, which):
    """Write the class; return the names of all submissions."""
    neighbour = folder / "neighbour" / "layers.py"
    neighbour.parent.mkdir(parents=True)
    neighbour.write_text(RIGHT)
    places = {"canary": canary, "beside": canary.parent, "grader": os.getpid(), "class": folder, "neighbour": neighbour}
    submissions = chosen(which)
    for number, submission in enumerate(submissions.values()):
        place = folder / f"{number:03}"
        place.mkdir()
        if callable(submission):
            submission(place, neighbour, canary)
        else:
            text = source_text(submission, places)
            (place / "layers.py").write_text(text, encoding="utf-8", errors="surrogatepass")
    return list(submissions)


def main():
    folder = Path(sys.argv[1])
    names = hand_in(folder, Path(sys.argv[2]), sys.argv[3])
    is_weak = "--weak" in sys.argv
    request = request_for(
        only=["relu_forward"],
        timeout=PATIENCE if is_weak else SECONDS,
        memory=GIB,
        workers=4,  # so that those that wait for a limit wait together
        allow_weak_sandbox=is_weak,
    )
    try:
        reports = [report.as_json() for report in check_folder(folder, request)]
    except SubmissionError as error:
        print(json.dumps({"names": names, "refused": str(error)}))
        return
    afterwards = check(folder / "neighbour" / "layers.py", timeout=PATIENCE, allow_weak_sandbox=is_weak)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        json.dumps(
            {
                "names": names,
                "grader": os.getpid(),
                "reports": reports,
                "MiB": largest,
                "afterwards": afterwards.functions[0].verdict,
            }
        )
    )


if __name__ == "__main__":
    main()
