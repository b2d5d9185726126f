"""Drafts: opened one by one or as a list, and saved however incomplete."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from simple_history.utils import bulk_create_with_history

from expertpool import clock, crypto, identity
from expertpool.accounts.models import User
from expertpool.ledger.services import SentBefore, made_before, record, record_all
from expertpool.names import name_initials, name_key
from expertpool.pools.duties import Actor, actor
from expertpool.pools.editions import edition_on
from expertpool.pools.models import Pool, Role
from expertpool.pools.serials import take_number, take_numbers
from expertpool.refusals import Refusal, Refused, refuse_if
from expertpool.regulations import Regulation
from experts.domain.chain import RECOMMENDS, completes_himself, recommending_roles
from experts.domain.statements import ATTESTS, CONSENTS, statements
from experts.models import Application, ApplicationEmployment, Expert
from experts.services import chain

from .filers import FILE, channels_open_to, completes, files_for, units_that_file, why_not_edit, why_not_file, why_not_file_several

PERSONAL = (
    "name", "sex", "birth_date", "id_number", "school", "degree", "degree_since", "major", "employer", "position", "title", "title_level",
    "title_since", "licence", "licence_since", "years", "expert_type", "research_area", "email", "phone", "address", "postcode",
    "achievements",
)  # fmt: skip
# What the filing side alone decides; the applicant who completes his file does not.
PLACE = ("channel", "filed_for", "recommending_unit", "applicant")
STATED = (CONSENTS, ATTESTS)
EDITABLE = (*PERSONAL, *PLACE, *STATED, "fields", "employments")


def _by_subject(subject: str) -> Application:
    return Application.objects.get(pk=int(subject.removeprefix("application:")))


def file_application(*, pool: Pool, by: User, on: date | None = None, once: str = "", **data: Any) -> Application:
    """A new draft, complete or not; ``data`` as for :func:`save_application`.

    ``channel`` defaults to the first one that ``by`` opens, ``filed_for`` to the unit for which he does, ``recommending_unit`` to
    that unit where it recommends itself. ``once``: a key of the form that was sent; the same form sent again returns the
    draft that it made.
    """
    key = f"application.filed:{by.pk}:{once}" if once else None
    if subject := made_before(key):
        return _by_subject(subject)
    try:
        return _file(pool, by, on or clock.today(), key, data)
    except SentBefore as before:
        return _by_subject(before.subject)


@transaction.atomic
def _file(pool: Pool, by: User, on: date, key: str | None, data: dict[str, Any]) -> Application:
    who, regulation = actor(by, pool, clock.today()), edition_on(pool, on)
    refuse_if(who.why_not(FILE, edition=regulation))
    application = Application(pool=pool, filed_by=by)
    _write(application, data, regulation, who)
    refuse_if(_why_not_second(application, who))
    application.number = take_number(pool, "application", on.year)
    _save(application, data, who)
    subject = f"application:{application.pk}"
    event = record("application.filed", subject=subject, by=by, pool=pool.code, body=_told_of_filing(application), idem=key)
    if event.subject != subject:
        raise SentBefore(event.subject)
    return application


class RowsRefused(Refused):
    """None of several drafts was filed; ``rows`` holds the refusals by the place of the draft in the list."""

    def __init__(self, rows: dict[int, tuple[Refusal, ...]]) -> None:
        super().__init__(*(refusal for refusals in rows.values() for refusal in refusals))
        self.rows = rows


@transaction.atomic
def file_applications(*, pool: Pool, by: User, drafts: Sequence[dict[str, Any]], on: date | None = None) -> list[Application]:
    """New drafts for others, all or none, each with the data that :func:`file_application` takes; as many statements for 500 as for one.

    Raises RowsRefused with everything that stands against any of them.
    """
    on = on or clock.today()
    who, regulation = actor(by, pool, clock.today()), edition_on(pool, on)
    refuse_if(why_not_file_several(who, regulation))
    made: list[Application] = []
    refused: dict[int, tuple[Refusal, ...]] = {}
    for place, data in enumerate(drafts):
        application = Application(pool=pool, filed_by=by)
        try:
            _write(application, data, regulation, who)
        except Refused as error:
            refused[place] = error.refusals
        made.append(application)
    refused |= _seconds(pool, made, who)
    if refused:
        raise RowsRefused(dict(sorted(refused.items())))
    for application, number in zip(made, take_numbers(pool, "application", on.year, len(made)), strict=True):
        application.number = number
    try:
        with transaction.atomic():
            bulk_create_with_history(made, Application)
    except IntegrityError:
        # Somebody filed one of these persons in this very moment.
        if taken := _seconds(pool, made, who):
            raise RowsRefused(taken) from None
        raise
    through = Application.fields.through
    through.objects.bulk_create(
        through(application_id=application.pk, field_id=field.pk)
        for application, data in zip(made, drafts, strict=True)
        for field in dict.fromkeys(data.get("fields", ()))
    )
    ApplicationEmployment.objects.bulk_create(
        ApplicationEmployment(application=application, **one)
        for application, data in zip(made, drafts, strict=True)
        for one in data.get("employments", ())
    )
    told = [(f"application:{one.pk}", _told_of_filing(one)) for one in made]
    record_all("application.filed", told, by=by, pool=pool.code)
    return made


def _told_of_filing(application: Application) -> dict[str, Any]:
    return {"number": application.number, "channel": application.channel}


@transaction.atomic
def save_application(*, application: Application, by: User, on: date | None = None, **data: Any) -> Application:
    """Keep what was typed, however incomplete: of a draft or returned application on the filing side, of one's own that one completes.

    ``data``: columns of the file; ``fields`` (rows of Field), ``employments`` (mappings with the columns of an
    employment; the whole list is replaced). What is not given stays. An identity number with an open application
    elsewhere is refused at once. An applicant who completes his file leaves channel and units as they are.
    """
    application = locked(application)
    who = actor(by, application.pool, clock.today())
    refuse_if(why_not_edit(application, who))
    _write(application, data, chain.edition_for(application, on or clock.today()), who)
    refuse_if(_why_not_second(application, who))
    _save(application, data, who)
    body = {"number": application.number}
    record("application.saved", subject=f"application:{application.pk}", by=by, pool=application.pool.code, body=body)
    return application


def locked(application: Application) -> Application:
    """The application's row, locked, with its pool."""
    return Application.objects.select_for_update(of=("self",)).select_related("pool").get(pk=application.pk)


