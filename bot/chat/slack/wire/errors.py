"""Slack's errors: every word that the methods we call are documented to answer, and what it means to delivery.

    TryLater        the request was not carried out and nothing is wrong with it: the same one, a little later
    Unclear         it may have been carried out: look before sending again
    PlaceRefused    this channel or this person refuses until somebody changes something there
    PersonGone      there is nobody in the conversation any more to whom anything could be said
    MessageGone     the message that was to be changed is not there, or may not be changed any more: post anew
    PlatformRefused Slack refuses us as a whole: the token, the app, the plan, the method
    ContentRefused  this one message or question is wrong, whoever asks and wherever

The words stand in the pages of the methods, https://docs.slack.dev/reference/methods (chat.postMessage, chat.update,
chat.postEphemeral, views.open, views.publish, conversations.open, .join, .info, .list, .history and .replies,
users.list and .info, usergroups.list, auth.test, apps.connections.open). A word can mean another thing to another
method only where the method is another kind of request, so one table serves all.

The pages say that other words may come, above all while Slack itself is in trouble. One that is not listed is read by
how Slack builds its words: what is unavailable, times out, or is under way passes; what begins with ``restricted`` is
the place; what speaks of tokens is the account. What is left is taken as a refusal of the one message, since that
harms nobody else: it is tried as plain text, and then stays alone.
"""

import re

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

# Those of them for which Slack means "less often", and for which it may say in how many seconds.
LESS_OFTEN = frozenset(("ratelimited", "rate_limited", "message_limit_exceeded"))

TABLE: dict[type[DeliveryFailed], str] = {
    TryLater: """
        ratelimited rate_limited message_limit_exceeded accesslimited
        team_added_to_org org_login_required external_channel_migrating
        streaming_state_conflict update_failed draft_has_conflict action_already_in_progress
    """,
    Unclear: """
        fatal_error internal_error request_timeout service_unavailable server_error
    """,
    PlaceRefused: """
        channel_not_found is_archived is_inactive not_in_channel messages_tab_disabled
        method_not_supported_for_channel_type channel_type_not_supported too_many_members
        restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel
        restricted_action_thread_locked restricted_action_thread_only_channel
        not_allowed_for_external_shared_channels user_is_restricted ekm_access_denied no_permission
        team_access_not_granted team_not_found
        user_not_in_channel invalid_user_combination cannot_message_user
    """,
    PersonGone: """
        cannot_dm_bot user_not_found users_not_found user_disabled user_not_visible
    """,
    MessageGone: """
        message_not_found edit_window_closed cant_update_message
    """,
    PlatformRefused: """
        invalid_auth not_authed account_inactive token_revoked token_expired two_factor_setup_required
        missing_scope not_allowed_token_type access_denied enterprise_is_restricted forbidden_team
        is_bot user_is_bot bot_not_found plan_upgrade_required paid_teams_only feature_not_enabled not_enabled
        method_deprecated deprecated_endpoint unknown_method insecure_request
    """,
    ContentRefused: """
        msg_too_long msg_blocks_too_long no_text invalid_blocks invalid_blocks_format block_mismatch
        markdown_text_conflict too_many_attachments too_many_contact_cards invalid_attachments
        attachment_payload_limit_exceeded missing_file_data
        metadata_too_large invalid_metadata_format invalid_metadata_schema metadata_must_be_sent_from_app
        slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked
        slack_connect_lists_sharing_blocked
        as_user_not_supported cannot_reply_to_message thread_not_found cant_broadcast_message
        no_dual_broadcast_content_update
        draft_already_deleted draft_already_sent draft_not_found
        duplicate_channel_not_found duplicate_message_not_found
        invalid_arg_name invalid_arguments invalid_array_arg invalid_charset invalid_form_data invalid_post_type
        missing_post_type missing_args missing_argument
        invalid_cursor invalid_limit limit_required invalid_types invalid_ts_latest invalid_ts_oldest
        pagination_not_available
        users_list_not_supplied not_enough_users too_many_users
        expired_trigger_id exchanged_trigger_id invalid_trigger_id invalid_trigger
        duplicate_external_id view_too_large hash_conflict not_found push_limit_reached
    """,
}
_MEANINGS = {word: meaning for meaning, words in TABLE.items() for word in words.split()}

_BY_BUILD = (
    (re.compile(r".*(?:unavailable|time_?out|timed_out|overloaded|internal|_unreachable)"), Unclear),
    (re.compile(r".*(?:migrating|migration|in_progress|try_again|temporar|maintenance|too_many_requests)"),
     TryLater),
    (re.compile(r"restricted"), PlaceRefused),
    (re.compile(r"(?:token|auth|account|app)_|.*_(?:token|auth|scope)\Z"), PlatformRefused),
)  # fmt: skip


def meaning_of(code: str) -> type[DeliveryFailed]:
    """Return what one of Slack's words means; see above for those that nobody listed."""
    known = _MEANINGS.get(code)
    if known is not None:
        return known
    return next((meaning for built, meaning in _BY_BUILD if built.match(code)), ContentRefused)
