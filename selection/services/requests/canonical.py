"""The approved request as the text that is hashed into the draw's manifest."""

from hashlib import sha256
from typing import Any

from expertpool.crypto import digest
from experts.models import TitleLevel
from selection.models import DrawRequest


def text_hash(text: str) -> str:
    """SHA-256 of a text, lower-case hex; empty for none."""
    return sha256(text.encode()).hexdigest() if text else ""


def canonical_mapping(request: DrawRequest) -> dict[str, Any]:
    """The approved request as the mapping whose canonical text is hashed into the draw's manifest.

    In clear: number, version, department and organisations by code, type, nature, days, fields with their counts,
    the structured qualification, the total. As SHA-256: title, nature_other, summary, basis document, qualification,
    scope, industry, place, recusal text, names of projects and of unregistered applicants, reasons of recusals. Names of
    persons (recusals, project people) as hashes under the installation's key, because a plain hash of a name can be
    guessed. Left out: names and phones of the department's leader and handler.
    """

    def person(name: str) -> str:
        return digest("request-person", name)

    recusals = sorted(
        [
            one.kind,
            one.organisation.code if one.organisation else "",
            person(one.person_name) if one.person_name else "",
            text_hash(one.reason),
        ]
        for one in request.recusals.select_related("organisation")
    )
    projects = sorted(
        [
            text_hash(project.name),
            project.applicant.code if project.applicant else "",
            text_hash(project.applicant_name),
            sorted([one.part, person(one.name), one.organisation.code if one.organisation else ""] for one in project.people.all()),
        ]
        for project in request.projects.select_related("applicant").prefetch_related("people__organisation")
    )
    texts = ("title", "nature_other", "summary", "basis_document", "qualification", "scope", "industry", "place", "recusal_text")
    return {
        "number": request.number,
        "version": request.version,
        "pool": request.pool.code,
        "department": request.department.code,
        "activity_type": request.activity_type,
        "nature": request.nature,
        "total": request.total,
        "seats": [[code, count] for code, count in request.seats.order_by("field__code").values_list("field__code", "count")],
        "min_title_level": int(request.min_title_level),
        "min_years": request.min_years,
        "starts_on": request.starts_on.isoformat() if request.starts_on else None,
        "ends_on": request.ends_on.isoformat() if request.ends_on else None,
        "texts": {name: text_hash(getattr(request, name)) for name in texts},
        "recusals": recusals,
        "projects": projects,
    }


def qualification_words(request: DrawRequest) -> str:
    """专家资格要求 in words, with what the printed form has no box for (reading A6)."""
    parts = [request.qualification]
    if request.min_title_level:
        parts.append(f"职称：{TitleLevel(request.min_title_level).label}以上")
    if request.min_years:
        parts.append(f"从业年限：{request.min_years}年以上")
    if request.scope:
        parts.append(f"选取范围：{request.scope}")
    if request.industry:
        parts.append(f"行业分类：{request.industry}")
    return "；".join(part for part in parts if part)