def _save(application: Application, data: dict[str, Any], who: Actor) -> None:
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError:
        # Somebody filed the same person in this very moment.
        refuse_if(_why_not_second(application, who))
        raise
    if "fields" in data:
        application.fields.set(data["fields"])
    if "employments" in data:
        application.employments.all().delete()
        ApplicationEmployment.objects.bulk_create(ApplicationEmployment(application=application, **one) for one in data["employments"])


def _write(application: Application, data: dict[str, Any], regulation: Regulation, who: Actor) -> None:
    """Put ``data`` into the application's columns and what follows from them; nothing is saved."""
    unknown = set(data) - set(EDITABLE)
    if unknown:
        raise TypeError(f"an application has no {', '.join(sorted(unknown))}")
    for column in (*PERSONAL, *STATED):
        if column in data:
            setattr(application, column, data[column])
    if not completes(application, who):
        _place(application, data, regulation, who)
    application.name = application.name.strip()
    application.name_key, application.name_initials = name_key(application.name), name_initials(application.name)
    application.id_number = identity.normalise_id(application.id_number)
    application.phone = identity.normalise_phone(application.phone)
    application.phone_digest = crypto.digest("phone", application.phone) if application.phone else ""
    # Only a possible number identifies somebody: a half-typed one stays in the draft without a digest.
    possible = bool(application.id_number) and identity.why_not_id_number(application.id_number) is None
    application.id_digest = crypto.digest("id-number", application.id_number) if possible else ""
    refuse_if(_why_not_himself(application, who, regulation))
    asked = statements(regulation)
    stated = bool(asked) and all(getattr(application, one.column) for one in asked)
    application.consented_at = (application.consented_at or clock.now()) if stated else None
    application.changed_at = clock.now()


