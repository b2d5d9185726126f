"""An installation of 2026-11, from before pools had walls, is migrated; everything in it is found again under its pool."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.migrations.old_installation import rows_of_2026_11

pytestmark = pytest.mark.process
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("old_installation.py")


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """The environment of an installation of 2026-11 that has just been migrated, and what is found in it now."""
    environment = an_environment(tmp_path_factory)
    with a_database(environment):
        run(environment, sys.executable, str(SCRIPT), "build")
        run(environment, sys.executable, "manage.py", "migrate", "--verbosity", "0")
        yield json.loads(run(environment, sys.executable, str(SCRIPT), "tell"))


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """What became of an installation with two pools; it was first tried without any."""
    environment = an_environment(tmp_path_factory)
    with a_database(environment):
        yield json.loads(run(environment, sys.executable, str(SCRIPT), "several"))


def an_environment(tmp_path_factory) -> dict[str, str]:
    return {**os.environ, "EXPERTPOOL_MODE": "test", "EXPERTPOOL_DATA": str(tmp_path_factory.mktemp("installation"))}


class a_database:
    """An empty database of the kind that the tests run on; on PostgreSQL one of its own beside the named one."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.url = environment.get("DATABASE_URL", "")
        self.name = f"installation_{os.getpid()}"

    def __enter__(self) -> None:
        if self.url:
            self._on_server(f"DROP DATABASE IF EXISTS {self.name}", f"CREATE DATABASE {self.name}")
            self.environment["DATABASE_URL"] = urlunsplit(urlsplit(self.url)._replace(path=f"/{self.name}"))

    def __exit__(self, *_: object) -> None:
        if self.url:
            self._on_server(f"DROP DATABASE IF EXISTS {self.name}")

    def _on_server(self, *statements: str) -> None:
        import psycopg2

        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def before():
    """The rows of 2026-11 as mappings, by table."""
    return {
        table: [dict(zip(content["columns"], row, strict=True)) for row in content["rows"]]
        for table, content in rows_of_2026_11()["tables"].items()
    }


def test_the_pool_keeps_its_code_name_and_numbers(installation, before):
    (pool,) = before["experts_pool"]
    assert installation["pool"] == [pool["code"], pool["name"], pool["regulation_code"], pool["number_prefix"], pool["regulation_code"]]
    assert installation["fields"] == len(before["experts_field"])


def test_each_account_holds_what_its_role_was(installation, before):
    codes = {one["id"]: one["code"] for one in before["accounts_organisation"]}
    (pool,) = before["experts_pool"]
    without_pool = {"employer", "expert", "system_admin", "security_admin", "audit_admin"}
    expected = sorted(
        [one["username"], one["role"], None if one["role"] in without_pool else pool["code"], codes.get(one["organisation_id"])]
        for one in before["accounts_user"]
        if one["role"] != "expert"
    )
    assert installation["assignments"] == expected
    assert installation["experts_with_account"] == sum(one["role"] == "expert" for one in before["accounts_user"])


def test_the_pool_keeps_who_recommends_in_which_of_its_fields(installation, before):
    (pool,) = before["experts_pool"]
    expected = sorted(
        [pool["code"], one["code"], sorted(json.loads(one["field_scope"]))] for one in before["accounts_organisation"] if one["recommends"]
    )
    assert expected
    assert installation["recommending"] == expected


def test_no_row_is_lost(installation, before):
    tables = {
        "accounts.Organisation": "accounts_organisation", "accounts.User": "accounts_user", "experts.Expert": "experts_expert",
        "experts.Mark": "experts_mark", "experts.Suspension": "experts_suspension", "experts.Publicity": "experts_publicity",
        "evaluation.Evaluation": "evaluation_evaluation", "evaluation.Score": "evaluation_score", "selection.Candidate": "selection_candidate",
        "selection.ContactLine": "selection_contactline", "selection.Invitation": "selection_invitation",
        "selection.Participation": "selection_participation",
    }  # fmt: skip
    assert installation["counts"] == {label: len(before[table]) for label, table in tables.items()}
    assert installation["memberships"] == len(before["experts_membership"])
    assert installation["exit_cases"] == len(before["experts_exitcase"])
    assert installation["batches"] == sorted(one["number"] for one in before["experts_batch"])
    assert installation["history"] == len(before["experts_historicalexpert"])


