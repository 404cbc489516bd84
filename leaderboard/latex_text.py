r"""Text in LaTeX: any character, with nothing loaded but the font encoding T1.

What is written is ASCII, so that pdfLaTeX, XeLaTeX and LuaLaTeX read it alike. Letters with accents, Greek,
indices and usual signs are typeset; any other character stands as its number, ``U+4F60``, in small type, by
the command `CODE_POINT`, which a document may define anew: ``\renewcommand{\ilbenchchar}[1]{\char"#1 }`` sets
the character itself, where the font has it. Different characters look different but for the two apostrophes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ilbench.leaderboard.escape import CHARACTERS
from ilbench.plain_text import one_line

CODE_POINT = r"\ilbenchchar"
DEFINITION = f"\\providecommand{{{CODE_POINT}}}[1]{{{{\\scriptsize U+#1}}}}\n"
"""What a file that holds escaped text begins with."""

_ASCII = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # after a row break a bare bracket would be read as a length, a bare star as part of it
    "]": "{]}",
    "*": "{*}",
    "`": "\\`{}",  # bare it would be an opening quote, and after ! or ? another sign
}
_LETTERS = {
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ß": "ss", "ł": "l", "Ł": "L",
    "đ": "dj", "Đ": "DJ", "ð": "dh", "Ð": "DH", "þ": "th", "Þ": "TH", "ŋ": "ng", "Ŋ": "NG", "ı": "i",
    "µ": "textmu", "§": "S", "¶": "P", "©": "copyright", "£": "pounds", "–": "textendash", "—": "textemdash",
    "…": "dots", "‘": "textquoteleft", "’": "textquoteright", "“": "textquotedblleft",
    "”": "textquotedblright", "«": "guillemotleft", "»": "guillemotright", "‹": "guilsinglleft",
    "›": "guilsinglright", "¿": "textquestiondown",
    "¡": "textexclamdown", "·": "textperiodcentered", "•": "textbullet", "®": "textregistered",
    "™": "texttrademark",
}  # fmt: skip
_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta",
    "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
)  # fmt: skip
_MATH = {
    "×": "times", "÷": "div", "±": "pm", "≤": "leq", "≥": "geq", "≠": "neq", "≈": "approx", "∞": "infty",
    "→": "rightarrow", "←": "leftarrow", "↑": "uparrow", "↓": "downarrow", "↔": "leftrightarrow",
    "⇒": "Rightarrow", "∈": "in", "∑": "sum", "∏": "prod", "√": "surd", "∂": "partial", "∇": "nabla",
    "∅": "emptyset", "∪": "cup", "∩": "cap", "∘": "circ", "∀": "forall", "∃": "exists", "∼": "sim",
    "⊕": "oplus", "⊗": "otimes", "ℓ": "ell", "†": "dagger", "‡": "ddagger", "★": "star",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0328": "k",
    "\u0331": "b",
}  # fmt: skip
_INDICES = {"<sub>": r"\textsubscript", "<super>": r"\textsuperscript"}


def _named_greek(name: str) -> str:
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    # Unicode spells lambda as Greeks pronounce it.
    return unicodedata.lookup(f"GREEK {case} LETTER {name.replace('ambda', 'amda').upper()}")


_SIGNS = (
    _ASCII
    | {letter: f"\\{name}{{}}" for letter, name in _LETTERS.items()}
    | {_named_greek(name): f"\\ensuremath{{\\{name}}}" for name in _GREEK}
    | {sign: f"\\ensuremath{{\\{name}}}" for sign, name in _MATH.items()}
)
_LIGATURES = re.compile(r"([-,'])(?=\1)")
_CLUSTER = re.compile("(.)([{}]*)".format("".join(_ACCENTS)), re.DOTALL)


def escape_latex(text: str) -> str:
    """Returns `text` for LaTeX text mode, in ASCII; a file that holds it begins with `DEFINITION`."""
    composed = unicodedata.normalize("NFC", one_line(text, CHARACTERS))
    # The two hyphens of "a--b" would be a dash.
    return "".join(_clusters(_LIGATURES.sub("\\1\0", composed)))


def _clusters(text: str) -> Iterator[str]:
    for base, marks in _CLUSTER.findall(text):
        yield _accented(_character(base), marks)


def _accented(typeset: str, marks: str) -> str:
    for mark in marks:
        typeset = f"\\{_ACCENTS[mark]}{{{typeset}}}"
    return typeset


def _character(character: str) -> str:
    if character == "\0":
        return "{}"
    if character in _SIGNS:
        return _SIGNS[character]
    if character.isascii():
        return character
    base, *marks = list(unicodedata.normalize("NFD", character))
    if marks and _ACCENTS.keys() >= set(marks):
        return _accented(_character(base), "".join(marks))
    kind, _, meant = unicodedata.decomposition(character).partition(" ")
    if kind in _INDICES:
        return f"{_INDICES[kind]}{{{''.join(_character(chr(int(code, 16))) for code in meant.split())}}}"
    return f"{CODE_POINT}{{{ord(character):04X}}}"
