"""Slack's words: each that its pages name is in the table, once, and what passes by itself ends nothing."""

from pathlib import Path

import pytest

from bot.chat.base import ContentRefused, DeliveryFailed, PlaceRefused, PlatformRefused, TryLater, Unclear
from bot.chat.slack.wire.errors import TABLE, meaning_of
from tests.bot.chat.slack.installation import installation

# What the page of every method lists, https://docs.slack.dev/reference/methods
EVERYWHERE = """
access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error
internal_error invalid_arg_name invalid_arguments invalid_array_arg invalid_auth invalid_charset invalid_form_data
invalid_post_type method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed
org_login_required ratelimited request_timeout service_unavailable team_access_not_granted team_added_to_org
token_expired token_revoked two_factor_setup_required
"""
BY_METHOD = {
    "chat.postMessage": """
        as_user_not_supported attachment_payload_limit_exceeded cannot_reply_to_message channel_not_found
        draft_already_deleted draft_already_sent draft_has_conflict draft_not_found duplicate_channel_not_found
        duplicate_message_not_found invalid_blocks invalid_blocks_format invalid_metadata_format invalid_metadata_schema
        is_archived markdown_text_conflict message_limit_exceeded messages_tab_disabled metadata_must_be_sent_from_app
        metadata_too_large missing_file_data msg_blocks_too_long msg_too_long no_text not_in_channel rate_limited
        restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel
        restricted_action_thread_locked restricted_action_thread_only_channel slack_connect_canvas_sharing_blocked
        slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked team_not_found too_many_attachments
        too_many_contact_cards""",
    "chat.update": """
        as_user_not_supported block_mismatch cant_broadcast_message cant_update_message channel_not_found
        edit_window_closed external_channel_migrating invalid_attachments invalid_blocks invalid_blocks_format
        invalid_metadata_format invalid_metadata_schema is_inactive markdown_text_conflict message_not_found
        metadata_must_be_sent_from_app metadata_too_large msg_too_long no_dual_broadcast_content_update no_text
        slack_connect_file_link_sharing_blocked streaming_state_conflict team_not_found too_many_attachments
        update_failed""",
    "chat.postEphemeral": "is_bot unknown_method user_not_in_channel",
    "views.open": "duplicate_external_id view_too_large expired_trigger_id exchanged_trigger_id invalid_trigger_id",
    "views.publish": "duplicate_external_id view_too_large not_enabled hash_conflict not_found",
    "conversations.join": "channel_not_found is_archived is_bot method_not_supported_for_channel_type too_many_members "
    "user_is_restricted",
    "conversations.open": "channel_not_found invalid_user_combination method_not_supported_for_channel_type "
    "not_enough_users too_many_users user_disabled user_not_found user_not_visible users_list_not_supplied",
    "conversations.info": "channel_not_found",
    "conversations.list": "invalid_cursor invalid_limit invalid_types method_not_supported_for_channel_type "
    "missing_argument",
    "conversations.history": "channel_not_found invalid_cursor invalid_ts_latest invalid_ts_oldest "
    "pagination_not_available",
    "conversations.replies": "channel_not_found invalid_cursor invalid_ts_latest invalid_ts_oldest thread_not_found",
    "users.list": "invalid_cursor limit_required",
    "users.info": "user_not_found user_not_visible",
    "usergroups.list": "user_is_bot user_is_restricted plan_upgrade_required paid_teams_only",
    "apps.connections.open": "forbidden_team insecure_request is_bot missing_args",
}


def test_every_word_that_slack_documents_is_in_the_table_once() -> None:
    listed = [word for words in TABLE.values() for word in words.split()]
    assert sorted(listed) == sorted(set(listed))
    documented = set(" ".join([EVERYWHERE, *BY_METHOD.values()]).split())
    assert documented <= set(listed)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("workspace_migrating", TryLater),
        ("export_in_progress", TryLater),
        ("temporarily_disabled", TryLater),
        ("channel_service_unavailable", Unclear),
        ("upstream_timeout", Unclear),
        ("restricted_action_canvas_only_channel", PlaceRefused),
        ("token_rotated", PlatformRefused),
        ("invalid_token", PlatformRefused),
        ("a_word_of_next_year", ContentRefused),
        ("", ContentRefused),
    ],
)
def test_a_word_that_nobody_listed_is_read_by_how_it_is_built(word: str, meaning: type[DeliveryFailed]) -> None:
    assert meaning_of(word) is meaning


def test_what_passes_by_itself_costs_a_card_nothing_but_time(tmp_path: Path) -> None:
    with installation(tmp_path) as house:
        house.slack.fault("chat.postMessage", error="external_channel_migrating", times=2)
        row, card = house.arrive()
        assert len(card.blocks) > 1  # not as plain text
        house.slack.fault("chat.update", error="org_login_required")
        house.slack.fault("chat.update", error="update_failed")
        house.slack.press(house.ana, card, "dibs:claim")
        house.shows(row, "Ana has it.")
        assert house.slack.faults.left() == 0
        assert len(house.slack.messages(house.finance)) == 1
