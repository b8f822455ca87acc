"""Looking after messages: the ledger, sending again, and leaving people alone."""

from __future__ import annotations

from tortoise.functions import Max

from modules.accounts.rules import EmailInvalid, OwnerNotVerified
from modules.accounts.types import Business
from modules.errors import NotFound, TooManyAttempts
from modules.messaging import models, rules
from modules.messaging.types import (
    FailedMessagesResent,
    Message,
    MessageFilter,
    ResendFailedMessagesInput,
    ResendMessageInput,
    SuppressEmailInput,
    Suppression,
    UnsuppressEmailInput,
)
from modules.viewer import Viewer
from schema import (
    Connection,
    Expression,
    Mutation,
    Parent,
    Payload,
    expression,
    extend,
    getters,
    given,
    mutation,
    rows,
)

GETTERS = getters(Business, Message, Suppression)


@extend(Business)
class BusinessMessages:
    """A business sees what was sent in its name, and whom it leaves alone."""

    @rows
    @staticmethod
    def messages(
        business: Parent[Business],
        viewer: Viewer,
        filter: MessageFilter | None = None,
    ) -> Connection[Message]:
        """The ledger of messages, the latest first.

        Args:
            filter: Only such messages.
        """
        found = viewer.rows(models.Message).filter(business_id=business.id)
        for name, asked in given(filter).items() if filter is not None else ():
            if asked is not None:
                found = found.filter(**{name: asked})
        return found.order_by("-id")

    @rows
    @staticmethod
    def suppressions(business: Parent[Business], viewer: Viewer) -> Connection[Suppression]:
        """The addresses that are left alone, the latest first."""
        return viewer.rows(models.Suppression).filter(business_id=business.id).order_by("-id")


@extend(Suppression)
class SuppressionAddress:
    """An entry is about an address."""

    @expression
    @staticmethod
    def email(suppression: Parent[Suppression], viewer: Viewer) -> Expression[str | None]:
        """The address; null once its client's file was erased: it is still left alone."""
        found = viewer.rows(models.SuppressedAddress).filter(id=suppression.id)
        return found.annotate(one=Max("recipient")).values("one")


@extend(Mutation)
class MessageMutations:
    """Sending again, and leaving alone."""

    @mutation(
        refuses=(
            NotFound,
            rules.NotResendable,
            rules.AlreadyResent,
            OwnerNotVerified,
            TooManyAttempts,
        )
    )
    @staticmethod
    async def resend_message(by: Viewer, input: ResendMessageInput) -> Payload[Message]:
        """Send a message once more that failed, or of which nobody knows whether it arrived.

        It is written anew, with what is true now and a fresh link; the old line stays as it is.
        """
        return await rules.resend(by, message_id=input.id)

    @mutation()
    @staticmethod
    async def resend_failed_messages(
        by: Viewer, input: ResendFailedMessagesInput
    ) -> Payload[FailedMessagesResent]:
        """Send all messages once more that were given up, as after a long outage: 500 at a time.

        Each is written anew, with what is true now; what is not true any more is not sent.
        """
        done = await rules.resend_failed(by, kind=input.kind)
        return FailedMessagesResent(resent=done.resent, left=done.left)

    @mutation(refuses=(EmailInvalid,))
    @staticmethod
    async def suppress_email(by: Viewer, input: SuppressEmailInput) -> Payload[Suppression]:
        """Send nothing to an address any more that its reader did not ask for."""
        return await rules.suppress(by, email=input.email)

    @mutation(deletes=Suppression, refuses=(NotFound,))
    @staticmethod
    async def unsuppress_email(by: Viewer, input: UnsuppressEmailInput) -> None:
        """Write to an address again, as far as one entry of the list goes."""
        await rules.unsuppress(by, suppression_id=input.id)
