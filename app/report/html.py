"""HTML made from the templates in this folder, by Jinja."""

from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from allaprima.app.core.console import printable


def render(template: str, package: str = "allaprima.app.report", /, **values: object) -> str:
    """The page that `template`, a file of the folder `package`, makes of `values`. Values are text: control and bidi
    characters are shown as the terminal shows them, and markup is escaped.
    """
    folder = files(package)
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)
