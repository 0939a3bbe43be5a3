"""The style packs that are installed, with their checksums."""

from allaprima.app.core.errors import StylePackError
from allaprima.app.doctor.finding import Finding, State
from allaprima.app.packs.pack import installed_packs, load_pack, shipped_folder, user_folder
from allaprima.app.settings_and_flags import Settings


def packs(settings: Settings) -> list[Finding]:
    """One finding a pack; one that is broken is a fault only if it is the one to paint with."""
    wanted, folders = settings.stylize.pack, installed_packs()
    if not folders:
        text = f"none, neither in {shipped_folder()} nor in {user_folder()}"
        return [Finding("packs", "fault", text, "install the program again; or allaprima styles import FILE")]
    findings = []
    for folder in folders:
        try:
            pack = load_pack(folder)
        except StylePackError as error:
            state: State = "fault" if folder.name == wanted else "warning"
            findings.append(Finding(f"pack {folder.name}", state, error.message, error.hint))
            continue
        text = f"{len(pack.styles)} styles, sha256 {pack.sha256[:12]} as on its card"
        findings.append(Finding(f"pack {folder.name}", "ok", text, f"allaprima styles list --pack {folder.name}"))
    if wanted not in [folder.name for folder in folders]:
        try:
            load_pack(wanted)  # a folder somewhere else
        except StylePackError as error:
            findings.append(Finding("packs", "fault", f"stylize.pack: {error.message}", "allaprima styles list"))
    return findings
