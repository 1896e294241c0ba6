"""Every address of the back-office: the shell's own pages, then each app's."""

from django.urls import include, path

from oms.backoffice import account, dashboard, lists, profile, search, style

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("search/", search.search, name="search"),
    path("profile/", profile.profile, name="profile"),
    path("profile/theme/", profile.theme, name="profile-theme"),
    path("style/", style.style, name="style"),
    path("lists/<slug:name>/columns/", lists.columns, name="list-columns"),
    path("lists/<slug:name>/views/", lists.save_view, name="list-view-save"),
    path("lists/views/<int:pk>/delete/", lists.delete_view, name="list-view-delete"),
    path("account/", include(account)),
    path("", include("orders.page_urls")),
    path("", include("fulfillment.page_urls")),
    path("", include("inventory.page_urls")),
    path("", include("returns.page_urls")),
    path("", include("channels.page_urls")),
]
