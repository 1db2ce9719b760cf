"""docs/reader.md is drawn from the table. `python tests/reader/device/test_documentation.py` draws it anew."""

import re
from pathlib import Path
from typing import Final

from opentill.reader.device.states import ACCEPTING
from opentill.reader.device.table import RULES, diagram, listing

PAGE: Final = Path(__file__).parents[3] / "docs" / "reader.md"
_DRAWN: Final = re.compile(r"<!-- (diagram|listing): (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def drawn(page: str) -> str:
    """The page with its diagrams and listings as the table has them."""

    def one(match: re.Match[str]) -> str:
        kind, subject = match[1], match[2]
        text = f"```mermaid\n{diagram(subject)}\n```" if kind == "diagram" else listing(subject)  # type: ignore[arg-type]
        return f"<!-- {kind}: {subject} -->\n{text}\n<!-- end -->"

    return _DRAWN.sub(one, page)


def test_the_page_is_in_step_with_the_table() -> None:
    page = PAGE.read_text()
    assert page == drawn(page)


def test_every_rule_is_on_the_page() -> None:
    subjects = {match[2] for match in _DRAWN.finditer(PAGE.read_text())}
    assert {rule.subject for rule in RULES} == subjects


def test_where_commands_are_accepted() -> None:
    said = re.search(r"A command is accepted in: (.*?)\. In", PAGE.read_text(), re.DOTALL)
    assert said is not None
    assert said[1].replace("\n", " ").split(", ") == list(ACCEPTING)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
