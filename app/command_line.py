"""The command line: `allaprima COMMAND ...`."""

import io
import sys
from argparse import OPTIONAL, SUPPRESS, Action, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from allaprima.app import cli
from allaprima.app.core.console import fail, print_lines, printable_lines, restore_streams, show_lines, to_stdout
from allaprima.app.core.errors import HUNG_UP, INTERRUPTED, TERMINATED, AllaPrimaError, SettingsError, did_you_mean
from allaprima.app.core.interruption import ending_signals, exit_code_of
from allaprima.app.core.quiet import keep_our_standard_error
from allaprima.app.core.shell import mending

INTERNAL_ERROR = 70
BROKEN_PIPE = 141
LOG_LEVELS = ("debug", "info", "warning", "error")
_MEANT = {"--headless": ("--no-window", "--headset simulated")}
"""Options of one command, and what does the same in others."""


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
            meant = [flag for flag in _MEANT.get(word, ()) if flag.partition(" ")[0] in options]
            raise SettingsError(f"there is no option '{word}'", " ".join(meant) or did_you_mean(word, options, help_))
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

    def _print_message(self, message: str, file: Any = None) -> None:
        with to_stdout():  # where argparse hides what goes wrong
            (file or sys.stdout).write(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        with to_stdout():  # here, where a closed pipe or a full disk is still caught
            sys.stdout.flush()
        super().exit(status, message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; everything a user can do wrong is printed, not raised."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    debug, as_json = "--debug" in ours, "--json" in ours
    restore_streams()
    keep_our_standard_error()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Windows console page lacks letters that painters' names have
            stream.reconfigure(errors="replace")
    try:
        with ending_signals():
            code = _run(arguments)
            with to_stdout():
                sys.stdout.flush()
            return code
    except SystemExit as done:  # argparse has printed its help
        return done.code if isinstance(done.code, int) else 0
    except BrokenPipeError:  # `allaprima ... | head` has read enough; Python would complain once more as it exits
        return BROKEN_PIPE
    except KeyboardInterrupt as interruption:
        return fail("interrupted", "", exit_code_of(interruption), as_json, kind="")
    except Exception as error:
        if debug:
            import traceback

            show_lines(printable_lines(traceback.format_exc()))
        if isinstance(error, AllaPrimaError):
            return fail(error.message, error.hint, error.exit_code, as_json)
        if isinstance(error, ImportError):
            return fail(f"a part of the installation cannot be loaded: {error}", mending(error), 1, as_json)
        if isinstance(error, OSError):
            place = f"{error.filename}: " if error.filename else ""
            return fail(f"{place}{error.strerror or error}", "run it again with --debug to see where", 1, as_json)
        from allaprima.app.cli.shared.crash import write_crash

        file = write_crash(error, arguments)
        hint = "" if debug else "run it again with --debug to see where"
        if file:
            hint = f"{hint}{'; ' if hint else ''}what is known about it is in {file}"
        return fail(f"{type(error).__name__}: {error}", hint, INTERNAL_ERROR, as_json, kind="internal error: ")


def _run(arguments: list[str]) -> int:
    """What precedes the command's name is ours, what follows is the command's; the global options are ours anywhere."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = Parser(prog="allaprima", add_help=False)
    _add_globals(options)
    given, left = ArgumentParser.parse_known_args(options, arguments[:end])  # what is left is the command's
    arguments = left + arguments[end:]
    place = next((i for i, a in enumerate(arguments) if not a.startswith("-")), len(arguments))
    top = Parser(
        prog="allaprima",
        usage="allaprima [--version] [--debug] [--log-level LEVEL] [--log-file FILE] COMMAND ...",
        description="Walk through a painting: real-time stereo style transfer for VR headsets.",
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    _add_globals(top)
    if {"-h", "--help"} & set(arguments[:place]):
        top.epilog = _overview()
    known = top.parse_args(arguments[:place])
    if known.version:
        from importlib.metadata import version

        print_lines(f"allaprima {version('allaprima')}")
        return 0
    if place == len(arguments):
        raise SettingsError("no command given", "allaprima --help")

    name, rest = arguments[place], arguments[place + 1 :]
    if name not in cli.names():
        raise SettingsError(f"there is no command '{name}'", did_you_mean(name, cli.names()))
    command = cli.load(name)
    parser = Parser(prog=f"allaprima {name}", description=command.HELP)
    command.configure(parser)
    _add_globals(parser)
    args = parser.parse_args(rest)
    from allaprima.app.cli.shared.logs import logged

    with logged([name, *rest], getattr(given, "log_level", "info"), getattr(given, "log_file", None)):
        return command.execute(args)


def _named(action: Action) -> str:
    """By its long name, or by what stands for it in the usage."""
    return action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)


def _add_globals(parser: ArgumentParser) -> None:
    """The options that every command has."""
    add = parser.add_argument_group("global options").add_argument
    add("--debug", action="store_true", default=SUPPRESS, help="print a traceback when something fails")
    add("--log-level", choices=LOG_LEVELS, default=SUPPRESS, help="level of shown and logged messages (default: info)")
    add("--log-file", type=Path, default=SUPPRESS, metavar="FILE", help="log there, not in the user's log folder")


def _overview() -> str:
    """The commands and the exit codes, for the end of the top-level help."""
    codes = {0: "all is well", 1: "any other error"}
    for error in AllaPrimaError.__subclasses__():
        codes.setdefault(error.exit_code, (error.__doc__ or "").partition("\n")[0])
    codes |= {INTERNAL_ERROR: "a fault of the program itself", INTERRUPTED: "interrupted by ctrl-C"}
    codes |= {HUNG_UP: "its terminal was closed (SIGHUP)"}
    codes |= {TERMINATED: "ended by SIGTERM; on Windows by ctrl-break or a closed console"}
    codes[BROKEN_PIPE] = "the reader of the output stopped reading"
    return "\n".join(
        ["commands:"]
        + [f"  {name:<10} {cli.load(name).HELP}" for name in cli.names()]
        + ["", "`allaprima COMMAND --help` shows all flags and examples.", "", "exit codes:"]
        + [f"  {code:>3}  {text}" for code, text in sorted(codes.items())]
        + [
            "",
            "SIGTERM, SIGHUP and the first ctrl-C end a session in order: video, recording and report are completed.",
        ]
    )
