"""Messages to many customers: written as a draft, sent to a segment, stopped, each customer once.

Starting writes no message: a worker does, a slice of customers in a transaction, so that a worker that dies leaves
nobody out and nobody twice. The sender (channels.notifications) takes them after everything about orders, and only so
many a minute.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels import campaign_texts
from channels.campaign_texts import Reader
from channels.mail import Rendered
from channels.models import Campaign, CampaignState, Message, MessageState
from oms.core import bell, company, text
from oms.core.errors import IllegalMove, Invalid
from oms.core.events import record
from oms.core.models import Channel
from oms.core.saying import said
from orders import segments
from orders.models import Customer, ListedContact, Marketing, Order, Standing, Status

RUN = "channels.tasks.run_campaigns"
QUEUE = "bulk"
SLICE = 500
STOPPED = gettext_noop("The campaign was stopped.")


@dataclass(frozen=True, slots=True)
class Audience:
    """Of the customers a campaign's conditions meet: who gets it, and why the others do not, each counted once."""

    everyone: int
    reached: int
    blocked: int
    no_email: int
    refused: int
    never_asked: int


@transaction.atomic
def draft(
    *,
    name: str,
    channel: Channel,
    texts: Mapping[str, Mapping[str, str]],
    fallback: str,
    conditions: segments.Conditions | None = None,
    segment: str = "",
    widened: bool = False,
    actor: str,
) -> Campaign:
    """A new campaign that nobody gets yet. Raises Invalid naming the field."""
    campaign = Campaign(created_by=actor)
    _write(campaign, name, channel, texts, fallback, conditions, segment, widened)
    _tell("campaign.drafted", campaign, actor)
    return campaign


@transaction.atomic
def change(
    campaign: Campaign,
    *,
    name: str,
    channel: Channel,
    texts: Mapping[str, Mapping[str, str]],
    fallback: str,
    conditions: segments.Conditions | None = None,
    segment: str = "",
    widened: bool = False,
    actor: str,
) -> Campaign:
    """Write a draft anew. Raises IllegalMove once it was started, Invalid naming the field."""
    campaign = _lock(campaign)
    _require(campaign, CampaignState.DRAFT)
    _write(campaign, name, channel, texts, fallback, conditions, segment, widened)
    _tell("campaign.changed", campaign, actor)
    return campaign


@transaction.atomic
def drop(campaign: Campaign, *, actor: str) -> None:
    """A draft goes. Raises IllegalMove once it was started."""
    campaign = _lock(campaign)
    _require(campaign, CampaignState.DRAFT)
    _tell("campaign.dropped", campaign, actor)
    campaign.delete()


@transaction.atomic
def start(campaign: Campaign, *, actor: str) -> Campaign:
    """Send it from now on. Raises IllegalMove when it was started, Invalid `nobody` when it would reach nobody."""
    campaign = _lock(campaign)
    _require(campaign, CampaignState.DRAFT)
    if not recipients(campaign).exists():
        raise Invalid(said("Nobody would get it."), code="nobody")
    campaign.state, campaign.started_by, campaign.started_at = CampaignState.SENDING, actor, timezone.now()
    campaign.save(update_fields=["state", "started_by", "started_at"])
    _tell("campaign.started", campaign, actor)
    transaction.on_commit(lambda: bell.call(RUN, queue=QUEUE), robust=True)
    return campaign


@transaction.atomic
def stop(campaign: Campaign, *, actor: str) -> int:
    """Nobody else gets it; answers how many were still waiting. Raises IllegalMove when it is not being sent."""
    campaign = _lock(campaign)
    _require(campaign, CampaignState.SENDING)
    waiting = Message.objects.filter(campaign=campaign, state=MessageState.PENDING)
    left = waiting.update(state=MessageState.SKIPPED, last_error=STOPPED)
    campaign.state, campaign.finished_at = CampaignState.STOPPED, timezone.now()
    campaign.save(update_fields=["state", "finished_at"])
    _tell("campaign.stopped", campaign, actor, waiting=left)
    return left


def audience(conditions: segments.Conditions, *, widened: bool) -> Audience:
    """One query over the members."""
    members = segments.members(conditions, Customer.objects.order_by())
    blocked, mailed = Q(on_block_list=True), Q(email_key__isnull=False)
    open_ = ~blocked & mailed
    never = Q(marketing=Marketing.UNKNOWN)
    agreed = Q(marketing=Marketing.AGREED) | never if widened else Q(marketing=Marketing.AGREED)
    found = members.annotate(on_block_list=_blocked()).aggregate(
        everyone=Count("pk"),
        reached=Count("pk", filter=open_ & agreed),
        blocked=Count("pk", filter=blocked),
        no_email=Count("pk", filter=~blocked & ~mailed),
        refused=Count("pk", filter=open_ & Q(marketing=Marketing.REFUSED)),
        never_asked=Count("pk", filter=open_ & never & ~agreed),
    )
    return Audience(**found)


def recipients(campaign: Campaign) -> "QuerySet[Customer]":
    """Who gets it, as things stand; days are counted back from its start."""
    members = segments.members(
        segments.read(campaign.conditions), Customer.objects.order_by(), now=campaign.started_at
    )
    return members.filter(_may(campaign.widened), ~Q(_blocked()), email_key__isnull=False)


