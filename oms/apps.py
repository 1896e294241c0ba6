from django.apps import AppConfig


class OmsConfig(AppConfig):
    """The project itself as an app: its checks, and commands that speak of the whole."""

    name = "oms"

    def ready(self) -> None:
        from oms import celery, checks  # noqa: F401  the app that shared tasks find; the checks' registration
