"""The user's settings file."""

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.shell import moving
from allaprima.app.doctor.finding import Finding
from allaprima.app.settings_and_flags import Settings
from allaprima.app.settings_file import config_path


def settings_file(settings: Settings) -> list[Finding]:
    """Whether it can be read, and every key in it is known."""
    path = config_path()
    if not path.exists():
        return [Finding("settings", "ok", f"defaults: there is no {path}")]
    if not path.is_file():
        return [Finding("settings", "warning", f"{path} is no file, so it is not read", moving(path))]
    try:
        Settings.load()
    except SettingsError as error:
        return [Finding("settings", "fault", error.message, error.hint or moving(path))]
    return [Finding("settings", "ok", str(path))]
