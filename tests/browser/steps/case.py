"""What the whole path is about: one applicant, one pool, one activity."""

from demo.case import PDF
from demo.seed import POOL_CODE
from expertpool.accounts.models import Organisation

NAME = "沈思远"
#: Where the pool is mounted.
POOL = f"/p/{POOL_CODE}"
TITLE = "2026年自治区首台（套）重大技术装备认定评审"


def pdf(name, content=PDF):
    return {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": content + name.encode()}


def organisation(code):
    return Organisation.objects.get(code=code).name
