"""Reading a submission: a file, a notebook, a package, or functions that live in a session.

What lives here: sources by path (`submission.py`), files read with care (`source_files.py`), the source of live functions
(`live_functions.py`), and the records of what a source says of itself: names, stubs, lines (`learner_source.py`).
What does not: parsing or running any of it (`running/`), and what a course's folders are called (the pack says that).
"""

__all__: list[str] = []
