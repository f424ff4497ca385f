"""report.html: what a run came to, on one page.

What lives here: the facts of a run that the page needs, its sections, and the PNG files of the run folder. What does not: how pages
and figures look (`style`), and the curves, which histories and notebooks draw too (`train/readers/curves.py`). Each section is
a function of the facts that returns HTML, empty where it does not apply.
Reading order: facts, answers, top, confusions, advice, page.
"""

__all__: list[str] = []
