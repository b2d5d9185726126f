"""Which database the tests are given: one that was migrated as the migrations stand."""

from django.conf import settings

from tests.migrated import sources


def test_every_migration_and_what_it_imports_decides_which_database_is_kept():
    found = {one.relative_to(settings.BASE_DIR).as_posix() for one in sources()}
    rooms = ("expertpool/*", "experts", "selection", "evaluation")
    migrations = {
        one.relative_to(settings.BASE_DIR).as_posix() for room in rooms for one in settings.BASE_DIR.glob(f"{room}/migrations/0*.py")
    }
    assert len(migrations) > 30
    assert migrations - found == set()
    assert {"expertpool/ledger/triggers.py", "expertpool/crypto.py", "requirements.txt"} - found == set()
