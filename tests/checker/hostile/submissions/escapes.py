"""Escapes in text: what a submission can put into a report, for a terminal, HTML, XML, JSON or Gradescope."""

__all__ = ["ESCAPES", "MARK"]

MARK = "pwned7341"  # must never stand unescaped where it is code

# An exception's text.
TEXTS = {
    "clears the screen": "\x1b[2J\x1b[H",
    "colours": "\x1b[31;1m red",
    "a title": "\x1b]0;" + MARK + "\x07",
    "a link": "\x1b]8;;http://" + MARK + "\x1b\\\\text\x1b]8;;\x1b\\\\",
    "the clipboard": "\x1b]52;c;" + MARK + "\x07",
    "a question to the terminal": "\x1b[6n\x1b[c\x1bP+q544e\x1b\\\\",
    "a device control string": "\x1bP$q" + MARK + "\x1b\\\\",
    "an escape of eight bits": "\x9b2J\x9d0;x\x9c",
    "a new line over the old": "wrong\rcorrect",
    "backspaces": "wrong" + "\b" * 5 + "right",
    "bells": "\x07" * 100,
    "zeros": "a\x00b",
    "vertical tabs and form feeds": "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g",
    "text from right to left": "\u202egnorw\u202c",
    "isolated text": "\u2066wrong\u2069\u2067",
    "marks of direction": "\u200f\u200e\u061c",
    "spaces without width": "cor\u200brect\u2060\ufeff",
    "separators of lines": "a\u2028b\u2029c",
    "halves of characters": "\ud800 \udfff",
    "characters that do not exist": "\uffff\ufffe\U0010ffff",
    "private characters": "\ue000\uf8ff",
    "tags": "\U000e0001\U000e0041",
    "combining marks": "a" + "\u0301" * 500,
    "a script": "<script>" + MARK + "()</script>",
    "an image": "<img src=x onerror=" + MARK + "()>",
    "a style": "</style><style>*{display:none}</style>" + MARK,
    "the end of an attribute": "\"' onmouseover=" + MARK + "() x='",
    "the end of a comment": "--><b>" + MARK + "</b><!--",
    "the end of character data": "]]><failure message='" + MARK + "'/><![CDATA[",
    "an entity": "&lt;script&gt; &" + MARK + "; &#x1b; &amp;",
    "a processing instruction": "<?xml-stylesheet href='" + MARK + "'?>",
    "a document type": "<!DOCTYPE x [<!ENTITY " + MARK + " SYSTEM 'file:///etc/passwd'>]>",
    "the end of a test suite": "</failure></testcase></testsuite><testsuite name='" + MARK + "'>",
    "the end of JSON": '"}], "score": 100, "x": [{"' + MARK + '": "',
    "Rich's markup": "[bold red]" + MARK + "[/] [link=http://x]x[/link] [/red]",
    "Markdown": "![x](http://" + MARK + ") [x](javascript:" + MARK + ") `` ``` | --- |",
    "formulas": "=cmd|' /C calc'!A0 @SUM(1) +1 -1",
    "formats": "%s %n {0} {x.__class__} ${HOME} $(id) `id`",
    "a long line": "x" * 1_000_000,
    "many lines": "x\n" * 100_000,
    "backslashes": "\\" * 5_000 + "\\x1b[2J \\u202e",
}


def quoted(text):
    """A text as a literal of ASCII, so that the submission's source itself holds nothing special."""
    return ascii(text)


def named(text):
    return f"def relu_forward(x):\n    raise type({quoted(text)}, (Exception,), {{}})('x')\n"


ESCAPES = {name: f"raise ValueError({quoted(text)})" for name, text in TEXTS.items()} | {
    "in the name of an exception: an escape": named("\x1b[2J"),
    "in the name of an exception: a script": named(f"<script>{MARK}()</script>"),
    "in the name of an exception: markup": named("[/red][bold]"),
    "in the name of an exception: very long": named("E" * 100_000),
    "in the name of a module": "import importlib\nimportlib.import_module('\\x1b[2J<script>')\nraise ValueError",
    "in the name of many modules": "for n in range(3000): __import__(f'missing{n}')\nraise ValueError",
    "in a key of an answer": "def relu_forward(x):\n    return {'\\x1b[2J<script>\\ud800': 1.0}, {'\\x00': x}\n",
    "in an answer": "def relu_forward(x):\n    return '\\x1b[2J<script>\\ud800', '\\u202e'\n",
    "in what it prints": "print('\\x1b[2J\\x1b]0;x\\x07')\nraise ValueError('printed')",
    "in the name of a type": "def relu_forward(x):\n    return type('\\x1b[2J<script>', (), {})(), x\n",
    "in its own line": "def relu_forward(x):\n    y = '\x1b[2J\u202e<script>'; raise ValueError(y)  # \x1b[31m\n",
    "in its docstring": 'def relu_forward(x):\n    """\x1b[2J <script>\u202e ]]>"""\n    return np.maximum(1, x), x\n',
    "in a default": "def relu_forward(x, y=['\x1b[2J<script>']):\n    y.append(1)\n    return np.maximum(1, x), x\n",
    "in the name of its code": (
        "def relu_forward(x):\n    raise ValueError\n"
        "relu_forward.__code__ = relu_forward.__code__.replace(co_name='\\x1b[2J<script>', co_filename='layers.py')\n"
    ),
    "in the line of its code": (
        "def relu_forward(x):\n    raise ValueError\n"
        "relu_forward.__code__ = relu_forward.__code__.replace(co_firstlineno=2**31 - 10)\n"
    ),
}
