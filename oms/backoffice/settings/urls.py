"""Addresses of the settings, below /settings/."""

from django.urls import path

from oms.backoffice.settings import audit, channels, home, keys, letters, members, places, prices, webhooks

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
    path("webhooks/", webhooks.webhooks, name="settings-webhooks"),
    path("webhooks/new/", webhooks.new_webhook, name="settings-webhook-new"),
    path("webhooks/deliveries/", webhooks.deliveries, name="settings-deliveries"),
    path("webhooks/deliveries/<uuid:pk>/", webhooks.delivery, name="settings-delivery"),
    path("webhooks/deliveries/<uuid:pk>/replay/", webhooks.replay_delivery, name="settings-delivery-replay"),
    path("webhooks/<uuid:pk>/", webhooks.webhook, name="settings-webhook"),
    path("webhooks/<uuid:pk>/remove/", webhooks.remove_webhook, name="settings-webhook-remove"),
    path("messages/", letters.messages, name="settings-messages"),
    path("messages/<uuid:pk>/", letters.message, name="settings-message"),
    path("messages/<uuid:pk>/retry/", letters.retry_message, name="settings-message-retry"),
    path("dead-letters/", letters.letters, name="settings-letters"),
    path("dead-letters/<int:pk>/", letters.letter, name="settings-letter"),
    path("dead-letters/<int:pk>/retry/", letters.retry_letter, name="settings-letter-retry"),
    path("audit/", audit.audit, name="settings-audit"),
    path("audit/<int:pk>/", audit.event, name="settings-event"),
    path("users/", members.users, name="settings-users"),
    path("users/new/", members.new_user, name="settings-user-new"),
    path("users/<int:pk>/", members.user, name="settings-user"),
    path("users/<int:pk>/password/", members.user_password, name="settings-user-password"),
    path("locations/", places.locations, name="settings-locations"),
    path("locations/new/", places.new_location, name="settings-location-new"),
    path("locations/<str:code>/", places.location, name="settings-location"),
    path("rates/", prices.rates, name="settings-rates"),
    path("rates/new/", prices.new_rate, name="settings-rate-new"),
    path("rates/<int:pk>/", prices.rate, name="settings-rate"),
    path("rates/<int:pk>/remove/", prices.remove, name="settings-rate-remove"),
]
