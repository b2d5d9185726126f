"""A made-up town whose way into the pool is a chain of steps that a test writes itself."""

from pathlib import Path

from expertpool.regulations import catalogue
from experts.pages.application_steps import application_steps
from experts.services import applications as services
from experts.services.batches import collect_batch
from experts.services.chain import edition_to_read
from tests.experts import intake
from tests.factories import ApplicationFactory, PoolFactory

HAIBIN = Path(__file__).parents[1] / "sixth" / "editions" / "haibin-2026" / "2026-01-01.toml"
CODE = "haibin-2026"

PUBLICITY = """
[publicity]
article = "3"
days = 2
counting = "calendar"
bound = "exact"
[publicity.objection]
article = "3"
"""


def step(code, kind, role, *needs, unit=""):
    """A step of a made-up chain, as its file writes it."""
    lines = [f'code = "{code}"', f'name = "{code}"', 'article = "3"', f'kind = "{kind}"', f'role = "{role}"']
    lines += [f"needs = [{', '.join(repr(one) for one in needs)}]"] if needs else []
    lines += [f'unit = "{unit}"'] if unit else []
    return "[[intake.steps]]\n" + "\n".join(lines) + "\n"


def made_up(folder, *steps, by="office", conditions=""):
    """The file of the made-up town with another intake: one channel through all ``steps``, opened by ``by``."""
    text = HAIBIN.read_text(encoding="utf-8")
    before, rest = text.split("[intake]\n")
    _intake, after = rest.split("[[conditions]]\n", 1)
    _conditions, after = after.split("[exits]\n", 1)
    codes = [one.split('code = "')[1].split('"')[0] for one in steps]
    channel = f'[[intake.channels]]\ncode = "one"\nname = "一"\narticle = "3"\nby = "{by}"\nsteps = {codes!r}\n'.replace("'", '"')
    intake = '[intake]\narticle = "3"\nopen = "always"\n' + channel + "".join(steps).replace("'", '"')
    path = folder / CODE / "2026-01-01.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + intake + conditions + PUBLICITY + "[exits]\n" + after, encoding="utf-8")


def town(folder, *steps, **kwargs):
    """The pool of the made-up town under a chain of ``steps``."""
    made_up(folder, *steps, **kwargs)
    catalogue.clear_cache()
    return PoolFactory(code="HB", name="海滨市评标专家库", regulation_code=CODE, number_prefix="HB")


def filed(pool, by, **changes):
    kwargs = {"channel": "one", "recommending_unit": None, "filed_for": None, "filed_by": by, "attachments": False, **changes}
    return ApplicationFactory(pool=pool, fields=["GA"], **kwargs)


def sent(pool, by, **changes):
    return services.submit_application(application=filed(pool, by, **changes), by=by)


def refused(call, **arguments):
    """The codes with which a service refuses."""
    return [one.code for one in intake.refused(call, **arguments)]


def a_list(pool, office, people=2):
    return collect_batch(applications=[sent(pool, office) for _ in range(people)], by=office)


def bar(application):
    """The steps of an application as its page shows them: x done, ! now, . still to come."""
    application.refresh_from_db()
    return "".join(
        {"done": "x", "now": "!", "todo": "."}[one.state] for one in application_steps(application, edition_to_read(application))
    )
