"""Emoji in Slack: all the names that it has for one sign.

Slack tells a reaction by the first of its names only, so ``thumbsup`` in dibs.toml is heard as ``+1``. This table has
every sign of Slack's that has more than one name, and those that people claim and close with. What is not in it is
taken as it stands: it has one name, or the workspace made it itself, which we have no right to ask for. A name that is
nearly one of the table is said at start and by ``dibs check``, since otherwise a slip of the pen is a reaction that
nobody hears, and so is a sign that stands there itself and has no name here.
"""

from collections.abc import Iterable

from handlers.text.nearest import nearest
from handlers.verbs import VERBS

_VARIANT = "\ufe0f"
_NEARLY = 0.85
# A sign, and its names; several names of one sign are https://github.com/iamcal/emoji-data's ``short_names``.
_SIGNS = """
👍 +1 thumbsup; 👎 -1 thumbsdown; ✋ hand raised_hand; 👊 facepunch punch; 🤞 crossed_fingers
hand_with_index_and_middle_fingers_crossed; 🤘 the_horns sign_of_the_horns; 🖕 middle_finger
reversed_hand_with_middle_finger_extended; 💥 boom collision; 💩 hankey poop shit; 📝 memo pencil; 📖 book open_book;
☎ phone telephone; ✉ email envelope; ❗ exclamation heavy_exclamation_mark; 😆 laughing satisfied; 🏃 runner running;
🐝 bee honeybee; 🐞 ladybug lady_beetle; 🐬 dolphin flipper; 🐾 feet paw_prints; 🚗 car red_car; ⛵ boat sailboat;
🔪 hocho knife; 👕 shirt tshirt; 👞 mans_shoe shoe; 🏮 izakaya_lantern lantern; 🍳 fried_egg cooking;
🌔 moon waxing_gibbous_moon; 🌤 mostly_sunny sun_small_cloud; 🌥 barely_sunny sun_behind_cloud;
🌦 partly_sunny_rain sun_behind_rain_cloud; 🌩 lightning lightning_cloud; 🌪 tornado tornado_cloud;
👫 man_and_woman_holding_hands woman_and_man_holding_hands couple; 👬 two_men_holding_hands men_holding_hands;
👭 two_women_holding_hands women_holding_hands; 👯‍♀ women-with-bunny-ears-partying woman-with-bunny-ears-partying;
👯‍♂ men-with-bunny-ears-partying man-with-bunny-ears-partying; 🤨 face_with_raised_eyebrow
face_with_one_eyebrow_raised; 🤩 star-struck grinning_face_with_star_eyes; 🤪 zany_face
grinning_face_with_one_large_and_one_small_eye; 🤫 shushing_face face_with_finger_covering_closed_lips;
🤬 face_with_symbols_on_mouth serious_face_with_symbols_covering_mouth; 🤭 face_with_hand_over_mouth
smiling_face_with_smiling_eyes_and_hand_covering_mouth; 🤮 face_vomiting face_with_open_mouth_vomiting;
🤯 exploding_head shocked_face_with_exploding_head; 🤶 mrs_claus mother_christmas; ⚕ medical_symbol
staff_of_aesculapius; 🐿 squirrel shipit; 🇨🇳 cn flag-cn; 🇩🇪 de flag-de; 🇪🇸 es flag-es; 🇫🇷 fr flag-fr;
🇬🇧 gb uk flag-gb; 🇮🇹 it flag-it; 🇯🇵 jp flag-jp; 🇰🇷 kr flag-kr; 🇷🇺 ru flag-ru; 🇺🇸 us flag-us;
👀 eyes; 🙌 raised_hands; 🙋 raising_hand; 🙏 pray; 👋 wave; 👏 clap; 👌 ok_hand; 💪 muscle; ☝ point_up; 👉 point_right;
✌ v; 🤝 handshake; 🤚 raised_back_of_hand; 🖐 raised_hand_with_fingers_splayed; ✍ writing_hand; 🤷 shrug; ❤ heart;
🎉 tada; 🔥 fire; 🚀 rocket; 💯 100; ⭐ star; ✨ sparkles; ⚡ zap; 💡 bulb; 🐛 bug; 🎫 ticket; 🎟 admission_tickets;
✅ white_check_mark; ✔ heavy_check_mark; ☑ ballot_box_with_check; 🆗 ok; ❌ x; ✖ heavy_multiplication_x; ⛔ no_entry;
🚫 no_entry_sign; 🛑 octagonal_sign; ⚠ warning; 🚨 rotating_light; ❓ question; ⁉ interrobang; 🗑 wastebasket;
💤 zzz; 😴 sleeping; ⏰ alarm_clock; ⏳ hourglass_flowing_sand; ⌛ hourglass; 🕐 clock1; 📌 pushpin; 📍 round_pushpin;
🏷 label; 🔒 lock; 🔓 unlock; 🔁 repeat; 🔄 arrows_counterclockwise; ➡ arrow_right; ↩ leftwards_arrow_with_hook;
🔇 mute; 🔕 no_bell; 🔔 bell; 🚩 triangular_flag_on_post; 📣 mega; 📢 loudspeaker; 💬 speech_balloon; 📨
incoming_envelope; 📩 envelope_with_arrow; 📥 inbox_tray; 📤 outbox_tray; ✏ pencil2; 🔎 mag_right; 🔍 mag; ➕
heavy_plus_sign; ➖ heavy_minus_sign; 🔴 red_circle; 🔵 large_blue_circle; 🟢 large_green_circle; 🟡
large_yellow_circle; # hash
"""


def _read(signs: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for sign, *called in (one.split() for one in signs.split(";")):
        found |= dict.fromkeys((sign, *called), frozenset(called))
    return found


_NAMES = _read(_SIGNS)
_CALLED = frozenset().union(*_NAMES.values()) | {verb.emoji for verb in VERBS if verb.emoji}


def names(name: str) -> frozenset[str]:
    """Return all that a reaction may be called: every name of the sign, by one of them or by the sign itself."""
    plain = name.strip(":").partition("::")[0].lower().replace(_VARIANT, "").removesuffix("\u20e3")
    return _NAMES.get(plain, frozenset((plain,) if plain else ()))


def unknown(called: Iterable[str]) -> list[str]:
    """Return a sentence about each name that is probably a slip of the pen."""
    return [sentence for one in called if one and (sentence := _judge(one))]


def _judge(called: str) -> str:
    if names(called) & _CALLED:
        return ""
    if not called.isascii():
        return f'Which reaction "{called}" is cannot be told: write the name that Slack shows for it.'
    near = nearest(called, _CALLED, _NEARLY)
    return f'Dibs has not met "{called}"; did you mean "{near}"? It is heard under just this name.' if near else ""
