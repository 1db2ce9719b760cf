"""The published vectors, by file: data only, each file names its source."""

import json
from pathlib import Path
from typing import Any


def vectors(name: str) -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "vectors" / f"{name}.json").read_text())
