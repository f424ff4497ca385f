"""The live page: training runs watched in a browser, of Pellucid and of whatever the doctor records.

What lives here: reading run folders as they grow (`growing.py`, `series.py`, `runs.py`), what the page asks for (`answers.py`),
who may see it (`guard.py`), the server and the page's own files (`static/`; charts are uPlot's, bundled with its licence). What
does not: measuring and judging, which are the doctor's. Needs the extra `[view]`. Read `series.py`, `runs.py`, then `server.py`.
"""

__all__: list[str] = []
