"""Keep the table of keys in docs/controls.md equal to the program's: `--check` tells, `--write` repairs.

The block lies between two lines `<!-- keys -->`.
"""

import argparse
import sys
from pathlib import Path

from allaprima.app.mirror.keys import markdown_table

MARKER = "<!-- keys -->"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "controls.md"


def with_current_table(text: str) -> str:
    """`text` with the block between the two markers replaced. Raises `ValueError` if there are not exactly two."""
    parts = text.split(MARKER)
    if len(parts) != 3:
        raise ValueError(f"expected 2 markers {MARKER}, found {len(parts) - 1}")
    return f"{parts[0]}{MARKER}\n{markdown_table()}{MARKER}{parts[2]}"


def main(argv: list[str] | None = None) -> int:
    """0 if the table is current (or has been written), 1 if it is stale, 2 if the page has no block."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, default=PAGE)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="exit with 1 if the table is not current")
    what.add_argument("--write", action="store_true", help="replace the table")
    args = parser.parse_args(argv)
    try:
        old = args.page.read_text(encoding="utf-8")
        new = with_current_table(old)
    except (OSError, ValueError) as error:
        print(f"{args.page}: {error}", file=sys.stderr)
        return 2
    if args.write:
        args.page.write_text(new, encoding="utf-8", newline="\n")
        return 0
    if old != new:
        print(f"{args.page}: the table of keys is stale; run: python scripts/keys_page.py --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
