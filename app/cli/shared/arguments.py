"""Flags of settings, as they are declared, and what they say when they are read back; and `--json`."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from allaprima.app.core.values import Size, SizeOrSide
from allaprima.app.settings_and_flags import Declaration, Settings, declared

if TYPE_CHECKING:
    from argparse import Action


class Flags(Protocol):
    """A parser, or a group of one."""

    def add_argument(self, *names: str, **options: Any) -> Action: ...


METAVARS = {int: "N", Size: "WxH", SizeOrSide: "WxH|SIDE", str: "NAME"}


def add_settings(parser: Flags, *keys: str, auto: Mapping[str, str] | None = None, without: Sequence[str] = ()) -> None:
    """The flags of these settings ("section.key"), or of all of a "section" but those in `without`; `auto` gives the
    default of a setting in this command. The given value is in the namespace under the key.
    """
    for key in keys:
        for one in declared().values():
            if one.flag.name and one.key not in without and key in (one.key, one.key.partition(".")[0]):
                parser.add_argument(
                    one.flag.name, dest=one.key, default=SUPPRESS, **_options(one, (auto or {}).get(key))
                )


def add_set(parser: Flags) -> None:
    """`--set`, for the commands that all settings hold for."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any setting; `allaprima settings` lists them"
    )


def add_json(parser: ArgumentParser) -> None:
    """`--json`, the same for every command."""
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object, and nothing else")


def given(args: Namespace) -> dict[str, object]:
    """The settings that were given as flags."""
    return {key: value for key, value in vars(args).items() if key in declared()}


def settings_of(args: Namespace) -> Settings:
    """Defaults, the user's file, `--set`, then the flags. Raises `SettingsError`."""
    assignments: Sequence[str] = getattr(args, "set", ())
    return Settings.load(assignments=assignments, flags=given(args))


def spelled(value: object) -> str:
    """A setting's value as it is typed."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return "auto" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _options(one: Declaration, auto: str | None) -> dict[str, Any]:
    flag, value = one.flag, one.value
    if value.kind is bool:
        return {"action": "store_const", "const": not one.default, "help": flag.instead or flag.meaning}
    notes = [str(value.within)] if value.within else []
    notes.append(f"default: {auto or (flag.auto if one.default is None else spelled(one.default))}")
    options = {
        "type": value,
        "metavar": "{" + ",".join(value.choices) + "}" if value.choices else flag.metavar or METAVARS[value.kind],
        "help": f"{flag.meaning} ({'; '.join(notes)})".replace("%", "%%"),
    }
    return options | ({} if flag.bare is None else {"nargs": "?", "const": value(flag.bare)})
