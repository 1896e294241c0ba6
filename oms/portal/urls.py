"""Addresses a customer opens from a message: `/t/{token}/…`."""

from django.urls import path, register_converter

from oms.portal import marketing, pages, wishes


class TokenConverter:
    """What `secrets.token_urlsafe` writes; anything else is no address of ours."""

    regex = "[A-Za-z0-9_-]{1,32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class SignedConverter(TokenConverter):
    """A key and its signature."""

    regex = r"[A-Za-z0-9_.-]{1,120}"


register_converter(TokenConverter, "token")
register_converter(SignedConverter, "signed")

app_name = "portal"
urlpatterns = [
    path("wish/<token:token>/", wishes.wish, name="wish"),
    path("news/<signed:token>/", marketing.marketing, name="marketing"),
    path("<token:token>/", pages.track, name="track"),
    path("<token:token>/return/", pages.start_return, name="return"),
    path("<token:token>/return/<slug:number>/", pages.return_asked, name="return-asked"),
]
