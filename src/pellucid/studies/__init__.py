"""Studies: are common claims about networks true? Each claim with seeds, intervals, a figure and a verdict, by one command.

What lives here: the studies, one file each (`catalogue/`), the results of their full runs (`measured/`), and what they share:
`study.py` (what a study is), `statistics.py` (effects and verdicts), `trials.py` (trials in processes, cached by the hash of their
configuration), `folder.py` (a study's folder), `report.py`. What does not: training (`train/`), or any judgement that is not fixed
before a run. Read `study.py`, then `catalogue/init_scale.py`.
"""

from pellucid.studies.results import answers
from pellucid.studies.study import Study, StudyError

__all__ = ["Study", "StudyError", "answers"]