def _why_not_himself(application: Application, who: Actor, regulation: Regulation) -> Refusal | None:
    """Nobody writes another person's number into his own file: whose record is known, in whatever pool, is known by his."""
    if application.applicant_id != who.account.pk or not application.id_digest:
        return None
    if not Expert.objects.filter(user=who.account).exclude(id_digest__in=("", application.id_digest)).exists():
        return None
    message = f"身份证号码与您本人的档案不一致，个人申请只能为本人填报，请核对；档案有误的，请联系{regulation.labels.office}更正。"
    return Refusal.under(regulation, "not_himself", message, chain.channel_of(application, regulation).article, field="id_number")


def _place(application: Application, data: dict[str, Any], regulation: Regulation, who: Actor) -> None:
    """Channel, filing unit, recommending unit and the applicant's account, as far as the edition asks for them."""
    mine = channels_open_to(regulation, who)
    application.channel = data.get("channel") or application.channel or (mine[0].code if mine else "")
    refuse_if(why_not_file(application, who, regulation))
    channel = chain.channel_of(application, regulation)
    units = units_that_file(channel, who)
    unit = data["filed_for"].pk if data.get("filed_for") is not None else application.filed_for_id
    if units and unit not in units:
        if len(units) > 1 or data.get("filed_for") is not None:
            raise Refused(Refusal.under(regulation, "filed_for", "请选择以哪个单位的名义填报。", channel.article, field="filed_for"))
        (unit,) = units
    application.filed_for_id = unit if units else None
    if "recommending_unit" in data:
        application.recommending_unit = data["recommending_unit"]
    if not regulation.intake.needs_recommending_unit(channel.code):
        application.recommending_unit = None
    elif channel.by == RECOMMENDS or (application.recommending_unit_id is None and channel.by in recommending_roles(regulation, channel)):
        application.recommending_unit_id = application.filed_for_id
    elif application.recommending_unit_id is None:
        raise Refused(Refusal("recommending_unit", f"请选择{regulation.labels.recommending_unit}。", field="recommending_unit"))
    if channel.by == Role.EXPERT:
        application.applicant = application.filed_by
    elif not completes_himself(regulation.intake.chain(channel.code)):
        application.applicant = None
    elif "applicant" in data:
        application.applicant = data["applicant"]


def _why_not_second(application: Application, who: Actor) -> Refusal | None:
    """The reason why there may not be another application of this person, or None."""
    return _seconds(application.pool, [application], who).get(0, (None,))[0]


def _seconds(pool: Pool, applications: Sequence[Application], who: Actor) -> dict[int, tuple[Refusal, ...]]:
    """One open application a person: which of ``applications`` are a second one, without telling other units' files."""
    digests = [one.id_digest for one in applications if one.id_digest]
    if not digests:
        return {}
    own = [one.pk for one in applications if one.pk]
    others = Application.objects.open().filter(pool=pool, id_digest__in=digests).exclude(pk__in=own).select_related("pool")
    known: dict[str, Application] = {}
    for other in others.defer("id_number", "phone", "achievements"):
        known.setdefault(other.id_digest, other)
    found: dict[int, tuple[Refusal, ...]] = {}
    for place, application in enumerate(applications):
        first = known.setdefault(application.id_digest, application) if application.id_digest else application
        if first is not application:
            number = f"（{first.number}）" if first.number and files_for(first, who) else ""
            message = f"此人已有一份办理中的入库申请{number}，同一人不能同时提交两份。请核对身份证号码，或等前一份办结后再申请。"
            found[place] = (Refusal("second_application", message, field="id_number"),)
    return found
