"""Every address of the back-office: the shell's own pages, then each app's."""

from django.urls import include, path

from oms.backoffice import (
    account,
    allocation_runs,
    bulk_pages,
    campaigns,
    contact_lists,
    customer_page,
    customers,
    dashboard,
    lists,
    mentions,
    order_pages,
    profile,
    reservation_list,
    search,
    style,
    waiting_allocation,
    waiting_list,
)

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("search/", search.search, name="search"),
    path("profile/", profile.profile, name="profile"),
    path("profile/theme/", profile.theme, name="profile-theme"),
    path("mentions/", mentions.mentions, name="mention-list"),
    path("mentions/all/", mentions.see_all, name="mention-see-all"),
    path("mentions/<int:pk>/", mentions.mention, name="mention"),
    path("colleagues/", mentions.colleagues, name="colleagues"),
    path("style/", style.style, name="style"),
    path("lists/<slug:name>/columns/", lists.columns, name="list-columns"),
    path("lists/<slug:name>/views/", lists.save_view, name="list-view-save"),
    path("lists/views/<int:pk>/delete/", lists.delete_view, name="list-view-delete"),
    path("account/", include(account)),
    path("orders/", order_pages.order_list, name="order-list"),
    *(
        path(f"orders/bulk/{kind}/", view, name=f"order-bulk-{kind}")
        for kind, view in bulk_pages.STARTS.items()
        if not kind.startswith("customer_")
    ),
    *(
        path(f"customers/bulk/{kind[9:]}/", view, name=f"customer-bulk-{kind[9:]}")
        for kind, view in bulk_pages.STARTS.items()
        if kind.startswith("customer_")
    ),
    path("orders/bulk/", bulk_pages.jobs, name="order-jobs"),
    path("orders/bulk/<uuid:pk>/", bulk_pages.job, name="order-job"),
    path("orders/bulk/<uuid:pk>/file/", bulk_pages.job_file, name="order-job-file"),
    path("orders/bulk/<uuid:pk>/dismiss/", bulk_pages.dismiss, name="order-job-dismiss"),
    path("orders/bulk/<uuid:pk>/stop/", bulk_pages.stop, name="order-job-stop"),
    path("stock/reservations/", reservation_list.reservations, name="reservation-list"),
    path("stock/reservations/<uuid:pk>/release/", reservation_list.release, name="reservation-release"),
    path("orders/waiting/", waiting_list.waiting, name="waiting-list"),
    path("orders/waiting/allocate/", waiting_allocation.allocate, name="waiting-allocate"),
    path("orders/waiting/allocations/", allocation_runs.runs, name="allocation-runs"),
    path("orders/waiting/allocations/<uuid:pk>/", allocation_runs.run_page, name="allocation-run"),
    path("orders/waiting/allocations/<uuid:pk>/stop/", allocation_runs.stop_run, name="allocation-stop"),
    path("orders/", include("oms.backoffice.order_urls")),
    path("returns/", include("oms.backoffice.return_urls")),
    path("customers/", customers.customer_list, name="customer-list"),
    path("customers/campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("customers/campaigns/new/", campaigns.new, name="campaign-new"),
    path("customers/campaigns/<uuid:pk>/", campaigns.detail, name="campaign-detail"),
    path("customers/campaigns/<uuid:pk>/change/", campaigns.change, name="campaign-change"),
    path(
        "customers/campaigns/<uuid:pk>/preview/<slug:language>/", campaigns.preview, name="campaign-preview"
    ),
    *(
        path(f"customers/campaigns/<uuid:pk>/{name}/", getattr(campaigns, name), name=f"campaign-{name}")
        for name in ("test", "send", "stop", "drop")
    ),
    path("customers/lists/", contact_lists.contacts, name="contact-list"),
    path("customers/lists/new/", contact_lists.new, name="contact-new"),
    path("customers/lists/take-off/", contact_lists.take_off, name="contact-take-off"),
    path("customers/<uuid:pk>/", customer_page.detail, name="customer-detail"),
    *(
        path(f"customers/<uuid:pk>/{name}/", getattr(customer_page, name), name=f"customer-{name}")
        for name in ("note", "tags", "reach", "marketing", "block", "trust", "clear")
    ),
    path("imports/", include("oms.backoffice.importing.urls")),
    path("settings/", include("oms.backoffice.settings.urls")),
    path("", include("fulfillment.page_urls")),
    path("", include("inventory.page_urls")),
]
