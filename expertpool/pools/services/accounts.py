"""Opening accounts, changing them, setting passwords; every act is in the ledger, with ids and codes only."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools.duties import why_not_role
from expertpool.pools.models import Role
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if

#: What :func:`change_account` changes. Whether one may sign in stands in the ledger by value, the rest by name.
RIGHTS = ("is_active",)
CHANGEABLE = (*RIGHTS, "username", "name", "email")


def why_not_keep_accounts(by: User | None) -> Refusal | None:
    """The reason why ``by`` (None: the system) may not open or change accounts, or None."""
    if why_not_role(by, clock.today(), Role.SECURITY_ADMIN) is None:
        return None
    return Refusal("role", _("账号的开通、变更、任职和密码设置由安全管理员办理。"))


def why_not_change_account(account: User, by: User | None, **changes: Any) -> Refusal | None:
    """The reason why ``by`` may not make these changes, or None: nobody changes what he himself may do."""
    if refusal := why_not_keep_accounts(by):
        return refusal
    if by is None or by.pk != account.pk:
        return None
    if "is_active" in changes and changes["is_active"] != account.is_active:
        return Refusal("own-account", _("不能停用本人的账号，请由另一名安全管理员办理。"), field="is_active")
    return None


def why_not_set_password(account: User, by: User | None) -> Refusal | None:
    """The reason why ``by`` may not set the password of ``account``, or None: one's own, or any by who keeps accounts."""
    if by is not None and by.is_active and by.pk == account.pk:
        return None
    return why_not_keep_accounts(by)


def why_not_password(password: str, account: User) -> list[Refusal]:
    """Every reason why ``password`` is too weak for ``account`` (which need not be saved yet)."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        return [Refusal("password", text, field="new_password") for text in error.messages]
    return []


@transaction.atomic
def open_account(
    *,
    username: str,
    password: str | None,
    name: str,
    by: User | None,
    email: str = "",
    is_active: bool = True,
) -> User:
    """Open an account for one named person (实名，一人一号); the security administrator or the system does it.

    What it may do follows from its assignments (:func:`expertpool.pools.services.assignments.assign`). Without a password
    (None, the system's alone) nobody signs in until the security administrator has set one. Raises Refused for anybody else, a
    user name that is taken, and a weak password.
    """
    refuse_if(
        why_not_keep_accounts(by),
        Refusal("taken", _("该账号名已被使用，请换一个。"), field="username") if User.objects.filter(username=username).exists() else None,
        Refusal("password", _("请设置密码。"), field="new_password") if password is None and by is not None else None,
    )
    account = User(username=username, name=name, email=email, is_active=is_active)
    if password is None:
        account.set_unusable_password()
    else:
        refuse_all(why_not_password(password, account))
        account.set_password(password)
    account.save()
    record("account.opened", subject=f"account:{account.pk}", by=by, body={"is_active": account.is_active})
    return account


@transaction.atomic
def change_account(*, account: User, by: User | None, **changes: Any) -> User:
    """Change columns of an account, those of :data:`CHANGEABLE`; values that stand already change nothing.

    The ledger tells whether one may sign in as before and after; of name, user name and e-mail only that they changed.
    Raises Refused for anybody but the security administrator and for one's own access; TypeError for a column that is
    none of these.
    """
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"change_account cannot change {', '.join(sorted(unknown))}")
    account = User.objects.locked().get(pk=account.pk)
    refuse_if(why_not_change_account(account, by, **changes))
    changed = [field for field in CHANGEABLE if field in changes and changes[field] != getattr(account, field)]
    if not changed:
        return account
    if "username" in changed and User.objects.filter(username=changes["username"]).exists():
        raise Refused(Refusal("taken", _("该账号名已被使用，请换一个。"), field="username"))
    body: dict[str, Any] = {field: [bool(getattr(account, field))] for field in changed if field in RIGHTS}
    for field in changed:
        setattr(account, field, changes[field])
    account.save(update_fields=changed)
    for field, values in body.items():
        values.append(bool(getattr(account, field)))
    body["also"] = [field for field in changed if field not in RIGHTS]
    record("account.changed", subject=f"account:{account.pk}", by=by, body=body)
    return account


@transaction.atomic
def set_password(*, account: User, password: str, by: User | None) -> User:
    """Give an account a new password, which ends its sessions; the one it has already changes nothing.

    Raises Refused for anybody but the security administrator and the account itself, and for a weak password.
    """
    account = User.objects.locked().get(pk=account.pk)
    refuse_if(why_not_set_password(account, by))
    refuse_all(why_not_password(password, account))
    if account.check_password(password):
        return account
    account.set_password(password)
    account.save(update_fields=["password"])
    record("account.password_set", subject=f"account:{account.pk}", by=by)
    return account
