"""What a password must be, in our words: Django's speak Persian with two words for a password and other digits."""

from django.contrib.auth import password_validation as django
from django.utils.translation import gettext as _

from oms.core import reading


class LongEnough(django.MinimumLengthValidator):
    def get_help_text(self) -> str:
        return _("At least %(least)s characters.") % {"least": reading.figure(self.min_length)}

    def get_error_message(self) -> str:
        return self.get_help_text()


class NotAboutThem(django.UserAttributeSimilarityValidator):
    def get_help_text(self) -> str:
        return _("Not like your name, user name or e-mail address.")

    def get_error_message(self) -> str:
        return _("It is too much like your name, user name or e-mail address.")


class NotCommon(django.CommonPasswordValidator):
    def get_help_text(self) -> str:
        return _("None that many people use.")

    def get_error_message(self) -> str:
        return _("Too many people use this password.")
