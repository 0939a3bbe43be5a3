"""Keep the table of controllers in docs/headsets.md equal to the program's: `--check` tells, `--write` repairs.

The block lies between two lines `<!-- controls -->`.
"""

import argparse
import sys
from pathlib import Path

from allaprima.app.headset.actions import CONTROLS, PROFILES, Profile

MARKER = "<!-- controls -->"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "headsets.md"


def controls_table() -> str:
    """A row a control, a column a controller, as SteamVR's default bindings have it; ends with a newline."""
    rows = [
        "| | " + " | ".join(profile.title for profile in PROFILES) + " |",
        "| --- |" + " --- |" * len(PROFILES),
    ]
    for control in CONTROLS:
        places = [_place(profile, control.name) for profile in PROFILES]
        rows.append(f"| {control.text} | " + " | ".join(places) + " |")
    return "\n".join(rows) + "\n"


def with_current_table(text: str) -> str:
    """`text` with the block between the two markers replaced. Raises `ValueError` if there are not exactly two."""
    parts = text.split(MARKER)
    if len(parts) != 3:
        raise ValueError(f"expected 2 markers {MARKER}, found {len(parts) - 1}")
    return f"{parts[0]}{MARKER}\n{controls_table()}{MARKER}{parts[2]}"


def _place(profile: Profile, control: str) -> str:
    """'right trigger', 'left trackpad, up'; a dash where the controller has no place for it."""
    if control not in profile.steamvr:
        return "-"
    path, mode, input_name = profile.steamvr[control]
    _, _, _, hand, _, source = path.split("/")  # /user/hand/left/input/trigger
    part = {"joystick": "thumb-stick", "thumbstick": "thumb-stick", "application_menu": "menu"}.get(source, source)
    where = {"north": ", up", "south": ", down", "center": ", middle"}.get(input_name, "")
    if mode == "joystick":
        where = ", up and down"
    return f"{hand} {part.upper() if len(part) == 1 else part}{where}"


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
    elif old != new:
        print(f"{args.page}: the table is stale; run: python scripts/headset_controls.py --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
