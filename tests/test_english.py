"""Plain English: a short list of phrases that sound translated, and what to say instead.

The list is searched in strings, docstrings and comments of Python and C++ sources, in Markdown pages and in the cells of
notebooks. A phrase is found across line ends, too. Extend the list when a reader stumbles; keep to phrases that are wrong
nearly everywhere, and reword the sentence rather than the pattern.
"""

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

PHRASES = {
    r"(?:is|are|was|were|be) due\b(?! to)": "expected",
    r"told\b(?! apart)": "reported, shown, given",
    r"rightly": "correctly",
    r"(?:is|are|was|were) (?:all )?right\b(?! (?:of|next|or left|at)|-)": "correct",
    r"likewise": "also, in the same way",
    r"thereof|therein|wherein|whereof|whereby|thereupon|herewith": "name the thing",
    r"(?<!\d\s)of which": "name the thing",
    r"the latter|the former": "name the thing",
    r"looked after": "handled, validated",
    r"no crime": "allowed",
    r"the plain way": "fall back to ...",
    r"(?:comes?|coming|came|brings?|brought)(?: it| them)? along\b(?! (?:a|an|the|one)\b)": "built-in, included",
    r"(?:of|under) one name": "with the same name",
    r"(?:there|it|which|that|one) is (?-i:none)\b(?! of)": "say what is missing",
    r"someone's own|a person's": "user functions",
    r"(?:told|timed|shown|given) beside": "also ..., next to",
    r"besides[.,;:)]": "also, as well",
    r"but for\b": "except",
    r"anew": "again",
    r"aloud": "with a message",
    r"least and (?:the )?most|least to (?:the )?most": "minimum and maximum",
    r"tried shortly|shortly tried": "tried briefly",
    r"asked were": "requested",
    r"(?:goes?|going|went) on (?:where|from there|with it)": "continue",
    r"(?:looked|looks?) at again": "checked again",
    r"stands? there": "appears, is there",
    r"to be had": "possible, available",
    r"betters": "improves",
    r"upon": "on",
    r"every second (?:one|image|row|entry)": "every other, half of",
    r"passed over": "skipped",
    r"taken up again": "resumed",
    r"is no use": "does not help",
    r"so many (?:bytes|seconds|steps|rows|times)": "that many",
    r"wrong exactly in": "wrong only for",
    r"what is known of": "failures that ...",
    r"makes? (?:do|up) for that": "corrects",
    r"of (?:one's|his|their|its) liking": "preferred",
    r"in (?:no|any) wise|by no means": "not",
    r"counted up": "incremented",
    r"spread apart": "dilated",
    r"dealt out": "assigned",
    r"the probability to (?:keep|drop)": "the probability of keeping",
    r"(?:numbers?|scores?|bits) an? (?:seed|class|channel|row|image|sample)": "per seed, per class",
    r"another (?:answer|order) than": "a different answer than",
}


class Text(NamedTuple):
    """A piece of prose and the line where it starts."""

    line: int
    text: str


class Hit(NamedTuple):
    """A phrase of the list, found."""

    file: str
    line: int
    phrase: str
    instead: str

    def __str__(self) -> str:
        return f'{self.file}:{self.line}: "{self.phrase}"; say: {self.instead}'


PATTERNS = [(re.compile(rf"\b(?:{p.replace(' ', chr(92) + 's+')})", re.IGNORECASE), say) for p, say in PHRASES.items()]


def joined(comments: list[Text]) -> Iterator[Text]:
    """Join comments on consecutive lines into one text, so that phrases are found across their line ends."""
    block: list[Text] = []
    for comment in comments:
        if block and comment.line != block[-1].line + 1:
            yield Text(block[0].line, "\n".join(c.text for c in block))
            block = []
        block.append(comment)
    if block:
        yield Text(block[0].line, "\n".join(c.text for c in block))


