"""auth, team, users, usergroups, reactions: who is here. https://docs.slack.dev/reference/methods/users.info"""

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import Refused
from tests.fakes.slack.records import BOT_ID, BOT_USER_ID, TEAM_ID, Json, User


def api_test(call: Call) -> Json:
    """Answer the question whether anybody is there."""
    if call.text("error"):
        raise Refused(call.text("error"), args=call.args)
    return {"args": call.args}


def auth_test(call: Call) -> Json:
    """Say who the token is; the scopes stand in the header x-oauth-scopes."""
    return {
        "url": "https://acme.slack.com/",
        "team": "Acme",
        "user": call.workspace.users[BOT_USER_ID].name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
        **({"enterprise_id": call.workspace.enterprise_id} if call.workspace.enterprise_id else {}),
    }


def team_info(call: Call) -> Json:
    """Describe the workspace."""
    return {"team": {"id": TEAM_ID, "name": "Acme", "domain": "acme", "email_domain": "acme.example"}}


def users_info(call: Call) -> Json:
    """Describe one person; the e-mail only with users:read.email."""
    return {"user": _person(call, call.user())}


def users_list(call: Call) -> Json:
    """List everybody of the workspace, deleted people and bots too; strangers are not listed."""
    own = [user for user in call.workspace.users.values() if not user.is_stranger]
    page, more = call.page(own)
    return {"members": [_person(call, user) for user in page], "cache_ts": 1, "response_metadata": more}


def lookup_by_email(call: Call) -> Json:
    """Find somebody by e-mail; who was deleted is not found."""
    email = call.need("email").casefold()
    for user in call.workspace.users.values():
        if not user.deleted and not user.is_stranger and (user.email or "").casefold() == email:
            return {"user": _person(call, user)}
    raise Refused("users_not_found")


def usergroups_list(call: Call) -> Json:
    """List the user groups, with their members in one call when asked."""
    shown = [group for group in call.workspace.groups.values() if not group.disabled or call.flag("include_disabled")]
    return {"usergroups": [group.as_json(with_users=call.flag("include_users")) for group in shown]}


def usergroups_users_list(call: Call) -> Json:
    """List the members of one user group."""
    group = call.workspace.groups.get(call.need("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": list(group.users)}


def reactions_add(call: Call) -> Json:
    """Let the bot react to a message."""
    channel = call.member_channel()
    message = channel.messages.get(call.need("timestamp"))
    if message is None or message.deleted:
        raise Refused("message_not_found")
    reaction = (BOT_USER_ID, call.need("name"))
    if reaction in message.reactions:
        raise Refused("already_reacted")
    message.reactions.append(reaction)
    return {}


def _person(call: Call, user: User) -> Json:
    return user.as_json(with_email="users:read.email" in call.scopes)
