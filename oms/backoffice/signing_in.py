"""Staff accounts: made by an administrator, never by a visitor; the second factor's secret is sealed."""

from datetime import timedelta
from typing import Any

from allauth.account import forms as allauth
from allauth.account import views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from oms.core import crypto, text

# The language this browser's door opens in, because whoever signed in last reads it: nobody's choice.
KEPT = "language_kept"


def keep_language(answer: Any, language: str) -> None:
    """The pages for strangers stay in the language of whoever works at this browser, for whoever comes next a start."""
    for name in (settings.LANGUAGE_COOKIE_NAME, KEPT):
        answer.set_cookie(
            name,
            language,
            max_age=timedelta(days=365),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def sign_out(request: Any) -> Any:
    """allauth's, and the door stays in the language of whoever left."""
    language = request.user.language if request.user.is_authenticated else ""
    answer = views.logout(request)
    if language:
        keep_language(answer, language)
    return answer


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("The user name or the password is not right."),
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: object, **kwargs: object) -> None:
        """Our own pages say what happened."""

    def login(self, request: HttpRequest, user: Any) -> None:
        """The language chosen at the door is theirs from now on; at the first sign-in the browser's is."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if chosen == request.COOKIES.get(KEPT):
            chosen = None
        spoken = get_language()
        if (chosen or user.last_login is None) and spoken in dict(settings.LANGUAGES):
            user.language = spoken
            user.save(update_fields=["language"])
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """The choice is spent: what the profile says later is not undone by the next sign-in."""
        answer = super().post_login(request, user, **kwargs)
        keep_language(answer, user.language)
        return answer


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return crypto.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(encrypted_text)


class Labelled:
    """No placeholders: the label above says it, and stays while one types. The words are ours."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ours = {
            "oldpassword": _("Current password"),
            "password1": _("New password"),
            "password2": _("New password, once more"),
        }
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = ours.get(name, field.label)


class ChangePasswordForm(Labelled, allauth.ChangePasswordForm):
    pass


class ResetPasswordForm(Labelled, allauth.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(Labelled, allauth.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(Labelled, allauth.ReauthenticateForm):
    pass


class CodeField(forms.CharField):
    """A code in the digits of any keyboard, with spaces or without, as an app shows it."""

    def to_python(self, value: Any) -> str:
        return "".join(text.digits(str(super().to_python(value))).split())


class Coded(Labelled):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.fields["code"]
        self.fields["code"] = CodeField(label=asked.label, widget=asked.widget)


class ActivateForm(Coded, ActivateTOTPForm):
    pass


class AuthenticateForm(Coded, factor.AuthenticateForm):
    pass


class ReauthenticateByCodeForm(Coded, factor.ReauthenticateForm):
    pass


class LoginForm(Labelled, allauth.LoginForm):
    """In our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail")
        self.fields["password"].label = _("Password")
        self.fields["remember"].label = _("Stay signed in")
