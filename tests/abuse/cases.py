"""Where each abuse case is shown: the table of docs/SECURITY.md, made from what the tests say of themselves.

.venv/bin/python -m tests.abuse.cases     writes it
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "SECURITY.md"
BEGIN = "<!-- the cases: written by `python -m tests.abuse.cases`, held by tests/abuse/test_cases.py -->"
END = "<!-- end of the cases -->"
CASE = re.compile(r"AC\d\d")


def named_after() -> dict[str, list[tuple[str, str]]]:
    """Return by case what the tests named after it say they try, with their files."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file in sorted((ROOT / "tests" / "abuse").glob("test_ac*.py")):
        case, _, tried = _doc(file).partition(": ")
        assert file.name.startswith(f"test_{case.lower()}"), f"{file.name} begins with {case}"
        found.setdefault(case, []).append((_place(file), tried.rstrip(".")))
    return found


def mentioned() -> dict[str, list[str]]:
    """Return by case the other tests that say they are about it."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        if file.name.startswith("test_ac"):
            continue
        for case in sorted(set(CASE.findall(_docs(file)))):
            found.setdefault(case, []).append(_place(file))
    return found


def table() -> str:
    """Return the table."""
    head = ["| case | what is tried | shown by |", "|---|---|---|"]
    named, others = named_after(), mentioned()
    lines = []
    for case in sorted({*named, *others}):
        tests = named.get(case, [])
        tried = "; ".join(dict.fromkeys(text for _, text in tests))
        places = [place for place, _ in tests] + others.get(case, [])
        lines.append(f"| {case} | {tried} | {', '.join(f'`{place}`' for place in places)} |")
    return "\n".join(head + lines)


def written() -> str:
    """Return the table as the page has it."""
    page = PAGE.read_text(encoding="utf-8")
    return page[page.index(BEGIN) + len(BEGIN) : page.index(END)].strip()


def write() -> None:
    """Write the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(f"{page[: page.index(BEGIN) + len(BEGIN)]}\n{table()}\n{page[page.index(END) :]}", encoding="utf-8")


def _doc(file: Path) -> str:
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def _docs(file: Path) -> str:
    """Return what a module, its tests and its comments beside them say."""
    return "\n".join(
        line for line in file.read_text(encoding="utf-8").splitlines() if '"""' in line or line.lstrip().startswith("#")
    )


def _place(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    write()
