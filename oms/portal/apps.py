from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "oms.portal"
    label = "portal"
