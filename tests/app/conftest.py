"""Makes `stand_ins` and `stage` importable from the tests beside and below."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from stage import stage  # noqa: F401
