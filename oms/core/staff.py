"""Members of staff: taken on, given a role and locations, let go. Nobody locks themselves, or everybody, out."""

import re
import secrets
from collections.abc import Sequence

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from oms.core.errors import Conflict, Forbidden, Invalid
from oms.core.events import record
from oms.core.models import Role, User
from oms.core.saying import said

# Letters and digits that nobody takes for one another when they are read aloud.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
SPACES = re.compile(r"\s+")


@transaction.atomic
def add_member(
    *,
    username: str,
    email: str,
    first_name: str = "",
    last_name: str = "",
    role: str,
    locations: Sequence[str] = (),
    language: str = "en",
    by: User,
) -> tuple[User, str]:
    """A new member of staff and their first password, which is shown this once.

    Raises Invalid naming the field, Conflict (`duplicate_username`, `duplicate_email`).
    """
    member = User(username=username, language=language)
    try:
        UnicodeUsernameValidator()(username)
        User._meta.get_field("username").clean(username, member)
    except ValidationError as error:
        raise Invalid.at("/username", " ".join(error.messages)) from error
    if User.objects.filter(username__iexact=username).exists():
        raise _taken("/username", "duplicate_username", said("That name is taken."))
    _write(member, email, first_name, last_name, role, locations)
    password = new_password()
    member.set_password(password)
    member.save()
    _record("user.added", member, by)
    return member, password


@transaction.atomic
def change_member(
    member: User,
    *,
    email: str,
    first_name: str,
    last_name: str,
    role: str,
    locations: Sequence[str],
    active: bool,
    by: User,
) -> User:
    """Write a member anew; who is let go is signed out with their next click.

    Raises Invalid naming the field, Conflict (`own_access`: one's own role or account, `last_admin`).
    """
    member = _locked(member, by)
    ends = member.is_active and member.role == Role.ADMIN and not (active and role == Role.ADMIN)
    if member.pk == by.pk and (not active or role != member.role):
        raise Conflict("Nobody takes away their own access.", code="own_access")
    admins = User.objects.filter(role=Role.ADMIN, is_active=True)
    if ends and not admins.exclude(pk=member.pk).exists():
        raise Conflict("The last admin stays.", code="last_admin")
    _write(member, email, first_name, last_name, role, locations)
    member.is_active = active
    member.save(
        update_fields=["email", "first_name", "last_name", "role", "locations", "is_active"],
    )
    _record("user.changed", member, by)
    return member


@transaction.atomic
def renew_password(member: User, *, by: User) -> str:
    """A new password, shown this once; every session of the member ends."""
    member = _locked(member, by)
    password = new_password()
    member.set_password(password)
    member.save(update_fields=["password"])
    _record("user.password_set", member, by)
    return password


def new_password() -> str:
    """Four groups of four: 79 bits, easy to read out."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def _locked(member: User, by: User) -> User:
    # Every admin with them, in one order, so that two admins cannot let each other go at the same moment.
    rows = User.objects.select_for_update().filter(Q(pk=member.pk) | Q(role=Role.ADMIN)).order_by("pk")
    found = next(row for row in rows if row.pk == member.pk)
    # A superuser opens the plain admin too: no way there through somebody else's password.
    if found.is_superuser and not by.is_superuser:
        raise Forbidden("Only a superuser changes a superuser.")
    return found


def _write(
    member: User, email: str, first_name: str, last_name: str, role: str, locations: Sequence[str]
) -> None:
    if role not in Role.values:
        raise Invalid.at("/role", said("There is no such role."))
    if role == Role.WAREHOUSE and not locations:
        raise Invalid.at("/locations", said("Warehouse staff work at one location at least."), "required")
    email = email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid.at("/email", " ".join(error.messages)) from error
        if User.objects.filter(email__iexact=email).exclude(pk=member.pk).exists():
            raise _taken("/email", "duplicate_email", said("Another member of staff has this address."))
    member.email, member.role = email, role
    member.first_name = SPACES.sub(" ", first_name).strip()[:150]
    member.last_name = SPACES.sub(" ", last_name).strip()[:150]
    member.locations = list(dict.fromkeys(locations))


def _taken(pointer: str, code: str, detail: str) -> Conflict:
    return Conflict(detail, code=code, errors=[{"pointer": pointer, "code": code, "detail": detail}])


def _record(kind: str, member: User, by: User) -> None:
    facts = {"id": str(member.pk), "number": str(member.pk), "version": 1}
    facts |= {"role": member.role, "active": member.is_active}
    record(kind, f"user/{member.pk}", actor=f"staff:{by.get_username()}", data=facts)
