"""Teams' errors: every status and code that its connector is documented to answer, and what it means to delivery.

The codes decide before the statuses, because one status has several meanings. Both are those of
https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis
and of the connector's own page,
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#errors

    TryLater        certainly not shown; the same request a little later: Retry-After where Teams says one
    Unclear         may be shown
    PlaceRefused    this channel, team or chat refuses until somebody changes something there
    PersonGone      there is nobody in the chat any more to whom anything could be said
    MessageGone     the message that was to be changed is not there, or may not be changed any more
    PlatformRefused Teams refuses the bot as a whole
    ContentRefused  this one message is wrong

A code that is not listed is judged by its status. What may not be or is not found is the place, unless the request was
about a message that stands: then it is the message. Any other refusal is one of the message alone.

``ConversationNotFound`` is the place, and yet Teams answers it now and then for a channel that is well: whoever knows
that one worked tries it again first (``bot.chat.teams.messenger``). What is deleted is told by ``channelDeleted``.
"""

from bot.chat.base import (
    ContentRefused,
    DeliveryFailed,
    MessageGone,
    PersonGone,
    PlaceRefused,
    PlatformRefused,
    TryLater,
    Unclear,
)

NOT_FOUND = "ConversationNotFound"

CODES: dict[type[DeliveryFailed], str] = {
    TryLater: """
        PreconditionFailed Throttled TooManyRequests Conflict
    """,
    PlaceRefused: """
        ConversationNotFound TeamNotFound BotNotInConversationRoster ConversationBlockedByUser
        MessageWritesBlocked BotDisabledByAdmin BotBlockedByUser ForbiddenOperationException NotEnoughPermissions
        InvalidBotApiHost
    """,
    PersonGone: """
        UserNotFound
    """,
    MessageGone: """
        ActivityNotFoundInConversation MemberNotFoundInConversation EditingDisabled MessageDeleted
    """,
    PlatformRefused: """
        BotNotRegistered InvalidAuthenticationToken
    """,
    ContentRefused: """
        BadArgument BadSyntax MissingProperty MalformedData MessageSizeTooBig UnsupportedMediaType
    """,
}
_BY_CODE = {code.lower(): meaning for meaning, codes in CODES.items() for code in codes.split()}
_BY_STATUS = {
    401: PlatformRefused,
    408: Unclear,
    409: TryLater,
    412: TryLater,
    425: TryLater,
    429: TryLater,
    502: TryLater,
    504: TryLater,
}
_NOT_THERE = (403, 404, 410)


def meaning_of(status: int, code: str, *, standing: bool) -> type[DeliveryFailed]:
    """Return what an answer that is no success means.

    Args:
        status: Its status.
        code: Teams' own word for it, or empty.
        standing: It was about a message that stands.
    """
    if status in _BY_STATUS or status >= 500:  # whatever the word, such an answer says nothing of the request
        return _BY_STATUS.get(status, Unclear)
    if 300 <= status < 400:
        return TryLater
    by_code = _BY_CODE.get(code.lower())
    if by_code is MessageGone and not standing:
        by_code = None
    if by_code is not None:
        return by_code
    if status in _NOT_THERE:
        return MessageGone if standing else PlaceRefused
    return ContentRefused