def test_what_was_under_way_waits_at_the_same_step(installation, before):
    steps = {"office_review": "office", "inspector_review": "inspector", "leader_review": "leader"}
    states = Counter("under_approval" if one["state"] in steps else one["state"] for one in before["selection_drawrequest"])
    assert installation["requests"] == dict(states)
    assert installation["steps_due"] == sorted(
        [one["number"], steps[one["state"]]] for one in before["selection_drawrequest"] if one["state"] in steps
    )
    reviewed = {"employer_review", "unit_verification", "office_review"}
    states = Counter("under_review" if one["state"] in reviewed else one["state"] for one in before["experts_application"])
    assert installation["applications"] == dict(states)
    assert installation["application_steps"] == sorted(
        [one["number"], one["state"]] for one in before["experts_application"] if one["state"] in reviewed
    )


def test_the_office_still_sees_everything_but_drafts(installation, before):
    assert installation["seen_by_the_office"] == [
        sum(one["state"] != "draft" for one in before["experts_application"]),
        sum(one["state"] != "draft" for one in before["selection_drawrequest"]),
    ]


def test_personal_data_opens_with_the_old_key_ring(installation):
    assert installation["phone"].isdigit()
    assert len(installation["phone"]) == 11


def test_the_chain_still_verifies_and_belongs_to_the_pool(installation, before):
    inside = [one for one in before["ledger_event"] if not one["subject"].startswith(("account:", "workyear:", "user:"))]
    assert installation["ledger"] == [len(before["ledger_event"]), len(inside), []]
    (head,) = before["ledger_head"]
    assert installation["head"] == f"{head['seq']} {head['chain']}"


def test_bundles_are_as_they_were(installation, before):
    drawn = {one["id"]: one["number"] for one in before["selection_draw"]}
    folders = {number: set() for number in drawn.values()}
    for attempt in before["selection_attempt"]:
        folders[drawn[attempt["draw_id"]]].add(f"round-{attempt['round']}-attempt-{attempt['attempt']}")
    assert {number: {path.split("/")[0] for path in files} for number, files in installation["bundles"].items() if files} == {
        number: names for number, names in folders.items() if installation["bundles"][number]
    }


def test_numbers_go_on_where_they_were(installation, before):
    def last(table: str, pattern: str) -> int:
        import re

        found = [re.fullmatch(pattern, one["number"]) for one in before[table]]
        return max((int(one[1]) for one in found if one), default=0)

    assert installation["following"] == {
        "member": f"ZJK{last('experts_membership', r'ZJK([0-9]{6})') + 1:06d}",
        "application": f"ZJK-SQ2026-{last('experts_application', r'SQ2026-([0-9]+)') + 1:06d}",
        "batch": f"ZJK2026-P{last('experts_batch', r'ZJK2026-P([0-9]+)') + 1:03d}",
        "request": f"ZJK-SY2026-{last('selection_drawrequest', r'SY2026-([0-9]+)') + 1:04d}",
        "draw": f"ZJK2026-{last('selection_draw', r'ZJK2026-([0-9]+)') + 1:06d}",
    }


def test_without_a_pool_nothing_is_changed_and_the_accounts_are_named(several):
    assert "lonely" in several["refused"]
    assert several["untouched"]


def test_the_pool_that_keeps_the_prefix_goes_on_behind_the_last_number_of_all(several):
    first, second = several["following"]["XJGXT"], several["following"]["SECOND"]
    assert (first["member"], first["batch"], first["draw"]) == ("ZJK000403", "ZJK2026-P003", "ZJK2026-000004")
    assert (second["member"], second["batch"], second["draw"]) == ("SECOND000403", "SECOND2026-P003", "SECOND2026-000004")


def test_an_earlier_role_becomes_a_period_that_has_ended(several):
    assert several["assignments"]["leader"] == [
        ["leader", "SECOND", "2026-10-01", ""],
        ["leader", "XJGXT", "2026-10-01", ""],
        ["office", "XJGXT", "2026-09-01", "2026-09-30"],
    ]


def test_an_office_account_of_no_pools_office_keeps_every_pool_and_is_named(several):
    assert [one[1] for one in several["assignments"]["roving"]] == ["SECOND", "XJGXT"]
    assert [one[1] for one in several["assignments"]["office"]] == ["XJGXT"]
    assert "roving" in several["printed"]
    assert "office" not in several["printed"].replace("roving", "")


def test_a_look_is_placed_only_where_its_pool_is_certain(several):
    assert several["disclosed_in"] == ["", "XJGXT", "SECOND"]


def test_each_event_names_the_pool_of_its_subject(several):
    assert several["events"] == {
        "draw:ZJK2026-000001": ["XJGXT"],
        "draw:ZJK2026-000003": ["SECOND"],
        "pool:": ["XJGXT"],
        "batch:ZJK2026-P002": ["SECOND"],
    }
