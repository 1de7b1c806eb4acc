"""Pages for people: templates of `api/templates/`, each with both languages in it."""

from jinja2 import Environment, PackageLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=PackageLoader("api"),
    autoescape=True,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    auto_reload=False,
)


def rendered(template: str, **values: object) -> str:
    """Return the text of `template` with `values` in it, escaped. Raises where it asks for one not given."""
    return _TEMPLATES.get_template(template).render(values)
