"""Teams' errors: every status and code that its connector is documented to answer, and what it means to delivery.

The codes decide before the statuses, because one status has several meanings. Both are those of
https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis
and of the connector's own page,
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#errors

    passes      certainly not shown; the same request a little later: Retry-After where Teams says one
    unclear     may be shown
    place       this channel, team or chat refuses until somebody changes something there
    person      there is nobody in the chat any more to whom anything could be said
    gone        the message that was to be changed is not there, or may not be changed any more
    account     Teams refuses the bot as a whole
    message     this one message is wrong

A code that is not listed is judged by its status. What may not be or is not found is the place, unless the request was
about a message that stands: then it is the message. Any other refusal is one of the message alone.

``ConversationNotFound`` is the place, and yet Teams answers it now and then for a channel that is well: whoever knows
that one worked tries it again first (``bot.chat.teams.messenger``). What is deleted is told by ``channelDeleted``.
"""

from enum import StrEnum

NOT_FOUND = "ConversationNotFound"


class Meaning(StrEnum):
    """What an error ends."""

    PASSES = "passes"
    UNCLEAR = "unclear"
    PLACE = "place"
    PERSON = "person"
    GONE = "gone"
    ACCOUNT = "account"
    MESSAGE = "message"


CODES: dict[Meaning, str] = {
    Meaning.PASSES: """
        PreconditionFailed Throttled TooManyRequests Conflict
    """,
    Meaning.PLACE: """
        ConversationNotFound TeamNotFound BotNotInConversationRoster ConversationBlockedByUser
        MessageWritesBlocked BotDisabledByAdmin BotBlockedByUser ForbiddenOperationException NotEnoughPermissions
        InvalidBotApiHost
    """,
    Meaning.PERSON: """
        UserNotFound
    """,
    Meaning.GONE: """
        ActivityNotFoundInConversation MemberNotFoundInConversation EditingDisabled MessageDeleted
    """,
    Meaning.ACCOUNT: """
        BotNotRegistered InvalidAuthenticationToken
    """,
    Meaning.MESSAGE: """
        BadArgument BadSyntax MissingProperty MalformedData MessageSizeTooBig UnsupportedMediaType
    """,
}
_BY_CODE = {code.lower(): meaning for meaning, codes in CODES.items() for code in codes.split()}
_BY_STATUS = {
    401: Meaning.ACCOUNT,
    408: Meaning.UNCLEAR,
    409: Meaning.PASSES,
    412: Meaning.PASSES,
    425: Meaning.PASSES,
    429: Meaning.PASSES,
    502: Meaning.PASSES,
    504: Meaning.PASSES,
}
_NOT_THERE = (403, 404, 410)


def meaning_of(status: int, code: str, *, standing: bool) -> Meaning:
    """Return what an answer that is no success means.

    Args:
        status: Its status.
        code: Teams' own word for it, or empty.
        standing: It was about a message that stands.
    """
    if status in _BY_STATUS or status >= 500:  # whatever the word, such an answer says nothing of the request
        return _BY_STATUS.get(status, Meaning.UNCLEAR)
    if 300 <= status < 400:
        return Meaning.PASSES
    by_code = _BY_CODE.get(code.lower())
    if by_code == Meaning.GONE and not standing:
        by_code = None
    if by_code is not None:
        return by_code
    if status in _NOT_THERE:
        return Meaning.GONE if standing else Meaning.PLACE
    return Meaning.MESSAGE
