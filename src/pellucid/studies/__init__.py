"""Studies: is what is said about networks true? Each claim with seeds, intervals, a figure and a verdict, by one command.

What lives here: one file a study, and the house they share: `study.py` (what a study is), `statistics.py` (effects and verdicts),
`runner.py` (trials in processes, cached by the hash of their configuration), `run.py` (a study's folder), `report.py`. What does
not: training (`train/`), or any judgement that is not fixed before a run. Read `study.py`, then `init_scale.py`.
"""

from pellucid.studies.results import answers
from pellucid.studies.study import Study, StudyError

__all__ = ["Study", "StudyError", "answers"]
