"""docs/roles.md says of every duty who holds it under the five regulations, and says it rightly."""

from expertpool.pools.models import Role

from .duty_table import DOCUMENT, between, duty_table


def test_the_table_of_duties_is_what_the_editions_say():
    assert between(DOCUMENT.read_text())[1] == duty_table(), "run: python -m tests.pools.duty_table"


def test_every_role_is_told_of():
    text = DOCUMENT.read_text()
    assert [role for role in Role if f"`{role}`" not in text] == []
