"""Compare with public peers, side by side: the sides run in separate processes and take turns; all others sleep meanwhile.

    python -m bench                                  all comparisons; a table at the end
    python -m bench --only steps --case vgg6-bn      one section, one case (both can be repeated)
    python -m bench --only accuracy                  train the README's models; fail if an accuracy is below its bound
    python -m bench --only tables                    small tables by scikit-learn, PyTorch and Pellucid
    python -m bench --only notebooks                 run the course's notebooks on all of CIFAR-10
    python -m bench --resume                         only cases without a result
    python -m bench --same-peers                     reuse the best variants of PyTorch from the previous run: no trials
    python -m bench --report                         measure nothing: tables from the results file

Results are written to --out after every case; with --page, docs/speed.md, docs/speed.svg and the README's table are written from
them. Needs the extra [peers], and [onnx] for inference; sections whose packages are missing are skipped with a message. A case
that fails does not stop the others.
"""

import argparse
import importlib.util
import sys
import time
import traceback
from pathlib import Path

from bench import readme, report
from bench.compare import Effort
from bench.results import Results
from bench.sections import SECTIONS, Section, allocators

ROOT = Path(__file__).resolve().parents[1]


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [section.name for section in SECTIONS]
    parser.add_argument("--only", action="append", choices=names, metavar="SECTION", help=", ".join(names))
    parser.add_argument("--case", action="append", metavar="NAME", help="cases whose name contains this")
    parser.add_argument("--rounds", type=int, default=7, help="number of turns of each side")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn")
    parser.add_argument("--trial-seconds", type=float, default=0.5, help="length of a variant's trial")
    parser.add_argument(
        "--finalists", type=int, default=3, help="number of a peer's variants that are measured in full"
    )
    parser.add_argument("--start-seconds", type=float, default=300, help="time limit for a side to get ready")
    parser.add_argument("--no-compile", action="store_true", help="do not try torch.compile")
    parser.add_argument("--resume", action="store_true", help="skip cases that have a result")
    parser.add_argument("--same-peers", action="store_true", help="keep the variants that were best before")
    parser.add_argument("--preload", action="append", default=[], metavar="NAME=PATH", help="jemalloc=/lib/...so.2")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "speed.json", help="the results file")
    parser.add_argument("--report", action="store_true", help="measure nothing")
    parser.add_argument(
        "--page", action="store_true", help="write docs/speed.md, docs/speed.svg and the README's table"
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Measure the requested sections and print the results."""
    options = parsed()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    results = Results(options.out)
    libraries = allocators(options.preload)
    effort = Effort(
        rounds=options.rounds,
        seconds=options.seconds,
        trial_seconds=options.trial_seconds,
        start_seconds=options.start_seconds,
        finalists=options.finalists,
        compiled=not options.no_compile,
        libraries=libraries,
    )
    failed = False
    for section in SECTIONS:
        if options.report or (options.only and section.name not in options.only):
            continue
        if not options.only and not section.by_default:
            continue
        failed |= _measure(section, results, effort, options)
    print("\n" + report.text(results))
    if options.page:
        report.write_page(results, ROOT / "docs")
        readme.write_table(results, ROOT / "README.md")
    sys.exit(failed)


def _measure(section: Section, results: Results, effort: Effort, options: argparse.Namespace) -> bool:
    """Measure the cases of a section; return whether one failed."""
    missing = [name for name in section.needs if importlib.util.find_spec(name) is None]
    if missing:
        print(f"{section.name}: skipped, because {', '.join(missing)} is not installed", flush=True)
        return False
    failed = False
    for name, measure in section.cases(effort.libraries).items():
        if options.case and not any(part in name for part in options.case):
            continue
        earlier = results.get(section.name, name)
        if options.resume and earlier and not earlier.get("error"):
            continue
        start = time.monotonic()
        print(f"{section.name}: {name}", flush=True)
        try:
            record = measure(effort, _say, earlier if options.same_peers else None)
        except KeyboardInterrupt:
            raise
        except Exception as error:
            traceback.print_exc()
            record = {"error": f"{type(error).__name__}: {error}"}
            failed = True
        results.put(section.name, name, record)
        print(f"    {report.line(record)}  ({time.monotonic() - start:.0f} s)", flush=True)
    return failed


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