def run_due() -> bool:
    """One slice of every campaign that is being sent; True when there is more to write."""
    more = False
    for key in Campaign.objects.filter(state=CampaignState.SENDING).values_list("pk", flat=True):
        more |= _run(key)
    return more


def why_not(message: Message) -> str:
    """Why a message is no longer sent: its reader refused or was blocked since it was written. Empty: it is."""
    campaign = Campaign.objects.get(messages=message)
    if campaign.state == CampaignState.STOPPED:
        return STOPPED
    now = Customer.objects.filter(messages=message).annotate(on_block_list=_blocked())
    if now.filter(on_block_list=True).exists():
        return gettext_noop("The customer is blocked.")
    if not now.filter(_may(campaign.widened)).exists():
        return gettext_noop("The customer wants no such messages.")
    return ""


def reader(customer: Customer, brand: str) -> Reader:
    """The facts a text may name."""
    last = (
        Order.objects.filter(customer=customer)
        .exclude(status=Status.CANCELLED)
        .order_by("-placed_at", "-pk")
        .first()
    )
    return Reader(
        customer=str(customer.pk),
        name=customer.name,
        brand=brand,
        orders=customer.order_count,
        last_order=str(last.number) if last else "",
        last_order_day=company.day_of(last.placed_at) if last else None,
    )


def example(campaign: Campaign, language: str) -> Rendered:
    """The mail as one of its readers in that language gets it, else as somebody invented does."""
    brand = brand_of(campaign)
    members = segments.members(segments.read(campaign.conditions), Customer.objects.filter(order_count__gt=0))
    known = members.filter(language=language).order_by("-ordered_at").first()
    known = known or members.order_by("-ordered_at").first()
    facts = reader(known, brand) if known else Reader(customer="", name="Noor Aziz", brand=brand)
    return campaign_texts.render(campaign.texts, language, facts)


def brand_of(campaign: Campaign) -> str:
    return campaign.channel.brand or campaign.channel.name


@transaction.atomic
def _run(key: UUID) -> bool:
    """Write the messages of the next customers; at the end, say that it is sent."""
    campaign = (
        Campaign.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .select_related("channel")
        .filter(pk=key, state=CampaignState.SENDING)
        .first()
    )
    if campaign is None:
        return False
    if campaign.written_at is None:
        _write_slice(campaign)
    waiting = Message.objects.filter(campaign=campaign, state=MessageState.PENDING)
    if campaign.written_at and not waiting.exists():
        campaign.state, campaign.finished_at = CampaignState.SENT, timezone.now()
        campaign.save(update_fields=["state", "finished_at"])
        _tell("campaign.sent", campaign, "system")
    return campaign.written_at is None


def _write_slice(campaign: Campaign) -> None:
    found = recipients(campaign).order_by("pk")
    if campaign.written_to:
        found = found.filter(pk__gt=campaign.written_to)
    customers = list(found[:SLICE])
    Message.objects.bulk_create(
        [
            Message(
                campaign=campaign,
                customer=customer,
                kind="campaign",
                subject_ref=f"{campaign.ref}/{customer.pk}",
                language=campaign_texts.language_for(
                    campaign.texts, campaign.fallback, customer.language, campaign.channel.language
                ),
                recipient=customer.email,
            )
            for customer in customers
        ],
        ignore_conflicts=True,
    )
    if customers:
        campaign.written_to = customers[-1].pk
    if len(customers) < SLICE:
        campaign.written_at = timezone.now()
    campaign.save(update_fields=["written_to", "written_at"])


def _write(
    campaign: Campaign,
    name: str,
    channel: Channel,
    texts: Mapping[str, Mapping[str, str]],
    fallback: str,
    conditions: segments.Conditions | None,
    segment: str,
    widened: bool,
) -> None:
    try:
        campaign.name = text.clean(name, 100)
    except ValueError as error:
        raise Invalid.at("/name", str(error)) from error
    if not campaign.name:
        raise Invalid.at("/name", said("A campaign has a name."), "required")
    campaign.texts = campaign_texts.checked(texts, fallback)
    campaign.channel, campaign.fallback = channel, fallback
    campaign.conditions = segments.plain(conditions or segments.Conditions())
    campaign.segment, campaign.widened = segment[:64], widened
    campaign.save()


def _may(widened: bool) -> Q:
    """Who may be written to about more than their orders."""
    return ~Q(marketing=Marketing.REFUSED) if widened else Q(marketing=Marketing.AGREED)


def _blocked() -> Exists:
    theirs = Q(email_key=OuterRef("email_key")) & ~Q(email_key="") | Q(phone_key=OuterRef("phone_key")) & ~Q(
        phone_key=""
    )
    return Exists(ListedContact.objects.filter(theirs, ended_at=None, standing=Standing.BLOCKED))


def _lock(campaign: Campaign) -> Campaign:
    return (
        Campaign.objects.select_for_update(no_key=True, of=("self",))
        .select_related("channel")
        .get(pk=campaign.pk)
    )


def _require(campaign: Campaign, state: str) -> None:
    if campaign.state != state:
        raise IllegalMove(f"The campaign is {campaign.state}.")


def _tell(kind: str, campaign: Campaign, actor: str, **more: Any) -> None:
    record(
        kind, campaign.ref, actor=actor, channel_id=campaign.channel_id, data={"id": str(campaign.pk), **more}
    )
