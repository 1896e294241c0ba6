"""Signing in and out, passwords and the second factor: allauth's views at our addresses.

What needs a signed-in reader is dressed as a staff page, so that it speaks their language inside the shell.
"""

from allauth.account import views
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.urls import path
from django.views.i18n import set_language

from oms.backoffice.signing_in import sign_out
from oms.core.pages import staff_page

inside = staff_page()

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", sign_out, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    # A stranger's choice at the door; signing in makes it theirs (signing_in.py).
    path("language/", set_language, name="set_language"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", inside(views.reauthenticate), name="account_reauthenticate"),
    path("password/", inside(views.password_change), name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/<slug:uidb36>-<str:key>/",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/changed/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("second-factor/authenticate/", factor.authenticate, name="mfa_authenticate"),
    path("second-factor/reauthenticate/", inside(factor.reauthenticate), name="mfa_reauthenticate"),
    path("second-factor/", inside(factor.index), name="mfa_index"),
    path("second-factor/activate/", inside(totp.activate_totp), name="mfa_activate_totp"),
    path("second-factor/deactivate/", inside(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("second-factor/codes/", inside(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "second-factor/codes/new/", inside(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path(
        "second-factor/codes/file/", inside(codes.download_recovery_codes), name="mfa_download_recovery_codes"
    ),
]