def python_texts(source: str) -> Iterator[Text]:
    """Yield docstrings, other strings (in an f-string without its expressions) and comments."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield Text(node.lineno, "".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield Text(node.lineno, node.value)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [Text(t.start[0], t.string.lstrip("# ")) for t in tokens if t.type == tokenize.COMMENT]
    yield from joined(comments)


def cpp_texts(source: str) -> Iterator[Text]:
    """Yield comments and string literals."""
    comments = []
    for found in re.finditer(r'//(?P<line>[^\n]*)|/\*(?P<block>.*?)\*/|"(?P<string>(?:\\.|[^"\\\n])*)"', source, re.S):
        line = source.count("\n", 0, found.start()) + 1
        if found["line"] is not None:
            comments.append(Text(line, found["line"].strip()))
        else:
            yield Text(line, found["block"] or found["string"] or "")
    yield from joined(comments)


def notebook_texts(source: str) -> Iterator[Text]:
    """Yield the cells, as if each line of the notebook were one of the file's."""
    lines = source.splitlines()
    for cell in json.loads(source)["cells"]:
        first = next(
            (n for n, line in enumerate(lines, 1) if cell["source"] and json.dumps(cell["source"][0]) in line), 1
        )
        yield Text(first, "".join(cell["source"]))


READERS = {
    ".py": python_texts,
    ".md": lambda source: [Text(1, source)],
    ".ipynb": notebook_texts,
    **dict.fromkeys((".c", ".h", ".cpp"), cpp_texts),
}


def hits(file: str, source: str) -> list[Hit]:
    """Return what is found in a source; the file's suffix says how it is read."""
    found = []
    for text in READERS[Path(file).suffix](source):
        for pattern, instead in PATTERNS:
            for match in pattern.finditer(text.text):
                line = text.line + text.text.count("\n", 0, match.start())
                found.append(Hit(file, line, " ".join(match[0].split()), instead))
    return sorted(set(found))


def sources() -> list[Path]:
    """Return the files that people read."""
    folders = [path for name in ("src", "bench", "docs", "examples") for path in (ROOT / name).rglob("*")]
    return sorted(path for path in (*folders, *ROOT.glob("*.md")) if path.suffix in READERS)


def test_there_is_something_to_read():
    suffixes = {path.suffix for path in sources()}
    assert set(READERS) - {".c"} <= suffixes
    assert len(sources()) > 200


def test_messages_and_pages_are_plain_english():
    found = []
    for path in sources():
        file = path.relative_to(ROOT).as_posix()
        found += hits(file, path.read_text(encoding="utf-8"))
    assert not found, "\n" + "\n".join(map(str, found))


PLANTED = {
    "docstring.py": 'def f():\n    """Fine.\n\n    Ten images classified\n    rightly."""\n',
    "message.py": 'x = 1\nraise ValueError(f"has shape {x} where (D,) is due")\n',
    "wrapped.py": 'raise ValueError("expected a pair, and the"\n    " latter must be positive")\n',
    "comment.py": "x = 1  # fine\n# the derivations that come\n# along with it\n",
    "page.md": "# A page\n\nImporting one is no\ncrime.\n",
    "kernel.cpp": "int f() {\n    // this value was told\n    return 1; }\n",
    "kernel.h": '#define X "two units of one name"\n',
    "lesson.ipynb": json.dumps({"cells": [{"source": ["Fine.\n", "It goes the plain way."]}]}, indent=1),
}


@pytest.mark.parametrize("file", PLANTED)
def test_a_planted_phrase_is_found(file):
    (hit,) = hits(file, PLANTED[file])
    assert str(hit).startswith(f"{file}:{hit.line}: ")
    assert hit.instead in PHRASES.values()


def test_the_line_and_the_better_words_are_named():
    (hit,) = hits("page.md", PLANTED["page.md"])
    assert str(hit) == 'page.md:3: "no crime"; say: allowed'
    (hit,) = hits("comment.py", PLANTED["comment.py"])
    assert (hit.line, hit.phrase) == (2, "come along")


@pytest.mark.parametrize(
    "source",
    [
        '"""The gradient is due to the kink; two classes can be told apart; overdue; it is None."""\n',
        "rightly = likewise = 1  # names are not prose\n",
        'raise ValueError(f"affine_forward: expected shape (D,), got {(1, 2)}")\n',
        '"""Test accuracy 98.89%. It is right-aligned; the row is right of it. 6 of which fail."""\n',
    ],
)
def test_plain_english_is_let_through(source):
    assert hits("fine.py", source) == []
