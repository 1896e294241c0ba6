"""Addresses of the settings, below /settings/."""

from django.urls import path

from oms.backoffice.settings import channels, home, keys

urlpatterns = [
    path("", home.home, name="settings-home"),
    path("channels/", channels.channels, name="settings-channels"),
    path("channels/new/", channels.new_channel, name="settings-channel-new"),
    path("channels/<str:code>/", channels.channel, name="settings-channel"),
    path("channels/<str:code>/hook-secret/", channels.hook_secret, name="settings-channel-secret"),
    path("keys/", keys.keys, name="settings-keys"),
    path("keys/new/", keys.new_key, name="settings-key-new"),
    path("keys/<uuid:pk>/", keys.key, name="settings-key"),
    path("keys/<uuid:pk>/revoke/", keys.revoke, name="settings-key-revoke"),
]
