"""Pages from templates: what is put into them is escaped, and what they ask for must be given."""

import pytest
from jinja2 import UndefinedError

from api.http.pages import rendered


def test_values_are_escaped() -> None:
    """A value is text, whatever it holds."""
    assert 'href="&lt;&#34;&amp;&gt;/favicon.png"' in rendered("docs.html", assets='<"&>')


def test_a_value_that_is_not_given_is_an_error() -> None:
    """A page with a hole in it is not served."""
    with pytest.raises(UndefinedError):
        rendered("docs.html")
