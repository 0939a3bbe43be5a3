"""The command line: `allaprima COMMAND ...`, also as `python -m allaprima.app`."""

from __future__ import annotations

import io
import os
import sys
from argparse import OPTIONAL, SUPPRESS, Action, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any, NoReturn

from allaprima.app import cli
from allaprima.app.core.console import fail
from allaprima.app.core.errors import INTERRUPTED, AllaPrimaError, SettingsError
from allaprima.app.core.extras import mending
from allaprima.app.core.quiet import keep_our_standard_error
from allaprima.app.core.suggestion import did_you_mean

INTERNAL_ERROR = 70
BROKEN_PIPE = 141


class Parser(ArgumentParser):
    """argparse, but a bad argument is an error like every other: one line, a hint, and JSON where that is asked for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("formatter_class", RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)

    def error(self, message: str) -> NoReturn:
        raise SettingsError(message.removeprefix("argument "), f"{self.prog} --help")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuses what it does not know at once, while it is known whose option it was meant to be."""
        known, strangers = super().parse_known_args(args, namespace)
        if strangers:
            word, help_ = strangers[0].partition("=")[0], f"{self.prog} --help"
            if not word.startswith("-"):
                raise SettingsError(f"'{word}' is one argument too many", help_)
            options = [name for action in self._actions for name in action.option_strings if name.startswith("--")]
            raise SettingsError(f"there is no option '{word}'", did_you_mean(word, options, help_))
        return known, strangers

    def _get_value(self, action: Action, arg_string: str) -> Any:
        try:
            return super()._get_value(action, arg_string)  # type: ignore[misc]
        except SettingsError as error:
            name, hint = _named(action), error.hint
            if action.nargs == OPTIONAL and action.option_strings:  # it may have taken an argument of the command's
                bare = "auto" if action.const is None else f"{action.const:g}"
                hint += f"; for the bare flag write {name}={bare}, or put it last"
            raise SettingsError(f"{name} {error.message}", hint) from None

    def _check_value(self, action: Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            raise SettingsError(
                f"{_named(action)} {value}: not one of {', '.join(known)}", did_you_mean(str(value), known)
            )

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        sys.stdout.flush()  # here, where a closed pipe is still caught
        super().exit(status, message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; everything a user can do wrong is printed, not raised."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    debug, as_json = "--debug" in ours, "--json" in ours
    keep_our_standard_error()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Windows console page lacks letters that painters' names have
            stream.reconfigure(errors="replace")
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except SystemExit as done:  # argparse has printed its help
        return done.code if isinstance(done.code, int) else 0
    except BrokenPipeError:  # `allaprima ... | head` has read enough; Python would complain once more as it exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return fail("interrupted", "", INTERRUPTED, as_json, kind="")
    except Exception as error:
        if debug:
            import traceback

            traceback.print_exc()
        if isinstance(error, AllaPrimaError):
            return fail(error.message, error.hint, error.exit_code, as_json)
        if isinstance(error, ImportError):
            return fail(f"a part of the installation cannot be loaded: {error}", mending(error), 1, as_json)
        if isinstance(error, OSError):
            return fail(str(error), "", 1, as_json)
        hint = "" if debug else "run it again with --debug to see where"
        return fail(f"{type(error).__name__}: {error}", hint, INTERNAL_ERROR, as_json, kind="internal error: ")


def _run(arguments: list[str]) -> int:
    """What precedes the command's name is ours, what follows is the command's; --debug is ours anywhere."""
    place = next((i for i, a in enumerate(arguments) if not a.startswith("-")), len(arguments))
    top = Parser(
        prog="allaprima",
        usage="allaprima [--version] [--debug] COMMAND ...",
        description="Walk through a painting: real-time stereo style transfer for VR headsets.",
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    _add_debug(top)
    if {"-h", "--help"} & set(arguments[:place]):
        top.epilog = _overview()
    known = top.parse_args(arguments[:place])
    if known.version:
        from importlib.metadata import version

        print(f"allaprima {version('allaprima')}")
        return 0
    if place == len(arguments):
        raise SettingsError("no command given", "allaprima --help")

    name, rest = arguments[place], arguments[place + 1 :]
    if name not in cli.names():
        raise SettingsError(f"there is no command '{name}'", did_you_mean(name, cli.names()))
    command = cli.load(name)
    parser = Parser(prog=f"allaprima {name}", description=command.HELP)
    command.configure(parser)
    _add_debug(parser)
    end = rest.index("--") if "--" in rest else len(rest)
    rest[:end] = [a for a in rest[:end] if a != "--debug"]  # so that a command's own subcommands need not know of it
    return command.execute(parser.parse_args(rest))


def _named(action: Action) -> str:
    """By its long name, or by what stands for it in the usage."""
    return action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)


def _add_debug(parser: ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", default=SUPPRESS, help="print a traceback when something fails")


def _overview() -> str:
    """The commands and the exit codes, for the end of the top-level help."""
    codes = {0: "all is well", 1: "any other error"}
    for error in AllaPrimaError.__subclasses__():
        codes.setdefault(error.exit_code, (error.__doc__ or "").partition("\n")[0])
    codes |= {INTERNAL_ERROR: "a fault of the program itself", INTERRUPTED: "interrupted by ctrl-C"}
    codes[BROKEN_PIPE] = "whoever read the output stopped reading"
    return "\n".join(
        ["commands:"]
        + [f"  {name:<10} {cli.load(name).HELP}" for name in cli.names()]
        + ["", "`allaprima COMMAND --help` tells more, with examples.", "", "exit codes:"]
        + [f"  {code:>3}  {text}" for code, text in sorted(codes.items())]
    )


if __name__ == "__main__":
    sys.exit(main())
