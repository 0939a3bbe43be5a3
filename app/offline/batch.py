"""Several jobs of one command: a broken input ends only its own job, and existing outputs are kept."""

from collections.abc import Callable
from typing import Any, TypeVar

from allaprima.app.core.console import say
from allaprima.app.core.errors import AllaPrimaError, OutputError, SettingsError, SourceError
from allaprima.app.offline.jobs import Job

Result = TypeVar("Result")


class Batch:
    """The `jobs` that are still to do. Of several, those whose outputs all exist are kept, unless `overwrite`, so that
    the same command again paints what is missing; a job alone raises what goes wrong.
    """

    def __init__(self, jobs: list[Job], overwrite: bool) -> None:
        self._alone = len(jobs) == 1
        self.kept = [] if self._alone or overwrite else [job for job in jobs if all(o.exists() for o in job.outputs)]
        self.jobs = [job for job in jobs if job not in self.kept]
        self.broken: list[tuple[Job, AllaPrimaError]] = []
        if self.kept:
            say(f"{len(self.kept)} of {len(jobs)} are there already and are kept (--overwrite paints them again)")

    def each(self, work: Callable[[Job], Result]) -> list[Result]:
        """The results of `work` for all jobs. A job with an unreadable input is reported and left out.

        Raises `OutputError`, which would happen in the later jobs, too.
        """
        results = []
        for job in list(self.jobs):
            try:
                results.append(work(job))
            except (SourceError, SettingsError) as error:
                if self._alone or isinstance(error, OutputError):
                    raise
                named = any(str(path) in error.message for path in job.inputs)
                say(f"left out: {'' if named else f'{job.inputs[0]}: '}{error.message}")
                self.broken.append((job, error))
                self.jobs.remove(job)
        return results

    @property
    def exit_code(self) -> int:
        """That of an unreadable input, if there was one; else 0."""
        return SourceError.exit_code if self.broken else 0

    def summary(self) -> dict[str, Any]:
        """The kept and the left out jobs, for JSON."""
        return {
            "kept": [str(output) for job in self.kept for output in job.outputs],
            "broken": [
                {"inputs": [str(path) for path in job.inputs], "message": error.message, "hint": error.hint}
                for job, error in self.broken
            ],
        }

    def report_broken(self) -> None:
        """Report the number of left out jobs, if any."""
        if self.broken:
            say(f"{len(self.broken)} of {len(self.broken) + len(self.jobs) + len(self.kept)} could not be painted")
